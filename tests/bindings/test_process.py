"""What a script may know of its process."""

from __future__ import annotations

from tests.bindings.page import Page, open_page

from marotte.host import ProcessInfo


def test_arguments_stand_where_scripts_for_node_look_for_them() -> None:
    info = ProcessInfo(argv=("agent.js", "one", "two"), env={"LEVEL": "3"})
    with open_page({ProcessInfo: info}) as page:
        assert page.run("process.argv") == ["marotte", "agent.js", "one", "two"]
        assert page.run("process.argv.slice(2)") == ["one", "two"]


def test_the_environment_has_what_was_granted_and_nothing_else() -> None:
    with open_page({ProcessInfo: ProcessInfo(env={"LEVEL": "3", "__proto__": "p"})}) as page:
        assert page.run("[process.env.LEVEL, Object.keys(process.env)]") == [
            "3",
            ["LEVEL", "__proto__"],
        ]
        assert page.run("process.env.PATH === undefined && !('HOME' in process.env)")


def test_without_a_grant_there_is_nothing(page: Page) -> None:
    assert page.run("[process.argv, process.env]") == [["marotte"], {}]


def test_what_a_script_changes_stays_in_its_realm() -> None:
    info = ProcessInfo(argv=("agent.js",), env={"A": "1"})
    with open_page({ProcessInfo: info}) as page:
        page.run("process.env.A = '2'; process.env.B = '3'; process.argv.push('x'); 0")
        assert page.run("[process.env.A, process.env.B, process.argv.length]") == ["2", "3", 3]
    assert info == ProcessInfo(argv=("agent.js",), env={"A": "1"})
