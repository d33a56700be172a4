"""Sessions: the conversation as state. A session is never cancelled, only closed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from marotte.conversation.errors import (
    EmptyTurnError,
    NoActiveRunError,
    SessionBusyError,
    SessionClosedError,
)
from marotte.conversation.json_value import clone_json, copy_json
from marotte.conversation.turn import (
    Turn,
    TurnLike,
    new_id,
    new_turn,
    new_user_block,
    normalize,
)
from marotte.conversation.usage import Usage


@dataclass(frozen=True, slots=True)
class Staged:
    """What a run works on: a private turn, and the committed turns before it.

    `history` are the session's own turns, which are never changed once committed: clone before
    handing them out. `extends` says that the commit replaces a turn of the session.
    """

    turn: Turn
    history: tuple[Turn, ...]
    extends: bool


@dataclass(slots=True)
class _Slot:
    run_id: str
    on_close: Callable[[], object] | None


class Session:
    """Turns and metadata of one conversation, and which run may add to it.

    Every method may be called from any thread and returns at once. Turns go in and come out as
    copies, so that changing one never reaches the session.
    """

    def __init__(
        self,
        *,
        id: str | None = None,
        metadata: Mapping[str, object] | None = None,
        turns: Iterable[TurnLike] = (),
        usage: Usage | None = None,
    ) -> None:
        self._id = id or new_id()
        self._metadata = copy_json(metadata or {}, "metadata")
        self._turns = [normalize(turn, f"turns[{index}]") for index, turn in enumerate(turns)]
        self._usage = usage or Usage()
        self._slot: _Slot | None = None
        self._closed = False
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        """Identifies the session."""
        return self._id

    @property
    def metadata(self) -> JsonValue:
        """A copy of what the session was created with."""
        return clone_json(self._metadata)

    @property
    def usage(self) -> Usage:
        """What committed runs used. A run's own spend, cancelled or not, is on the run."""
        return self._usage

    @property
    def turn_count(self) -> int:
        """How many turns are committed."""
        return len(self._turns)

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def active_run_id(self) -> str | None:
        """The run that holds the session now."""
        slot = self._slot
        return slot.run_id if slot else None

    def turns(self) -> list[Turn]:
        """Return copies of all committed turns."""
        return [turn.clone() for turn in self._committed()]

    def turns_range(self, start: int | None = None, stop: int | None = None) -> list[Turn]:
        """Return copies of the turns from `start` up to, not with, `stop`, clamped to what is."""
        turns = self._committed()
        first = min(max(start or 0, 0), len(turns))
        last = len(turns) if stop is None else min(max(stop, first), len(turns))
        return [turn.clone() for turn in turns[first:last]]

    def get_turn(self, index: int) -> Turn | None:
        """Return a copy of the turn at `index`, `None` where there is none."""
        turns = self._committed()
        return turns[index].clone() if 0 <= index < len(turns) else None

    def latest(self) -> Turn | None:
        """Return a copy of the last committed turn, `None` for an empty session."""
        turns = self._committed()
        return turns[-1].clone() if turns else None

    def append(self, turn: TurnLike | str) -> Turn:
        """Add a copy of `turn`, or a turn of one user block for text, and return another copy.

        A turn whose id the session already holds gets a new id.

        Raises:
            SessionBusyError: while a run is active.
            SessionClosedError: after `close`.
            InvalidValueError: for what is no turn.
        """
        added = as_turn(turn, "turn")
        with self._lock:
            self._check_free()
            self._give_own_id(added)
            self._turns.append(added)
        return added.clone()

    def require_active(self) -> str:
        """Return the id of the active run.

        Raises:
            NoActiveRunError: when the session is idle.
        """
        run_id = self.active_run_id
        if run_id is None:
            raise NoActiveRunError("session has no active inference", session_id=self._id)
        return run_id

    def claim(
        self, run_id: str, seed: Turn | None = None, on_close: Callable[[], object] | None = None
    ) -> Staged:
        """Take the session's one slot for `run_id` and stage its turn; history is not touched.

        Args:
            run_id: Who claims.
            seed: The turn to begin with, which the session then owns (see `as_turn`). Without
                one, a copy of the latest turn is extended, under the same id.
            on_close: Called (in the closing thread) if the session is closed during the run.

        Raises:
            SessionBusyError: when another run holds the slot.
            SessionClosedError: after `close`.
            EmptyTurnError: when there is no block to infer from.
        """
        with self._lock:
            self._check_free()
            staged = self._stage(seed)
            self._slot = _Slot(run_id, on_close)
        return staged

    def release(self, run_id: str) -> bool:
        """Clear the slot if it still holds `run_id`; return whether it did."""
        with self._lock:
            if self._slot is None or self._slot.run_id != run_id:
                return False
            self._slot = None
            return True

    def commit(self, run_id: str, turn: Turn, usage: Usage) -> bool:
        """Write `turn` and clear the slot, in one step.

        The turn replaces the one of the same id, or becomes the last. The session owns it from
        now on. Returns `False`, and changes nothing, if the slot does not hold `run_id`: so a
        commit that is repeated, or late, does nothing.
        """
        with self._lock:
            if self._slot is None or self._slot.run_id != run_id:
                return False
            self._write(turn)
            self._usage = self._usage + usage
            self._slot = None
            return True

    def close(self) -> None:
        """Refuse all further use; an active run is told to stop. Closing twice does nothing."""
        with self._lock:
            already, self._closed = self._closed, True
            slot = self._slot
        if not already and slot is not None and slot.on_close is not None:
            slot.on_close()

    def _committed(self) -> list[Turn]:
        with self._lock:
            return list(self._turns)

    def _check_free(self) -> None:
        if self._closed:
            raise SessionClosedError("session is closed", session_id=self._id)
        if self._slot is not None:
            message = "session already has an active inference"
            raise SessionBusyError(message, session_id=self._id, run_id=self._slot.run_id)

    def _stage(self, seed: Turn | None) -> Staged:
        extends = seed is None
        turn = seed if seed is not None else self._turns[-1].clone() if self._turns else None
        if turn is None or not turn.blocks:
            message = "session has no seed turn (or seed turn is empty)"
            raise EmptyTurnError(message, session_id=self._id)
        if not extends:
            self._give_own_id(turn)
        history = tuple(self._turns[:-1] if extends else self._turns)
        return Staged(turn, history, extends)

    def _give_own_id(self, turn: Turn) -> None:
        if not turn.id or any(turn.id == known.id for known in self._turns):
            turn.id = new_id()

    def _write(self, turn: Turn) -> None:
        for index in range(len(self._turns) - 1, -1, -1):
            if self._turns[index].id == turn.id:
                self._turns[index] = turn
                return
        self._turns.append(turn)


def as_turn(seed: TurnLike | str, path: str = "seed") -> Turn:
    """Return a validated copy of `seed`; text becomes a turn of one user block.

    Raises:
        InvalidValueError: for what is no turn, naming the path.
        EmptyTurnError: for empty text.
    """
    if not isinstance(seed, str):
        return normalize(seed, path)
    if not seed:
        raise EmptyTurnError("session has no seed turn (or seed turn is empty)")
    return new_turn([new_user_block(seed)])
