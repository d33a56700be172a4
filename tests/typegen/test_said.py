"""What is said of functions: each of their parameters, and examples that are right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.typegen.compiler import compile_files

from marotte import Runtime
from marotte.host import load_bindings
from marotte.typegen import generate
from marotte.typegen.catalogue import Catalogue
from marotte.typegen.declarations import FunctionDeclaration, Method, Scope

MAIN = {
    "createBuilder",
    "createSession",
    "runInference",
    "engines.fromFunction",
    "engines.model",
    "engines.scripted",
    "agents.define",
    "middlewares.fromJS",
    "RunHandle.on",
    "Session.start",
    "ToolRegistry.register",
}
"""What authors of scripts begin with."""

# What examples take for granted.
PRELUDE = """
import { agents, createBuilder, createSession, engines, middlewares } from "marotte";
import { runInference, tools, turns } from "marotte";
const registry = tools.createRegistry();
const open = () => createSession({ engine: engines.echo(), tools: registry });
const session = open(), run = open().start("hi");
"""


def scopes() -> list[Scope]:
    bindings = load_bindings()
    return Catalogue(bindings).read(bindings)


def functions() -> Iterator[tuple[str, FunctionDeclaration | Method]]:
    """All functions, methods and constructors, with what scripts call them."""
    for scope in scopes():
        yield from ((function.name, function) for function in scope.functions)
        for namespace in scope.namespaces:
            yield from ((f"{namespace.name}.{f.name}", f) for f in namespace.functions)
        for declared in scope.classes:
            methods = [m for m in declared.members if isinstance(m, Method)]
            methods += [] if declared.constructor is None else [declared.constructor]
            yield from ((f"{declared.name}.{method.name}", method) for method in methods)


def examples() -> dict[str, str]:
    found = {name: function.doc.example for name, function in functions()}
    found |= {c.name: c.doc.example for scope in scopes() for c in scope.classes}
    return {name: example for name, example in found.items() if example}


def script(example: str) -> str:
    return f"{PRELUDE}{{\n{example}\n}}\n"


def test_every_parameter_is_said() -> None:
    unsaid = [
        f"{name}({parameter.name})"
        for name, function in functions()
        for parameter in function.function.parameters
        if not dict(function.doc.parameters).get(parameter.name)
    ]
    assert unsaid == []


def test_what_authors_begin_with_has_an_example() -> None:
    assert examples().keys() >= MAIN


def test_examples_have_no_mistakes(tmp_path: Path) -> None:
    files = {f"{name}.mjs": script(example) for name, example in examples().items()}
    assert compile_files(tmp_path, {**generate(load_bindings()), **files}) == []


async def test_examples_that_need_no_model_run(tmp_path: Path) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "reader.mjs").write_text("export default () => 1;\n", encoding="utf-8")
    for name, example in examples().items():
        if "openai:" not in example:
            file = tmp_path / f"{name}.mjs"
            file.write_text(script(example), encoding="utf-8")
            async with Runtime() as runtime:
                await runtime.run_script(file)
