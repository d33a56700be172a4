"""What the module offers: its keys, constants, globals, turns and blocks."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bindings.geppetto.support import evaluate, evaluate_with

from marotte import Runtime


async def test_it_has_the_keys_of_the_older_module() -> None:
    assert await evaluate("export default Object.keys(gp);") == [
        "version",
        "consts",
        "createBuilder",
        "createSession",
        "runInference",
        "turns",
        "engines",
        "middlewares",
        "tools",
    ]


async def test_its_version_is_the_older_one() -> None:
    assert await evaluate("export default gp.version;") == "0.1.0"


async def test_it_can_be_required_by_a_classic_script(tmp_path: Path) -> None:
    script = tmp_path / "script.js"
    script.write_text('module.exports = require("geppetto").engines.echo().name;')
    async with Runtime() as runtime:
        assert await runtime.run_script(script) == "echo"


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("ToolChoice", ["auto", "none", "required"]),
        ("ToolErrorHandling", ["continue", "abort", "retry"]),
        (
            "BlockKind",
            ["user", "llm_text", "tool_call", "tool_use", "system", "reasoning", "other"],
        ),
        ("HookAction", ["abort", "retry", "continue"]),
        (
            "MetadataKeys",
            [
                "provider",
                "runtime",
                "session_id",
                "inference_id",
                "trace_id",
                "usage",
                "stop_reason",
                "model",
            ],
        ),
        ("EventType", ["start", "partial", "final", "tool-call", "tool-result", "error"]),
    ],
)
async def test_constants_are_the_words_of_the_wire(group: str, words: list[str]) -> None:
    named = {word.upper().replace("-", "_"): word for word in words}
    assert await evaluate(f"export default gp.consts.{group};") == named


_OF_A_RUN = ["provider", "runtime", "session_id", "inference_id", "trace_id", "usage"]


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("TurnMetadataKeys", [*_OF_A_RUN, "stop_reason", "model"]),
        ("RunMetadataKeys", [*_OF_A_RUN, "stop_reason", "model"]),
        ("BlockMetadataKeys", ["middleware", "agent_mode", "agent_mode_tag", "tool_calls"]),
        (
            "TurnDataKeys",
            ["tool_config", "agent_mode", "agent_mode_allowed_tools", "responses_server_tools"],
        ),
        (
            "PayloadKeys",
            [
                *("text", "id", "name", "args", "result", "error"),
                *("images", "encrypted_content", "item_id"),
            ],
        ),
    ],
)
async def test_keys_of_turns_and_blocks_have_constants(group: str, words: list[str]) -> None:
    named = {word.upper(): word for word in words}
    assert await evaluate(f"export default gp.consts.{group};") == named


async def test_keys_with_constants_are_kept_by_a_session() -> None:
    turn, told = await evaluate("""
        const { PayloadKeys: P, TurnDataKeys: D, BlockMetadataKeys: M } = gp.consts;
        const payload = { [P.TEXT]: "x", [P.IMAGES]: [{ url: "https://x.test/a.png" }], [P.ENCRYPTED_CONTENT]: "e", [P.ITEM_ID]: "i" };
        const block = { id: "b", kind: "user", payload, metadata: { [M.AGENT_MODE]: "m", [M.TOOL_CALLS]: [1] } };
        const data = { [D.AGENT_MODE]: "m", [D.AGENT_MODE_ALLOWED_TOOLS]: ["t"], [D.RESPONSES_SERVER_TOOLS]: [{ type: "web_search" }] };
        let told;
        const session = gp.createSession({ engine: gp.engines.fromFunction((turn) => { told = turn; }) });
        session.append({ blocks: [block], data });
        const answered = session.run();
        export default [answered, told];
    """)
    for each in (turn, told):
        (block,) = each["blocks"]
        assert block["payload"] == {
            "text": "x",
            "images": [{"url": "https://x.test/a.png"}],
            "encrypted_content": "e",
            "item_id": "i",
        }
        assert block["metadata"] == {"agent_mode": "m", "tool_calls": [1]}
        assert each["data"] == {
            "agent_mode": "m",
            "agent_mode_allowed_tools": ["t"],
            "responses_server_tools": [{"type": "web_search"}],
        }


class TestGlobals:
    async def test_assert_throws_unless_its_condition_holds(self) -> None:
        assert await evaluate(
            'export default [attempt(() => assert(1)), attempt(() => assert(0, "no"))];'
        ) == [["fine", None], ["Error", "no"]]

    async def test_env_is_the_granted_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GRANTED", "yes")
        monkeypatch.setenv("HIDDEN", "no")
        assert await evaluate_with("export default ENV;", allowed_env=["GRANTED"]) == {
            "GRANTED": "yes"
        }

    async def test_sleep_blocks_the_script(self) -> None:
        waited = await evaluate(
            "const from = performance.now(); sleep(30); export default performance.now() - from;"
        )
        assert waited >= 29

    @pytest.mark.parametrize("name", ["assert", "ENV", "sleep"])
    async def test_scripts_that_do_not_use_the_module_have_none(self, name: str) -> None:
        async with Runtime() as runtime:
            assert await runtime.run_source(f"export default '{name}' in globalThis;") is False
            used = f"import 'geppetto'; export default typeof {name};"
            assert await runtime.run_source(used) in ("function", "object")

    async def test_what_is_there_already_is_kept(self) -> None:
        source = "globalThis.ENV = 5; await import('geppetto'); export default ENV;"
        async with Runtime() as runtime:
            assert await runtime.run_source(source) == 5


class TestTurns:
    async def test_a_new_turn_has_no_id(self) -> None:
        assert await evaluate("export default [gp.turns.newTurn(), gp.turns.newTurn({})];") == [
            {"id": "", "blocks": []},
            {"id": "", "blocks": []},
        ]

    async def test_it_keeps_what_it_is_given(self) -> None:
        turn = {
            "id": "t",
            "blocks": [{"id": "b", "kind": "user", "payload": {"text": "x"}}],
            "metadata": {"session_id": "s", "trace_id": "t", "mine": 1},
            "data": {"tool_config": {"enabled": True}, "agent_mode": "x", "mine": [1]},
        }
        assert (
            await evaluate(f"export default gp.turns.newTurn({turn!r});".replace("True", "true"))
            == turn
        )

    async def test_appending_a_block_makes_a_new_turn(self) -> None:
        before, after = await evaluate("""
            const turn = user("a");
            const longer = gp.turns.appendBlock(turn, gp.turns.newAssistantBlock("b"));
            export default [turn, longer];
        """)
        assert [block["kind"] for block in after["blocks"]] == ["user", "llm_text"]
        assert len(before["blocks"]) == 1

    @pytest.mark.parametrize(
        "arguments", ["5, {}", "[], {}", "{ blocks: 5 }, {}", "user('a'), 5", "user('a')"]
    )
    async def test_what_cannot_be_appended_is_a_type_error(self, arguments: str) -> None:
        found = await evaluate(f"export default attempt(() => gp.turns.appendBlock({arguments}));")
        assert found[0] == "TypeError"

    @pytest.mark.parametrize(
        ("make", "kind", "role"),
        [
            ("newUserBlock", "user", "user"),
            ("newSystemBlock", "system", "system"),
            ("newAssistantBlock", "llm_text", "assistant"),
        ],
    )
    async def test_text_blocks(self, make: str, kind: str, role: str) -> None:
        block = await evaluate(f"export default gp.turns.{make}('hi');")
        assert len(block.pop("id")) == 36
        assert block == {"kind": kind, "role": role, "payload": {"text": "hi"}}

    async def test_a_tool_call_has_the_id_of_the_call_and_no_role(self) -> None:
        assert await evaluate(
            "export default gp.turns.newToolCallBlock('c', 'add', { a: 1 });"
        ) == {
            "id": "c",
            "kind": "tool_call",
            "payload": {"id": "c", "name": "add", "args": {"a": 1}},
        }

    async def test_a_tool_use_has_an_id_of_its_own(self) -> None:
        block = await evaluate("export default gp.turns.newToolUseBlock('c', { sum: 3 }, 'late');")
        assert len(block.pop("id")) == 36
        assert block == {
            "kind": "tool_use",
            "payload": {"id": "c", "result": {"sum": 3}, "error": "late"},
        }

    async def test_an_error_that_is_undefined_is_absent(self) -> None:
        block = await evaluate("export default gp.turns.newToolUseBlock('c', 1, undefined);")
        assert block["payload"] == {"id": "c", "result": 1}

    async def test_fields_are_lifted_where_there_is_no_payload(self) -> None:
        block = {
            "kind": "x",
            "text": "t",
            "args": 1,
            "result": 2,
            "id": "i",
            "name": "n",
            "error": "e",
        }
        (made,) = await evaluate(
            f"export default gp.turns.normalize({{ blocks: [{block}] }}).blocks;"
        )
        assert made["payload"] == {k: v for k, v in block.items() if k != "kind"}
        assert made["id"] == "i"

    async def test_a_payload_goes_before_them(self) -> None:
        (made,) = await evaluate(
            "export default gp.turns.normalize({ blocks: [{ kind: 'user', payload: { a: 1 }, text: 't' }] }).blocks;"
        )
        assert made["payload"] == {"a": 1}

    async def test_kinds_are_trimmed_and_in_lower_case(self) -> None:
        kinds = await evaluate("""
            const blocks = [{ kind: "  USER " }, { kind: "Strange" }, {}];
            export default gp.turns.normalize({ blocks }).blocks.map((block) => block.kind);
        """)
        assert kinds == ["user", "strange", "other"]

    async def test_empty_metadata_and_data_are_left_out(self) -> None:
        turn = await evaluate(
            "export default gp.turns.normalize({ id: 't', blocks: [{ id: 'b', kind: 'user', payload: {}, metadata: {} }], metadata: {}, data: {} });"
        )
        assert turn == {"id": "t", "blocks": [{"id": "b", "kind": "user", "payload": {}}]}

    @pytest.mark.parametrize("given", ["5", "'x'", "[]", "{ blocks: 5 }", "{ blocks: [5] }"])
    async def test_what_is_no_turn_is_a_type_error(self, given: str) -> None:
        name, message = await evaluate(
            f"export default attempt(() => gp.turns.normalize({given}));"
        )
        assert name == "TypeError"
        assert "turn" in message
