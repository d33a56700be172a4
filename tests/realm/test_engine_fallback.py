"""Where the extension exports nothing of the engine itself, most is as elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from tests.realm.engine_isolation import isolated
from tests.realm.engine_support import Guest, GuestError, Promised, ScriptedHost, guest

from marotte.realm import adapter
from marotte.realm.adapter import QuickJSEngine
from marotte.realm.engine import EngineInterrupted, EngineLimits, EngineOutOfMemory

SOFT = 16 << 20
MODULES = {"./lib/a.mjs": "export default 'a'", "./main.mjs": "import './nope.mjs'"}


@contextmanager
def bare(host: ScriptedHost | None = None) -> Iterator[Guest]:
    """An engine on a platform that lets nobody look inside."""
    with (
        patch.object(adapter, "native_hooks", return_value=None),
        guest(QuickJSEngine, limits=EngineLimits(memory_bytes=SOFT), host=host) as script,
    ):
        assert isinstance(script.engine, QuickJSEngine)
        assert not script.engine.tracks_rejections
        yield script


@pytest.mark.parametrize("kept", [False, True], ids=["dropped", "kept"])
@isolated
def test_the_soft_limit_is_held(kept: bool) -> None:
    with bare() as script:
        source = f"{'globalThis.a' if kept else 'let a'} = []; for (;;) a.push([])"
        with pytest.raises(EngineOutOfMemory, match="soft limit"):
            script.engine.evaluate(source)
        assert script.engine.collect() is kept


@isolated
def test_a_script_that_spins_is_interrupted() -> None:
    end = time.monotonic() + 0.1
    with bare(ScriptedHost(interrupt=lambda: time.monotonic() > end)) as script:
        with pytest.raises(EngineInterrupted):
            script.evaluate("for (;;) try { for (;;) {} } catch {}")


@isolated
def test_modules_are_found_and_what_is_missing_is_told_in_full() -> None:
    with bare(ScriptedHost(modules=MODULES)) as script:
        imported = "import('./lib/a.mjs').then((m) => m.default)"
        assert isinstance(script.evaluate("5"), int)
        assert script.outcome(imported) == "a"
        error = script.module("./main.mjs")
        assert isinstance(error, GuestError)
        assert (error.name, error.message) == ("FileNotFoundError", "cannot find ./nope.mjs")
        assert isinstance(script.evaluate("Promise.reject(new Error('lost'))"), Promised)
