"""A session against a model of it: whatever is done, history is what was appended and committed."""

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from marotte.conversation import (
    EmptyTurnError,
    Session,
    SessionBusyError,
    SessionClosedError,
    Staged,
    Usage,
    as_turn,
    new_assistant_block,
)


class SessionModel(RuleBasedStateMachine):
    """Turns are modelled as lists of texts."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        self.turns: list[list[str]] = []
        self.usage = Usage()
        self.staged: Staged | None = None
        self.holder: str | None = None
        self.closed = False
        self.told = 0
        self.count = 0

    @rule(text=st.sampled_from("abc"))
    def append(self, text: str) -> None:
        try:
            turn = self.session.append(text)
        except SessionClosedError:
            assert self.closed
        except SessionBusyError:
            assert self.holder is not None
        else:
            assert not self.closed
            assert self.holder is None
            self.turns.append([text])
            turn.blocks.clear()

    @rule(seed=st.sampled_from([None, "seed"]))
    def claim(self, seed: str | None) -> None:
        self.count += 1
        run_id = f"r{self.count}"
        try:
            staged = self.session.claim(
                run_id, as_turn(seed) if seed is not None else None, self._tell
            )
        except SessionClosedError:
            assert self.closed
        except SessionBusyError:
            assert self.holder is not None
        except EmptyTurnError:
            assert seed is None
            assert not self.turns
        else:
            assert not self.closed
            assert self.holder is None
            assert staged.extends == (seed is None)
            assert len(staged.history) == len(self.turns) - (1 if staged.extends else 0)
            self.staged, self.holder = staged, run_id

    def _tell(self) -> None:
        self.told += 1

    @precondition(lambda self: self.staged is not None)
    @rule(answer=st.sampled_from("xyz"))
    def commit(self, answer: str) -> None:
        staged, holder = self.staged, self.holder
        assert staged is not None
        assert holder is not None
        staged.turn.blocks.append(new_assistant_block(answer))
        assert self.session.commit(holder, staged.turn, Usage(requests=1))
        if staged.extends:
            self.turns[-1].append(answer)
        else:
            self.turns.append(["seed", answer])
        self.usage = self.usage + Usage(requests=1)
        assert not self.session.commit(holder, staged.turn, Usage(requests=1))
        self.staged = self.holder = None

    @precondition(lambda self: self.staged is not None)
    @rule()
    def give_up(self) -> None:
        staged, holder = self.staged, self.holder
        assert staged is not None
        assert holder is not None
        staged.turn.blocks.clear()
        assert self.session.release(holder)
        assert not self.session.release(holder)
        self.staged = self.holder = None

    @rule()
    def interfere(self) -> None:
        """What somebody else's run does has no effect."""
        turn = as_turn("intruder")
        assert not self.session.release("intruder")
        assert not self.session.commit("intruder", turn, Usage(requests=99))

    @precondition(lambda self: not self.closed)
    @rule()
    def close(self) -> None:
        told = self.told
        self.session.close()
        self.closed = True
        assert self.told - told == (1 if self.holder is not None else 0)

    @invariant()
    def history_is_as_modelled(self) -> None:
        turns = self.session.turns()
        texts = [[block.payload["text"] for block in turn.blocks] for turn in turns]
        assert texts == self.turns
        assert self.session.turn_count == len(self.turns)
        assert len({turn.id for turn in turns}) == len(turns)
        assert self.session.usage == self.usage
        assert self.session.active_run_id == self.holder


TestSessionModel = SessionModel.TestCase
