"""The types of tools admit what validators admit, as far as TypeScript has words for it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.typegen.compiler import compile_files
from tests.typegen.shapes import (
    Schema,
    admits,
    documents,
    instances,
    literal_type,
    shape,
    spelled_out,
)

from marotte.typegen import ToolSchema, render_tools

PRELUDE = """
import type { Tools } from "./tools.d.ts";
type Admits<T, V> = [V] extends [T] ? true : false;
"""

# A compiler is slow to start, so many cases go to it at once; it names those that are wrong.
BATCHES = settings(
    max_examples=8,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)


def case(closed: bool) -> st.SearchStrategy[tuple[Schema, bool, list[object]]]:
    """A schema, whether it is of the older draft, and values."""
    return documents(closed=closed).flatmap(
        lambda found: st.tuples(
            st.just(found[0]), st.just(found[1]), st.lists(instances(found[0]), max_size=6)
        )
    )


def tool(name: str, schema: Schema) -> ToolSchema:
    """A tool that takes a value of a schema as `value`, and answers one."""
    groups: Schema = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in groups}
    parameters = {"properties": {"value": inner}, "required": ["value"], **groups}
    return ToolSchema(name, "*/", parameters, schema)


def complaints(folder: Path, tools: list[ToolSchema], lines: list[str]) -> list[str]:
    """What the compiler says of each line, with the line."""
    text = PRELUDE + "\n".join(lines)
    declarations = render_tools(tools, budget=1_000_000).declarations
    found = compile_files(folder, {"tools.d.ts": declarations, "cases.ts": text})
    source = text.splitlines()
    return [
        f"{line} in: {said} of {tools[int(of[1])].result}" if of else f"{line} in: {said}"
        for line in found
        for at in [re.match(r"cases\.ts\((\d+)", line)]
        for said in [source[int(at[1]) - 1] if at else ""]
        for of in [re.search(r'\["t(\d+)"\]', said)]
    ]


@BATCHES
@given(cases=st.lists(case(closed=False), min_size=10, max_size=10))
def test_types_admit_what_has_the_shape(
    tmp_path_factory: pytest.TempPathFactory, cases: list[tuple[Schema, bool, list[object]]]
) -> None:
    lines, tools = [], []
    for i, (schema, _, values) in enumerate(cases):
        tools.append(tool(f"t{i}", schema))
        for value in values:
            admitted = json.dumps(admits(shape(schema, closed=False), False, value))
            type_ = literal_type(value)
            answers, takes = f'ReturnType<Tools["t{i}"]>', f'Parameters<Tools["t{i}"]>[0]["value"]'
            lines.append(f"({admitted}) satisfies Admits<Awaited<{answers}>, {type_}>;")
            lines.append(f"({admitted}) satisfies Admits<{takes}, {type_}>;")
    found = complaints(tmp_path_factory.mktemp("tools"), tools, lines)
    assert not found, "\n".join(found)


@BATCHES
@given(cases=st.lists(case(closed=True), min_size=10, max_size=10))
def test_literals_have_no_members_too_many(
    tmp_path_factory: pytest.TempPathFactory, cases: list[tuple[Schema, bool, list[object]]]
) -> None:
    lines, tools = [], []
    for i, (schema, _, values) in enumerate(cases):
        tools.append(tool(f"t{i}", schema))
        for value in values:
            if not admits(shape(schema, closed=True), False, value):
                lines.append("// @ts-expect-error")
            takes = f'Parameters<Tools["t{i}"]>[0]["value"]'
            lines.append(f"({json.dumps(value)}) satisfies {takes};")
    found = complaints(tmp_path_factory.mktemp("tools"), tools, lines)
    assert not found, "\n".join(found)


@settings(max_examples=200)
@given(case(closed=False))
def test_a_shape_admits_what_its_schema_admits(found: tuple[Schema, bool, list[object]]) -> None:
    schema, old, values = spelled_out(found[0]), found[1], found[2]
    for value in values:
        assert not admits(schema, old, value) or admits(shape(schema, closed=False), False, value)


def test_both_what_fits_and_what_does_not_is_tried() -> None:
    told: list[bool] = []

    @settings(max_examples=100, database=None, phases=[Phase.generate])
    @given(case(closed=False))
    def look(found: tuple[Schema, bool, list[object]]) -> None:
        told.extend(admits(shape(found[0], closed=False), False, value) for value in found[2])

    look()
    assert min(told.count(True), told.count(False)) > len(told) / 10
