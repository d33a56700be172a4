"""What the compiler reads from a schema in a script is what `render_tools` reads from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.typegen.compiler import compile_files

from marotte.host import load_bindings
from marotte.typegen import ToolSchema, generate, render_tools

STRING, NUMBER, NULL = {"type": "string"}, {"type": "number"}, {"type": "null"}
NODE = {"properties": {"next": {"$ref": "#/$defs/Node"}, "value": NUMBER}, "required": ["value"]}

SCHEMAS: list[Any] = [
    True,
    False,
    {},
    STRING,
    {"type": "integer", "minimum": 1},
    {"type": "boolean"},
    {"type": ["string", "null"]},
    {"const": "a"},
    {"const": {"a": [1, None]}},
    {"enum": ["a", 1, None, True]},
    {"type": "string", "enum": ["a", "b"]},
    {"type": "string", "nullable": True},
    {"anyOf": [STRING, NULL]},
    {"oneOf": [STRING, {"type": "array", "items": NUMBER}]},
    {"allOf": [{"properties": {"a": STRING}, "required": ["a"]}, {"properties": {"b": NUMBER}}]},
    {"type": "array"},
    {"type": "array", "items": {"anyOf": [STRING, NULL]}},
    {"items": {"type": "array", "items": STRING}},
    {"type": "array", "prefixItems": [STRING, NUMBER], "items": False, "minItems": 2},
    {"type": "array", "prefixItems": [STRING, NUMBER], "items": False},
    {"type": "array", "prefixItems": [STRING], "items": NUMBER, "minItems": 1},
    {"type": "array", "items": [STRING, NUMBER], "minItems": 2, "additionalItems": False},
    {"type": "object"},
    {"type": "object", "additionalProperties": STRING},
    {"type": "object", "properties": {"a": STRING, "b c": NUMBER}, "required": ["a"]},
    {"properties": {"a": {"properties": {"b": {"enum": [1]}}, "required": ["b"]}}},
    {"properties": {"a": NUMBER}, "additionalProperties": STRING},
    {"properties": {"a": NUMBER}, "additionalProperties": False},
    {"required": ["a"]},
    {"properties": {"a": STRING}, "required": ["b"]},
    {"properties": {"list": {"type": "array", "items": {"$ref": "#"}}}},
    {"$ref": "#/$defs/Node", "$defs": {"Node": NODE}},
    {"$ref": "#/definitions/Id", "definitions": {"Id": {"type": ["string", "integer"]}}},
    {"$ref": "https://example.com/other.json"},
    {"not": STRING},
]

PRELUDE = """
import type { FromSchema } from "marotte";
import type { Tools } from "./tools.d.ts";
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
"""


def test_both_read_the_same(tmp_path: Path) -> None:
    tools = [ToolSchema(f"t{i}", result=schema) for i, schema in enumerate(SCHEMAS)]
    lines = []
    for i, schema in enumerate(SCHEMAS):
        told = f'Awaited<ReturnType<Tools["t{i}"]>>'
        lines.append(f"const s{i} = {json.dumps(schema)} as const;")
        lines.append(f"true satisfies Same<FromSchema<typeof s{i}>, {told}>;")
    files = {
        **generate(load_bindings()),
        "tools.d.ts": render_tools(tools).declarations,
        "cases.ts": PRELUDE + "\n".join(lines),
    }
    assert compile_files(tmp_path, files) == []


REGISTRATIONS = """
import { tools } from "marotte";
const registry = tools.createRegistry();
registry
  .register({
    name: "add",
    parameters: {
      type: "object",
      properties: {
        a: { type: "number" },
        unit: { enum: ["m", "km"] },
        list: { type: "array", items: { type: "string" } },
      },
      required: ["a", "unit"],
    },
    handler: async ({ a, unit, list }, ctx) => {
      if (unit === "m") return a.toFixed() + ctx.callId;
      // @ts-expect-error none of the words
      if (unit === "cm") return;
      // @ts-expect-error what may be absent
      return list.length;
    },
  })
  .register({ name: "none", handler: () => 1 })
  .register({ name: "any", parameters: { type: "object" }, handler: (args) => args.whatever })
  .register({
    name: "wrong",
    parameters: { type: "object", properties: { a: { type: "number" } } },
    // @ts-expect-error what the schema does not name
    handler: ({ b }) => b,
  })
  .register({
    name: "wrong",
    // @ts-expect-error no schema
    parameters: { type: "object", properties: 5 },
    handler: () => {},
  });
const schema = { type: "object", properties: { a: { type: "number" } }, required: ["a"] };
registry.register({ name: "wide", parameters: schema, handler: (args) => console.log(args) });
"""


def test_a_handler_gets_what_its_parameters_admit(tmp_path: Path) -> None:
    files = {**generate(load_bindings()), "script.mjs": REGISTRATIONS}
    assert compile_files(tmp_path, files) == []
