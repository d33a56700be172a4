"""Errors cross in both directions with name, message, code, cause and stack, whatever they hold."""

from __future__ import annotations

import pytest
from tests.realm.engine_isolation import isolated
from tests.realm.engine_support import FACTORIES, GuestError, ScriptedHost, guest, on_engine_thread

from marotte.realm.engine import EngineFactory

factories = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)

LONG = "a long story, " * 1000
SURROGATES = "one \ud800 and \udfff two"


class HostError(Exception):
    """An error whose class scripts know."""

    code: object = None


def raising(error: BaseException) -> ScriptedHost:
    def fail(*_: object) -> None:
        raise error

    return ScriptedHost({"fail": fail})


# -- from the script to the host -------------------------------------------------------------------


@factories
@on_engine_thread
def test_what_a_script_throws_is_told_in_full(factory: EngineFactory) -> None:
    source = """
        function inner() {
          const cause = new RangeError("the reason", { cause: new TypeError("the root") });
          throw Object.assign(new SyntaxError("what happened", { cause }), { code: "E_CODE" });
        }
        inner();
    """
    with guest(factory) as script:
        told = script.error(source).description
    assert (told["name"], told["message"], told["code"]) == (
        "SyntaxError",
        "what happened",
        "E_CODE",
    )
    assert "at inner (<input>:4:" in str(told["stack"])
    assert "marotte" not in str(told["stack"])
    cause = told["cause"]
    assert isinstance(cause, dict)
    assert (cause["name"], cause["message"]) == ("RangeError", "the reason")
    assert cause["cause"]["name"] == "TypeError"


@factories
@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("let x = ;", 1, 9),
        ("\n\n  null.x", 3, 8),
        ("\nfoo(", 2, 5),
        ("'use strict';\n  x = 1", 2, 5),
    ],
)
@on_engine_thread
def test_an_error_knows_its_position(
    factory: EngineFactory, source: str, line: int, column: int
) -> None:
    with guest(factory) as script:
        stack = str(script.error(source).description["stack"])
    found_line, found_column = stack.rstrip(")").split(":")[-2:]
    assert int(found_line) == line
    assert abs(int(found_column) - column) <= 2


@factories
@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("'text'", "text"),
        ("''", 'threw ""'),
        ("42", "threw 42"),
        ("null", "threw null"),
        ("undefined", "threw undefined"),
        ("({ a: 1 })", 'threw {"a":1}'),
        ("Symbol('x')", "threw Symbol(x)"),
        ("10n ** 30n", "threw 1" + 30 * "0"),
        ("() => 1", "threw () => 1"),
        ("new Proxy({}, { getPrototypeOf() { throw 1 }, get() { throw 2 } })", "threw a value"),
        ("Object.create(null, { toString: { get() { throw 1 } } })", "threw {}"),
        ("({ toString() { throw 1 }, toJSON() { throw 2 } })", "threw a value"),
    ],
)
@on_engine_thread
def test_what_is_no_error_can_be_thrown(
    factory: EngineFactory, expression: str, message: str
) -> None:
    with guest(factory) as script:
        told = script.error(f"throw {expression}").description
    assert told["message"] == message
    assert told["thrown"] is True


@factories
@pytest.mark.parametrize("field", ["name", "message", "stack", "code", "cause"])
@on_engine_thread
def test_a_hostile_getter_costs_only_its_field(factory: EngineFactory, field: str) -> None:
    source = f"""
        const error = Object.assign(new TypeError("m", {{ cause: new Error("c") }}), {{ code: 7 }});
        Object.defineProperty(error, {field!r}, {{ get() {{ throw new Error("hostile") }} }});
        throw error;
    """
    expected = {"name": "TypeError", "message": "m", "code": 7}
    fallback = {"name": "Error", "message": ""}
    with guest(factory) as script:
        told = script.error(source).description
    for key, value in expected.items():
        assert told.get(key) == (fallback.get(key) if key == field else value)
    assert ("cause" in told) == (field != "cause")


@factories
@on_engine_thread
def test_long_messages_arrive_whole_and_endless_ones_cut(factory: EngineFactory) -> None:
    with guest(factory) as script:
        assert script.error(f"throw new Error({LONG!r})").message == LONG
        assert script.error(f"throw {LONG!r}").message == LONG
        assert script.error("throw Object.assign(new Error(), { name: 'N'.repeat(999) })").name
        endless = script.error("throw new Error('x'.repeat(5e6))").message
    assert endless == "x" * 65536 + "…"


@factories
@on_engine_thread
def test_lone_surrogates_cross_in_messages(factory: EngineFactory) -> None:
    with guest(factory) as script:
        told = script.error("throw new Error('one \\ud800 and \\udfff two')")
        assert told.message == SURROGATES
        assert script.error("throw 'one \\ud800 and \\udfff two'").message.endswith("two")


