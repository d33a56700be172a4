"""What a script run has as its result, and what becomes of an export that can be none."""

from __future__ import annotations

from pathlib import Path

import pytest

from marotte import RunHandle, Runtime, ScriptError
from marotte.events import DiagnosticEvent

CYCLE = "const a = {}; a.a = a;"
THROWS = "throw new RangeError('odd')"


async def told(handle: RunHandle) -> list[str]:
    """The diagnostics of a run, each with its code."""
    return [f"{e.code}: {e.message}" async for e in handle if isinstance(e, DiagnosticEvent)]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (f"{CYCLE} export default a;", "circular reference"),
        (f"{CYCLE} export default Promise.resolve([a]);", "circular reference"),
        ("export default 1n;", "a bigint cannot cross to the host"),
        ("export default { deep: [1n] };", "BigInt"),
        ("export default Symbol('x');", "a symbol cannot cross to the host"),
        (f"export default {{ toJSON() {{ {THROWS} }} }};", "RangeError: odd"),
        (f"export default {{ get x() {{ {THROWS} }} }};", "RangeError: odd"),
        ("export default 'x'.repeat(20_000_000);", "value too large"),
    ],
)
async def test_an_export_that_json_cannot_carry_fails_no_run(source: str, why: str) -> None:
    async with Runtime() as runtime:
        handle = runtime.run_source(source)
        (diagnostic,) = await told(handle)
        assert diagnostic.startswith("no-result: the script's export")
        assert why in diagnostic
        assert await handle is None
        assert handle.status == "completed"


async def test_so_it_is_with_a_classic_script(tmp_path: Path) -> None:
    (tmp_path / "main.cjs").write_text(f"{CYCLE} module.exports = a;")
    async with Runtime() as runtime:
        handle = runtime.run_script(tmp_path / "main.cjs")
        assert "circular reference" in (await told(handle))[0]
        assert handle.status == "completed"


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("export default { a: [1, 'x', null] };", {"a": [1, "x", None]}),
        ("export default Promise.resolve(7);", 7),
        ("export default () => 1n;", None),
        ("", None),
    ],
)
async def test_what_json_can_carry_is_the_result(source: str, result: object) -> None:
    async with Runtime() as runtime:
        handle = runtime.run_source(source)
        assert await told(handle) == []
        assert await handle == result


@pytest.mark.parametrize("source", [THROWS, f"export default (async () => {{ {THROWS} }})();"])
async def test_what_the_script_throws_fails_the_run(source: str) -> None:
    async with Runtime() as runtime:
        with pytest.raises(ScriptError, match="RangeError: odd"):
            await runtime.run_source(source)


async def test_an_export_that_takes_forever_to_read_is_interrupted() -> None:
    async with Runtime() as runtime:
        source = "export default { toJSON() { for (;;) {} } };"
        handle = runtime.run_source(source, timeout_ms=100, cancel_grace_ms=20)
        assert await told(handle) == []
        assert handle.status == "timed_out"
        assert await runtime.run_source("export default 1") == 1
