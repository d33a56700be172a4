"""Random models: the same typings each time, and the compiler accepts them."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import reduce
from operator import or_
from types import GenericAlias
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, JsonValue, create_model
from tests.typegen.compiler import ROOT, compile_files
from tests.typegen.toys import BELLS, GLOBALS, TOYS

from marotte.realm import Binding, host_function
from marotte.typegen import generate


def model_of(kinds: dict[str, object]) -> type[BaseModel]:
    """A model whose fields have any names at all in JavaScript."""
    fields: dict[str, Any] = {
        f"field{i}": (kind, Field(alias=name)) for i, (name, kind) in enumerate(kinds.items())
    }
    return create_model("Model", __doc__="A model: */", **fields)


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Types made of others."""
    return st.one_of(
        inner.map(lambda kind: GenericAlias(list, (kind,))),
        inner.map(lambda kind: GenericAlias(dict, (str, kind))),
        inner.map(lambda kind: reduce(or_, (GenericAlias(list, (kind,)), int, None))),
        st.lists(inner, min_size=1, max_size=3).map(lambda k: GenericAlias(tuple, tuple(k))),
        st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3).map(model_of),
    )


SIMPLE: list[object] = [int, str, bool, float, object, type(None), Literal["a", 1], JsonValue]
KINDS = st.recursive(st.sampled_from(SIMPLE), nested, max_leaves=6)


def binding_of(kinds: list[object], name: str = "n") -> Binding:
    """A module with a function for each type, which takes it and gives it."""

    def function(value: object) -> object:
        raise NotImplementedError

    functions = []
    for i, kind in enumerate(kinds):
        declared = host_function(name=f"f{i}")(function)
        declared.hints = {"value": kind, "return": kind}
        functions.append(declared)
    return Binding(name=name, module=name, functions=functions)


@settings(max_examples=15)
@given(st.lists(KINDS, min_size=1, max_size=4))
def test_the_same_bindings_give_the_same_files(kinds: list[object]) -> None:
    assert generate([binding_of(kinds)]) == generate([binding_of(kinds)])


@settings(max_examples=3)
@given(st.lists(KINDS, min_size=30, max_size=30))
def test_the_compiler_accepts_any_model(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[object]
) -> None:
    files = generate([binding_of(kinds[i::3], name=f"m{i}") for i in range(3)])
    assert compile_files(tmp_path_factory.mktemp("models"), files) == []


def all_toys() -> dict[str, str]:
    """All that is generated for the small bindings."""
    return generate([GLOBALS, TOYS]) | generate([BELLS], known=[GLOBALS, TOYS])


def test_the_order_of_hashes_does_not_show() -> None:
    script = "from tests.typegen.test_any_model import all_toys; print(all_toys())"
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
