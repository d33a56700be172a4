"""What the bindings declare in Python is what a live realm has, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.bindings.page import Page, bindings, open_page

from marotte.realm import Binding, DeclaredClass, declared_class

BINDINGS = bindings()


def is_declared(value: object) -> bool:
    """Whether an annotation is a class of declared members."""
    return isinstance(value, type)


CLASSES = [declared_class(cls) for binding in BINDINGS for cls in binding.declared_classes]
VALUES = [
    (name, declared_class(value))
    for binding in BINDINGS
    for name, value in binding.declared_values.items()
    if is_declared(value)
]


@pytest.fixture(scope="module")
def live() -> Iterator[Page]:
    with open_page() as page:
        yield page


def members(declared: DeclaredClass, *kinds: str) -> set[str]:
    """The names of the members of these kinds."""
    return {member.name for member in declared.members if member.kind in kinds}


def names(page: Page, expression: str, *built_in: str) -> set[str]:
    """The names of an object's own properties, but for those that every such object has."""
    found = page.run(f"Object.getOwnPropertyNames({expression})")
    assert isinstance(found, list)
    return {str(name) for name in found} - set(built_in)


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.name)
def test_every_global_is_there_and_not_enumerable(live: Page, binding: Binding) -> None:
    for name in [*binding.global_names, *binding.global_accessors]:
        assert live.run(f"'{name}' in globalThis"), name
        assert live.run(f"typeof {name} !== 'undefined'"), name
        assert not live.run(f"Object.getOwnPropertyDescriptor(globalThis, '{name}').enumerable"), (
            name
        )


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.name)
def test_every_declared_name_is_a_global(binding: Binding) -> None:
    assert set(binding.exported) == set(binding.global_names)


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.name)
def test_functions_have_their_declared_names_and_arities(live: Page, binding: Binding) -> None:
    for function in binding.declared:
        required = sum(parameter.required for parameter in function.parameters)
        assert live.run(f"[{function.js_name}.name, {function.js_name}.length]") == [
            function.js_name,
            required,
        ]


@pytest.mark.parametrize("declared", CLASSES, ids=lambda declared: declared.name)
class TestClass:
    """A class and its declaration."""

    def test_its_prototype_has_the_declared_members(
        self, live: Page, declared: DeclaredClass
    ) -> None:
        expected = members(declared, "method", "getter", "accessor", "constant")
        assert names(live, f"{declared.name}.prototype", "constructor") == expected

    def test_it_has_the_declared_statics(self, live: Page, declared: DeclaredClass) -> None:
        assert names(live, declared.name, "length", "name", "prototype") == members(
            declared, "static", "constant"
        )

    def test_its_members_are_of_the_declared_kinds(
        self, live: Page, declared: DeclaredClass
    ) -> None:
        for member in declared.members:
            if member.kind in ("constructor", "iterator"):
                continue
            owner = declared.name if member.kind == "static" else f"{declared.name}.prototype"
            shape = live.run(
                f"const d = Object.getOwnPropertyDescriptor({owner}, '{member.name}');"
                "[typeof d.get, typeof d.set, typeof d.value, d.enumerable]"
            )
            expected = {
                "getter": ["function", "undefined", "undefined"],
                "accessor": ["function", "function", "undefined"],
                "constant": ["undefined", "undefined", "number"],
            }.get(member.kind, ["undefined", "undefined", "function"])
            assert shape == [*expected, True], member.name

    def test_its_methods_have_the_declared_arities(
        self, live: Page, declared: DeclaredClass
    ) -> None:
        for member in declared.members:
            if member.kind in ("method", "static"):
                owner = declared.name if member.kind == "static" else f"{declared.name}.prototype"
                assert live.run(f"{owner}.{member.name}.length") == member.arity, member.name

    def test_it_is_made_and_extended_as_declared(self, live: Page, declared: DeclaredClass) -> None:
        made = [member for member in declared.members if member.kind == "constructor"]
        assert live.run(f"{declared.name}.length") == sum(member.arity for member in made)
        if not declared.constructible:
            assert live.error(f"new {declared.name}()") == "TypeError: Illegal constructor"
        parent = f"{declared.extends}.prototype" if declared.extends else "Object.prototype"
        assert live.run(f"Object.getPrototypeOf({declared.name}.prototype) === {parent}")
        iterates = bool(members(declared, "iterator"))
        assert live.run(f"Symbol.iterator in {declared.name}.prototype") is iterates


@pytest.mark.parametrize(("name", "declared"), VALUES, ids=lambda value: str(value)[:12])
def test_a_value_has_the_declared_members(live: Page, name: str, declared: DeclaredClass) -> None:
    shown = live.run(
        f"const found = new Set(); for (let o = {name}; o !== null && o !== Object.prototype &&"
        " o !== EventTarget.prototype; o = Object.getPrototypeOf(o))"
        " Object.getOwnPropertyNames(o).forEach((key) => found.add(key)); [...found]"
    )
    assert isinstance(shown, list)
    expected = members(declared, "method", "getter", "accessor")
    assert {str(key) for key in shown} - {"constructor"} == expected


def test_everything_declared_is_documented() -> None:
    for declared in [*CLASSES, *(described for _, described in VALUES)]:
        assert declared.doc, declared.name
        for member in declared.members:
            assert member.function is None or member.function.__doc__, (declared.name, member.name)
    for binding in BINDINGS:
        for function in binding.declared:
            assert function.__doc__, function.js_name
