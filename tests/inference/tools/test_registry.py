"""Registries of tools, and the settings of the loop: what they take and what they refuse."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from pydantic import JsonValue

from marotte.conversation import InvalidValueError
from marotte.inference import (
    DuplicateToolError,
    EchoEngine,
    FunctionEngine,
    Pipeline,
    ToolContext,
    ToolDefinition,
    ToolLoopSettings,
    ToolNotFoundError,
    ToolRegistry,
    tool,
)

ECHO = EchoEngine()

NAME = "expected a name of at most 64 ASCII letters, digits, _ and -"


class Custom:
    """Anything with a definition and `execute` is a tool."""

    def __init__(self, **fields: object) -> None:
        self.definition = ToolDefinition(**cast("Any", {"name": "custom", **fields}))

    async def execute(self, args: JsonValue, ctx: ToolContext) -> JsonValue:
        return args


@tool
def first() -> None: ...


def second() -> None:
    """The second one."""


def test_definitions_are_in_the_order_of_registration() -> None:
    registry = ToolRegistry([second, first])
    registry.register(Custom())
    assert [each.name for each in registry.definitions()] == ["second", "first", "custom"]
    assert registry.names() == ("second", "first", "custom")
    assert (len(registry), "first" in registry, "third" in registry) == (3, True, False)
    assert registry.get("first") is first


def test_a_name_is_registered_once() -> None:
    registry = ToolRegistry([first])
    with pytest.raises(DuplicateToolError) as caught:
        registry.register(Custom(name="first"))
    assert str(caught.value) == "tool first is registered already"
    assert registry.get("first") is first


def test_tools_of_another_are_taken_by_name() -> None:
    host = ToolRegistry([first, second])
    registry = ToolRegistry([Custom()])
    registry.use(host, ["second", "first"])
    assert registry.names() == ("custom", "second", "first")


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (["first", "third"], ToolNotFoundError, "tool not found: third"),
        (["first", "custom"], DuplicateToolError, "tool custom is registered already"),
        (["first", "first"], DuplicateToolError, "tool first is registered already"),
    ],
)
def test_all_of_them_are_taken_or_none(
    names: list[str], error: type[Exception], message: str
) -> None:
    registry = ToolRegistry([Custom()])
    with pytest.raises(error) as caught:
        registry.use(ToolRegistry([first, Custom()]), names)
    assert str(caught.value) == message
    assert registry.names() == ("custom",)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (7, "tool: expected a tool or a function, got 7"),
        (Custom(name=""), f'tool.name: {NAME}, got ""'),
        (Custom(name=" a"), f'tool.name: {NAME}, got " a"'),
        (Custom(name=None), f"tool.name: {NAME}, got null"),
        (Custom(name="my tool"), f'tool.name: {NAME}, got "my tool"'),
        (Custom(name="ü"), f'tool.name: {NAME}, got "ü"'),
        (Custom(name="a.b"), f'tool.name: {NAME}, got "a.b"'),
        (Custom(name="a\n"), f'tool.name: {NAME}, got "a\\n"'),
        (Custom(name="a" * 65), f'tool.name: {NAME}, got "{"a" * 65}"'),
        (Custom(description=7), "tool custom: description: expected text, got 7"),
        (
            Custom(parameters=7),
            "tool custom: parameters: expected a JSON Schema object, got 7",
        ),
        (
            Custom(parameters={"type": "nothing"}),
            "tool custom: parameters.type: no valid JSON Schema: "
            "'nothing' is not valid under any of the given schemas",
        ),
    ],
)
def test_what_is_no_tool_is_refused(made: object, message: str) -> None:
    registry = ToolRegistry()
    with pytest.raises(InvalidValueError) as caught:
        registry.register(cast("Any", made))
    assert str(caught.value) == message
    assert registry.names() == ()


class TestSettings:
    def test_defaults(self) -> None:
        assert ToolLoopSettings().model_dump(by_alias=True) == {
            "enabled": True,
            "maxIterations": 20,
            "maxParallelTools": 3,
            "executionTimeoutMs": 30_000,
            "toolChoice": "auto",
            "toolErrorHandling": "continue",
            "retryMaxRetries": 2,
            "retryBackoffMs": 1000,
            "retryBackoffFactor": 2,
        }

    @pytest.mark.parametrize(
        "given", [{"maxIterations": 5}, {"max_iterations": 5}, {"maxIterations": 5.0}]
    )
    def test_names_of_either_case_will_do(self, given: Mapping[str, object]) -> None:
        assert ToolLoopSettings.of(given).max_iterations == 5

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (7, "toolLoop: expected an object, got 7"),
            ({"toolChoice": 7}, "invalid toolChoice 7, expected one of: auto, none, required"),
            ({"toolChoice": ""}, 'invalid toolChoice "", expected one of: auto, none, required'),
            (
                {"toolErrorHandling": "ignore"},
                'invalid toolErrorHandling "ignore", expected one of: continue, abort, retry',
            ),
            ({"maxIterations": 0}, "toolLoop.maxIterations: input should be greater than or "),
            ({"maxParallelTools": 1.5}, "toolLoop.maxParallelTools: input should be a valid int"),
            ({"executionTimeoutMs": -1}, "toolLoop.executionTimeoutMs: input should be greater"),
            ({"executionTimeoutMs": "1"}, "toolLoop.executionTimeoutMs: input should be a valid"),
            ({"enabled": 1}, "toolLoop.enabled: input should be a valid boolean, got 1"),
            ({"retries": 1}, "toolLoop.retries: extra inputs are not permitted, got 1"),
        ],
    )
    def test_bad_ones_are_named(self, given: object, message: str) -> None:
        with pytest.raises(TypeError) as caught:
            ToolLoopSettings.of(cast("Any", given))
        assert str(caught.value).startswith(message)

    def test_waits_stay_finite(self) -> None:
        settings = ToolLoopSettings(retry_backoff_factor=1e300)
        assert settings.backoff_ms(0) == 1000
        assert settings.backoff_ms(9) == 86_400_000


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda bad: Pipeline(bad), "engine: expected an engine, got 7"),
        (lambda bad: Pipeline(ECHO, tools=bad), "tools: expected a registry of tools, got 7"),
        (lambda bad: Pipeline(ECHO, tool_loop=bad), "toolLoop: expected settings of a tool loop"),
        (lambda bad: Pipeline(ECHO, tool_hooks=bad), "toolHooks: expected hooks, got 7"),
        (
            lambda bad: Pipeline(ECHO, middlewares=(bad,)),
            "middlewares[0]: expected a middleware, got 7",
        ),
        (lambda bad: FunctionEngine(bad), "function: expected a function, got 7"),
    ],
)
def test_a_pipeline_names_what_is_wrong(make: Callable[[Any], object], message: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        make(7)
    assert str(caught.value).startswith(message)
