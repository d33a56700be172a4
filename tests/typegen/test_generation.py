"""Bindings as files: what is generated for small ones, and that the compiler agrees."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import pytest
from pydantic import BaseModel, Field, create_model
from tests.typegen.compiler import compile_files
from tests.typegen.toys import BELLS, GLOBALS, TOYS, Whistle

from marotte.realm import Binding, HostFunction, HostObject, TypeScript, host_function
from marotte.typegen import GLOBALS_FILE, TypingsError, file_name, generate

GOLDEN = Path(__file__).with_name("golden")
FILES = ["globals.d.ts", "toys.d.ts", "@acme.bells.d.ts"]


def generated() -> dict[str, str]:
    return generate([GLOBALS, TOYS]) | generate([BELLS], known=[GLOBALS, TOYS])


@pytest.mark.parametrize("name", FILES)
def test_small_bindings(name: str) -> None:
    assert generated()[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_only_what_is_asked_for_is_declared() -> None:
    assert list(generate([GLOBALS, TOYS])) == ["globals.d.ts", "toys.d.ts"]
    assert list(generate([BELLS], known=[GLOBALS, TOYS])) == ["@acme.bells.d.ts"]
    assert generate([]) == {}


def test_the_compiler_accepts_all_of_it(tmp_path: Path) -> None:
    script = """
        import toys, { build, paint, transform, odd, shop, limits, ToyError } from "toys";
        import { import as bring } from "toys";
        import { ring } from "@acme/bells";
        const toy = build({ base: { name: "oak" } });
        toy.on((event, first) => console.log(event.turnCount + first)).on(() => {});
        for await (const spun of toy) console.log(spun.by?.[1], (await toy.done).leaves.length);
        odd.delete();
        shop.count(toy, toy);
        /** @type {3} */
        const height = limits.height;
        await paint(await toy.done, async (tree, next) => next({ turnCount: 1 }, 2, 3));
        /** @type {number} */
        const same = transform(5, (value) => value.toFixed());
        bring("it");
        toys.import("it");
        try { ring(toy, { name: "x" }).height.toFixed(); } catch (error) {
          if (error instanceof ToyError) console.log(error.code, error.toyName, error.name);
        }
        for (const [tone, pitch] of new Whistle(1).blow()) console.log(tone, pitch, volume);
        class Mine extends Whistle { label = "mine"; }
        console.log(Mine.LOUD, Whistle.best([new Mine()]).pitch);
        band.play();
        onnoise = (tree) => console.log(tree, same, height);
        /** @param {import("toys").RunEvent} event */
        function told(event) {
          switch (event.type) {
            case "spun": return event.turnCount;
            case "toy-dropped": return event.tags;
            case "bells.rung": return event.toy.name;
            default: { /** @type {never} */ const none = event; return none; }
          }
        }
        console.log(told);
        """
    # What a host of these has besides; the console is none of theirs.
    console = "declare var console: { log(...data: unknown[]): void };"
    assert compile_files(tmp_path, {**generated(), "c.d.ts": console, "s.mjs": script}) == []


def test_what_is_not_offered_is_an_error(tmp_path: Path) -> None:
    script = """
        import { build, secret } from "toys";
        import * as toys from "toys";
        build();
        build({});
        build({ base: { name: "oak" }, colour: "red" });
        const toy = build({ base: { name: "oak" } });
        toy.name = "other";
        shop.count({ name: "no toy" });
        new toys.Toy();
        toys._import("it");
        toys.limits.height = 4;
        new Pipe();
        limits;
        """
    found = compile_files(tmp_path, {**generated(), "s.mjs": script.replace("shop", "toys.shop")})
    lines = [int(line.split("(")[1].split(",")[0]) for line in found if line.startswith("s.mjs")]
    assert lines == [2, *range(4, 7), *range(8, 15)]
    assert len(found) == len(lines)


First: Any = create_model("Options", x=(int, ...))
Second: Any = create_model("Options", y=(str, 1))
Keyword: Any = create_model("Error", z=(bool, ...))


class Third(HostObject, js_name="Options"):
    """Named as the others."""


@host_function
def collide(a: First, b: Second, c: Keyword, d: Third) -> list[First]:
    """Names collide."""
    raise NotImplementedError


def test_each_type_has_a_name_of_its_own(tmp_path: Path) -> None:
    files = generate([Binding(name="n", module="n", functions=[collide])])
    assert (
        "collide(a: OptionsInput, b: Options2, c: Error2, d: Options): Options3[];"
        in files["n.d.ts"]
    )
    assert compile_files(tmp_path, files) == []


class Circle(BaseModel):
    """Round."""

    kind: Literal["circle"] = "circle"


class Square(BaseModel):
    """Not round."""

    kind: Literal["square"] = "square"


@host_function
def draw(shape: Annotated[Circle | Square, Field(discriminator="kind")]) -> None:
    """Draw a shape."""


def test_what_tells_a_union_apart_is_required() -> None:
    text = generate([Binding(name="n", module="n", functions=[draw])])["n.d.ts"]
    assert "draw(shape: Circle | Square): void;" in text
    assert 'kind: "square";' in text
    assert "kind?:" not in text


def test_a_name_of_a_module_may_be_global_too(tmp_path: Path) -> None:
    both = Binding(name="n", module="n", functions=[draw], global_names=["draw"])
    files = generate([both])
    assert 'declare var draw: typeof import("n").draw;' in files[GLOBALS_FILE]
    assert compile_files(tmp_path, {**files, "s.mjs": 'draw({ kind: "square" });'}) == []


@host_function
def whistle() -> Whistle:
    """Get a whistle."""
    raise NotImplementedError


def test_a_class_that_nobody_declares_is_refused() -> None:
    values = {"whistle": Whistle}
    half = Binding(name="h", module="h", declared=[whistle])
    with pytest.raises(TypingsError, match=r"^binding h: whistle\(\): "):
        generate([half])
    with pytest.raises(TypingsError, match=r"tests.typegen.toys.Whistle .* no binding declares it"):
        generate([Binding(name="o", declared_values=values), half])


def test_what_only_faces_see_is_not_declared() -> None:
    inner = Binding(name="inner", declared=[draw], declared_values={"of": Square}, values={"v": 1})
    assert generate([inner]) == {}
    hidden = Binding(name="hidden", declared_values={"whistle": Whistle}, declared=[whistle])
    assert generate([hidden]) == {}
    seen = Binding(name="seen", declared=[draw], values={"v": 1}, global_names=["v"])
    assert "draw" not in generate([seen])[GLOBALS_FILE]


class Note(BaseModel):
    """What is heard."""

    pitch: float = Field(description="In hertz.")


class Flute(Protocol):
    """Plays."""

    def play(self) -> Annotated[object, TypeScript("Note")]:
        """Play a note."""


@host_function
def flute() -> Flute:
    """Get a flute."""
    raise NotImplementedError


def test_types_of_objects_are_declared_without_a_value(tmp_path: Path) -> None:
    binding = Binding(name="f", module="f", declared=[flute], declared_types=[Flute, Note])
    assert binding.exported == ["flute"]
    files = generate([binding])
    uses = 'import f, { flute, type Flute } from "f";\n'
    right = "const one: Flute = flute(); export const pitch: number = one.play().pitch;\n"
    wrong = "// @ts-expect-error no value\nvoid f.Flute;\n"
    assert compile_files(tmp_path, {**files, "uses.ts": uses + right + wrong}) == []


# -- what has no form -----------------------------------------------------------------------------


@host_function
def takes_callable(action: Callable[[], None]) -> None:
    """Take a function of Python's."""


@host_function
def gives_python() -> subprocess.Popen[str]:
    """Give a process of Python's."""
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (takes_callable, r"takesCallable\(\): .*CallableSchema.* has no form in JavaScript"),
        (gives_python, r"givesPython\(\): .*Popen.* has no form in JavaScript"),
    ],
)
def test_what_has_no_form_in_javascript_is_refused(
    function: HostFunction[..., Any], message: str
) -> None:
    with pytest.raises(TypingsError, match=f"^binding bad: {message}"):
        generate([Binding(name="bad", module="bad", functions=[function])])


def test_two_bindings_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="claimed twice"):
        generate([TOYS, TOYS])


def test_files_are_named_after_modules() -> None:
    assert [file_name(m) for m in (None, "toys", "@acme/bells")] == [GLOBALS_FILE, *FILES[1:]]
