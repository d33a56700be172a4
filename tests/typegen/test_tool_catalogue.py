"""Catalogues of tools: names, documentation, references, size."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.typegen.compiler import ROOT, compile_files

from marotte.typegen import ToolSchema, TypingsError, render_tools

NUMBER = {"type": "number"}
ADD = ToolSchema(
    "add",
    "Add two numbers.",
    {
        "type": "object",
        "properties": {"a": {**NUMBER, "description": "The first."}, "b": NUMBER},
        "required": ["a", "b"],
    },
    {"type": "object", "properties": {"sum": NUMBER}, "required": ["sum"]},
)


def tool(name: str = "f", said: str = "", **schema: object) -> ToolSchema:
    return ToolSchema(name, said, schema)


def snippet(tool: ToolSchema, budget: int = 4_000) -> str:
    return render_tools([tool], budget=budget).snippets[tool.name]


def mutual(count: int, member: str = "next") -> dict[str, Any]:
    """Definitions that all refer to each other."""
    names = [f"Kind{i}" for i in range(count)]
    members = {
        f"{member}{name}": {"anyOf": [{"$ref": f"#/$defs/{name}"}, {"type": "null"}]}
        for name in names
    }
    described = {"type": "object", "properties": members, "description": "Refers to all."}
    return {"$ref": "#/$defs/Kind0", "$defs": dict.fromkeys(names, described)}


def test_what_a_model_is_told() -> None:
    assert snippet(ADD) == dedent(
        """\
        interface Tools {
          /** Add two numbers. */
          add(args: AddInput): Promise<AddOutput>;
        }
        interface AddInput {
          /** The first. */
          a: number;
          b: number;
        }
        interface AddOutput {
          sum: number;
        }
        """
    )


def test_what_an_editor_is_told(tmp_path: Path) -> None:
    catalogue = render_tools([ADD])
    assert catalogue.declarations == dedent(
        f"""\
        // Generated from the JSON Schemas of tools, revision {catalogue.revision}. Do not edit.

        export interface Tools {{
          /** Add two numbers. */
          add(args: AddInput): Promise<AddOutput>;
        }}

        export interface AddInput {{
          /** The first. */
          a: number;

          b: number;
        }}

        export interface AddOutput {{
          sum: number;
        }}
        """
    )
    script = """
        import type { Tools } from "./tools.d.ts";
        declare const tools: Tools;
        const { sum } = await tools.add({ a: 1, b: 2 });
        sum.toFixed();
        // @ts-expect-error an argument that is missing
        await tools.add({ a: 1 });
        // @ts-expect-error an argument that is unknown
        await tools.add({ a: 1, b: 2, c: 3 });
        // @ts-expect-error a tool that is unknown
        await tools.sub({});
        """
    files = {"tools.d.ts": catalogue.declarations, "script.ts": script}
    assert compile_files(tmp_path, files) == []


def test_every_snippet_is_whole(tmp_path: Path) -> None:
    tools = [ADD, tool("tree", **mutual(2)), tool("get-it", "*/", type="object")]
    snippets = render_tools(tools).snippets
    assert list(snippets) == ["add", "tree", "get-it"]
    files = {f"s{i}.ts": f"{text}export {{}};" for i, text in enumerate(snippets.values())}
    assert compile_files(tmp_path, files) == []


@pytest.mark.parametrize(
    ("schema", "method"),
    [
        ({"type": "object", "properties": {}}, "f(): Promise<unknown>"),
        ({"type": "object", "additionalProperties": False}, "f(): Promise<unknown>"),
        ({"type": "object"}, "f(args?: FInput): Promise<unknown>"),
        ({"properties": {"a": NUMBER}}, "f(args?: FInput): Promise<unknown>"),
        ({"required": ["a"]}, "f(args: FInput): Promise<unknown>"),
        ({}, "f(args: unknown): Promise<unknown>"),
        ({"type": "string"}, "f(args: string): Promise<unknown>"),
        ({"type": 5, "properties": [], "anyOf": "x"}, "f(args: unknown): Promise<unknown>"),
    ],
)
def test_arguments(schema: dict[str, Any], method: str) -> None:
    assert f"  {method};\n" in snippet(ToolSchema("f", "", schema))


def test_null_stays_null_in_what_tools_answer() -> None:
    result = {"properties": {"a": {"type": ["array", "null"]}}, "required": ["a"]}
    assert "  a: unknown[] | null;\n" in snippet(ToolSchema("f", result=result))


# -- names -----------------------------------------------------------------------------------------


def test_tools_have_any_names(tmp_path: Path) -> None:
    members = {"a": NUMBER}
    names = ["get_it", "get-it", "new", "constructor", "*/", "ä", 'a"b\n', "string", "Promise", ""]
    catalogue = render_tools([tool(name, properties=members) for name in names])
    assert '"get-it"(args?: GetItInput2): Promise<unknown>' in catalogue.declarations
    keys = "|".join(f"`{name}`".replace("\n", r"\n") for name in names)
    script = f"""
        import type {{ Tools }} from "./tools.d.ts";
        null! as keyof Tools satisfies {keys};
        null! as {keys} satisfies keyof Tools;
        """
    files = {"tools.d.ts": catalogue.declarations, "script.ts": script}
    assert compile_files(tmp_path, files) == []


def test_definitions_keep_their_names_where_they_can(tmp_path: Path) -> None:
    names = ["Node", "string", "Tools", "FInput", "a b", "Box[int]", "Array", "x/y~z"]
    pointers = ["Node", "string", "Tools", "FInput", "a%20b", "Box[int]", "Array", "x~1y~0z"]
    schema = {
        "properties": {n: {"$ref": f"#/$defs/{p}"} for n, p in zip(names, pointers, strict=True)},
        "$defs": {name: {"const": name} for name in names},
    }
    text = snippet(ToolSchema("f", "", schema))
    for name in ("Node", "string2", "Tools2", "FInput2", "a_b", "Box_int", "Array2", "x_y_z"):
        assert f"type {name} = " in text
    assert compile_files(tmp_path, {"s.ts": f"{text}export {{}};"}) == []


def test_tools_share_definitions_that_are_the_same() -> None:
    def schema(kind: str) -> dict[str, Any]:
        return {"properties": {"n": {"$ref": "#/$defs/Node"}}, "$defs": {"Node": {"type": kind}}}

    kinds = {"f": "string", "g": "string", "h": "number"}
    text = render_tools([ToolSchema(n, "", schema(k)) for n, k in kinds.items()]).declarations
    assert text.count("type Node = string;") == 1
    assert text.count("type Node2 = number;") == 1


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(TypingsError, match="got two named 'add'"):
        render_tools([ADD, ADD])


# -- documentation ---------------------------------------------------------------------------------


def test_what_is_said_stays_a_comment(tmp_path: Path) -> None:
    evil = "*/ export const x = 1; /*\n@returns `*/`"
    members = {"a": {**NUMBER, "description": evil}, "*/": {"const": "*/ \u2028 \\"}}
    catalogue = render_tools([tool("f", evil, properties=members, description=evil)])
    assert "@returns" not in catalogue.declarations.replace("\\@returns", "")
    assert compile_files(tmp_path, {"tools.d.ts": catalogue.declarations}) == []
    assert "export const" not in [line.strip()[:12] for line in catalogue.declarations.split("\n")]


def test_no_keyword_of_a_tool_is_taken_for_one_of_ours() -> None:
    inner = {"tsType": "any", "tsClass": "X", "tsJson": True, "tsFunction": {}, "type": "string"}
    text = snippet(tool(properties={"a": inner, "[Symbol.iterator]: any; b": NUMBER}))
    assert "  a?: string;\n" in text
    assert '  "[Symbol.iterator]: any; b"?: number;\n' in text


# -- references ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("#/$defs/Node", "Node"),
        ("#/definitions/Old", "Old"),
        ("#", "FInput"),
        ("#/properties/b", "FBInput"),
        ("#node", "Node"),
        ("https://example.com/f.json#/$defs/Node", "Node"),
        ("#/$defs/None", "unknown"),
        ("#/$defs", "FDefsInput"),
        ("#other", "unknown"),
        ("https://example.com/g.json", "unknown"),
        ("#/properties/b/items/5", "unknown"),
    ],
)
def test_references(tmp_path: Path, reference: str, text: str) -> None:
    schema = {
        "$id": "https://example.com/f.json",
        "properties": {"a": {"$ref": reference}, "b": {"type": "array", "items": [NUMBER]}},
        "$defs": {"Node": {"$anchor": "node", "type": "string"}},
        "definitions": {"Old": {"type": "number"}},
    }
    found = snippet(ToolSchema("f", "", schema))
    assert f"  a?: {text};\n" in found
    assert compile_files(tmp_path, {"s.ts": f"{found}export {{}};"}) == []


def test_a_type_that_is_only_itself_is_unknown(tmp_path: Path) -> None:
    definitions = {
        "A": {"$ref": "#/$defs/A"},
        "B": {"anyOf": [{"$ref": "#/$defs/C"}, NUMBER]},
        "C": {"allOf": [{"$ref": "#/$defs/B"}, {"type": "string"}]},
        "D": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/D"}}, NUMBER]},
    }
    members = {name: {"$ref": f"#/$defs/{name}"} for name in definitions}
    text = snippet(ToolSchema("f", "", {"properties": members, "$defs": definitions}))
    assert "type A = unknown;" in text
    assert "type D = readonly D[] | number;" in text
    assert compile_files(tmp_path, {"s.ts": f"{text}export {{}};"}) == []


def test_a_schema_nested_without_end_ends() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(10_000):
        deep = {"type": "array", "items": deep}
    assert snippet(ToolSchema("f", "", deep), budget=100).startswith("interface Tools")


def test_a_long_chain_of_references_ends() -> None:
    chain: dict[str, Any] = {
        f"D{i}": {"items": {"$ref": f"#/$defs/D{i + 1}"}} for i in range(2_000)
    }
    text = snippet(ToolSchema("f", "", {"$ref": "#/$defs/D0", "$defs": chain}))
    assert "type D0 = readonly D1[];" in text
    assert len(text) <= 4_000


def test_values_that_are_no_json_are_no_harm(tmp_path: Path) -> None:
    members = {"a": {"enum": [math.nan, math.inf, "\ud800", 1e400]}, "\ud800": {"const": "\r"}}
    text = snippet(tool(said="\ud800 \r \u2028 */", properties=members))
    assert compile_files(tmp_path, {"s.ts": f"{text}export {{}};"}) == []


SELF = {"$ref": "#/$defs/Node"}
PAIR = {"type": "array", "prefixItems": [NUMBER, SELF], "items": False, "minItems": 2}


@pytest.mark.parametrize("place", ["optional", "rest", "both"])
@pytest.mark.parametrize("nullable", [False, True])
def test_lists_that_hold_themselves(tmp_path: Path, place: str, nullable: bool) -> None:
    kinds: list[Any] = [PAIR, {"type": "array", "items": SELF}, SELF]
    items = [*kinds, *({"anyOf": [kind, beside]} for kind in kinds for beside in (NUMBER, SELF))]
    tools = []
    for i, item in enumerate(items):
        first = [NUMBER] if place == "rest" else [NUMBER, item]
        rest = False if place == "optional" else item
        node = {"type": "array", "prefixItems": first, "items": rest, "minItems": 1}
        schema = {"$ref": "#/$defs/Node", "$defs": {"Node": {**node, "nullable": nullable}}}
        tools.append(ToolSchema(f"f{i}", result=schema))
    assert compile_files(tmp_path, {"tools.d.ts": render_tools(tools).declarations}) == []


# -- size ------------------------------------------------------------------------------------------


def test_mutual_recursion_stays_short(tmp_path: Path) -> None:
    catalogue = render_tools([tool("f", **mutual(5))], budget=1_000_000)
    assert len(catalogue.declarations) < 4_000
    assert compile_files(tmp_path, {"tools.d.ts": catalogue.declarations}) == []


@pytest.mark.parametrize("budget", [4_000, 2_000, 1_000, 500, 200, 120])
def test_no_tool_takes_more_than_its_budget(tmp_path: Path, budget: int) -> None:
    large = tool("large", "One.\n\nTwo.\n" * 20, **mutual(30, "a_long_name_of_a_member_"))
    catalogue = render_tools([large, ADD], budget=budget)
    assert len(catalogue.snippets["large"]) <= budget
    assert "One." in catalogue.snippets["large"]
    assert "unknown" in catalogue.snippets["large"]
    assert compile_files(tmp_path, {"tools.d.ts": catalogue.declarations}) == []


def test_what_is_said_of_members_goes_before_their_types() -> None:
    members = {f"member{i}": {**NUMBER, "description": "words " * 20} for i in range(10)}
    text = snippet(tool(properties=members), budget=400)
    assert "words" not in text
    assert "  member9?: number;\n" in text


def test_one_tool_does_not_shorten_another() -> None:
    large = tool("large", **mutual(30))
    assert render_tools([large, ADD]).snippets["add"] == snippet(ADD)


# -- revisions -------------------------------------------------------------------------------------


def test_a_revision_changes_with_what_is_said() -> None:
    revision = render_tools([ADD]).revision
    assert render_tools([ADD]).revision == revision
    others = [ToolSchema("add"), tool("add", "Add two numbers", properties={"a": NUMBER})]
    assert len({revision, *(render_tools([other]).revision for other in others)}) == 3


def test_the_order_of_hashes_does_not_show() -> None:
    script = (
        "from tests.typegen.test_tool_catalogue import *;"
        "print(render_tools([ADD, tool('large', **mutual(30))]))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