@factories
@on_engine_thread
def test_a_cycle_of_causes_is_told_to_a_depth(factory: EngineFactory) -> None:
    with guest(factory) as script:
        told: object = script.error("const e = new Error('x'); e.cause = e; throw e").description
    depth = 0
    while isinstance(told, dict) and "cause" in told:
        told, depth = told["cause"], depth + 1
    assert depth == 5


# -- from the host to the script -------------------------------------------------------------------


def chained() -> HostError:
    error = HostError("it failed")
    error.code = "E_HOST"
    error.__cause__ = ValueError("the reason")
    return error


@factories
@on_engine_thread
def test_what_a_host_function_raises_is_a_real_error(factory: EngineFactory) -> None:
    with guest(factory, host=raising(chained())) as script:
        told = script.evaluate(
            """
            function caller() {
              try { fail() } catch (error) {
                return {
                  isError: error instanceof Error,
                  isPlain: Object.getPrototypeOf(error) === Error.prototype,
                  name: error.name, message: error.message, code: error.code,
                  causeIsError: error.cause instanceof Error, cause: String(error.cause),
                  stack: error.stack, text: String(error), keys: Object.keys(error),
                };
              }
            }
            caller();
            """
        )
    assert isinstance(told, dict)
    assert "at caller (<input>:3" in told.pop("stack")
    assert told == {
        "isError": True,
        "isPlain": False,
        "name": "HostError",
        "message": "it failed",
        "code": "E_HOST",
        "causeIsError": True,
        "cause": "ValueError: the reason",
        "text": "HostError: it failed",
        "keys": ["code"],
    }


@factories
@on_engine_thread
def test_an_error_that_passes_through_a_script_keeps_everything(factory: EngineFactory) -> None:
    with guest(factory, host=raising(chained())) as script:
        told = script.error("fail()").description
        rejected = script.outcome("(async () => { await null; fail() })()")
    assert (told["name"], told["message"], told["code"]) == ("HostError", "it failed", "E_HOST")
    assert isinstance(told["cause"], dict)
    assert told["cause"]["name"] == "ValueError"
    assert isinstance(rejected, GuestError)
    assert rejected.description["code"] == "E_HOST"


@factories
@pytest.mark.parametrize(
    "message", [LONG, SURROGATES, "nul \0 byte", "%s %n %d", "\U0001f600", "", "a\nb"]
)
@isolated
def test_any_message_of_a_host_survives(factory: EngineFactory, message: str) -> None:
    with guest(factory, host=raising(RuntimeError(message))) as script:
        assert script.evaluate("try { fail() } catch (error) { error.message }") == message
        assert script.error("fail()").message == message
        assert script.evaluate("1 + 1") == 2


class Untold(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


class Speechless(ScriptedHost):
    """A host that fails even at telling of a failure."""

    answer: object = None

    def error_text(self, error: BaseException, /) -> str:
        if isinstance(self.answer, BaseException):
            raise self.answer
        text: str = self.__dict__["answer"]
        return text


@factories
@pytest.mark.parametrize("answer", [RuntimeError("again"), None, 7, "", "sno error", b"e{}"])
@isolated
def test_a_host_that_cannot_tell_of_an_error_still_throws_one(
    factory: EngineFactory, answer: object
) -> None:
    host = Speechless(raising(Untold()).functions)
    host.__dict__["answer"] = answer
    with guest(factory, host=host) as script:
        told = script.evaluate("try { fail() } catch (error) { [error.name, error.message] }")
        assert told == ["Error", "the host failed and could not say why"]


@factories
@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)], ids=["key", "exit"])
@isolated
def test_the_end_of_the_program_is_raised_from_the_engine_call(
    factory: EngineFactory, error: BaseException
) -> None:
    """A script can neither catch it nor go on calling the host."""
    calls: list[str] = []

    def fail() -> None:
        calls.append("fail")
        raise error

    with guest(factory, {"fail": fail, "more": lambda: calls.append("more")}) as script:
        for source in (
            "try { fail() } catch {} more()",
            "try { fail() } catch {} finally { for (;;) { try { more() } catch {} } }",
            "for (;;) { try { fail() } catch {} }",
        ):
            with pytest.raises(type(error)) as raised:
                script.evaluate(source)
            assert raised.value is error
        script.evaluate("(async () => { try { await null; fail() } catch {} more() })()")
        with pytest.raises(type(error)):
            script.drain()
        script.drain()
        assert script.evaluate("more(); 1") == 1
    assert set(calls) == {"fail", "more"}
    assert calls.count("more") == 1


@factories
@isolated
def test_the_end_of_the_program_passes_through_nested_scripts(factory: EngineFactory) -> None:
    def outer() -> object:
        return script.evaluate("try { fail() } catch { 'swallowed' }")

    host = raising(KeyboardInterrupt())
    host.functions = {**host.functions, "outer": outer}
    with guest(factory, host=host) as script:
        with pytest.raises(KeyboardInterrupt):
            script.evaluate("try { outer() } catch { 'swallowed' }")
        assert script.evaluate("1") == 1
