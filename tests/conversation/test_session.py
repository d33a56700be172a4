"""Sessions: copies only, one slot, and history that only a commit changes."""

import threading

import pytest

from marotte.conversation import (
    EmptyTurnError,
    InvalidValueError,
    NoActiveRunError,
    Session,
    SessionBusyError,
    SessionClosedError,
    TurnLike,
    Usage,
    as_turn,
    new_assistant_block,
    new_turn,
    new_user_block,
)


def session_of(*texts: str) -> Session:
    session = Session()
    for text in texts:
        session.append(text)
    return session


def texts(session: Session) -> list[object]:
    return [turn.blocks[0].payload["text"] for turn in session.turns()]


def test_reading() -> None:
    session = session_of("a", "b", "c")
    latest, second = session.latest(), session.get_turn(1)
    assert latest is not None
    assert second is not None
    assert latest.blocks[0].payload == {"text": "c"}
    assert second.blocks[0].payload == {"text": "b"}
    assert (session.get_turn(3), session.get_turn(-1)) == (None, None)
    assert session.turn_count == 3
    assert Session().latest() is None


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [(None, None, "abc"), (1, None, "bc"), (-5, 2, "ab"), (1, 99, "bc"), (2, 1, ""), (9, 12, "")],
)
def test_ranges_are_clamped(start: int | None, stop: int | None, expected: str) -> None:
    turns = session_of("a", "b", "c").turns_range(start, stop)
    assert "".join(str(turn.blocks[0].payload["text"]) for turn in turns) == expected


def test_changing_what_goes_in_or_out_never_reaches_the_session() -> None:
    session = Session(metadata={"list": [1]})
    seed = new_turn([new_user_block("a")])
    for turn in (session.append(seed), seed, session.latest(), *session.turns()):
        assert turn is not None
        turn.blocks[0].payload["text"] = "changed"
        turn.blocks.clear()
    assert texts(session) == ["a"]
    assert session.metadata == {"list": [1]}


def test_a_turn_whose_id_is_taken_gets_a_new_one() -> None:
    session = session_of("a")
    again = session.append(session.turns()[0])
    assert again.id != session.turns()[0].id
    assert session.turn_count == 2


def test_a_seed_makes_a_new_turn_and_none_extends_the_latest() -> None:
    session = session_of("a", "b")
    staged = session.claim("r1", as_turn("c"))
    assert not staged.extends
    assert staged.turn.id not in {turn.id for turn in session.turns()}
    assert len(staged.history) == 2
    assert session.release("r1")
    staged = session.claim("r2")
    assert staged.extends
    assert staged.turn == session.latest()
    assert len(staged.history) == 1
    staged.turn.blocks.append(new_assistant_block("hi"))
    assert texts(session) == ["a", "b"]
    assert session.commit("r2", staged.turn, Usage(requests=1))
    assert session.turn_count == 2
    latest = session.latest()
    assert latest is not None
    assert latest.text == "hi"
    assert session.usage == Usage(requests=1)


def test_a_second_claim_and_an_append_are_refused_while_a_run_is_active() -> None:
    session = session_of("a")
    session.claim("r1")
    before = session.turns()
    with pytest.raises(
        SessionBusyError, match=r"^session already has an active inference$"
    ) as busy:
        session.claim("r2", as_turn("b"))
    assert (busy.value.code, busy.value.session_id) == ("session_busy", session.id)
    with pytest.raises(SessionBusyError):
        session.append("b")
    assert session.turns() == before
    assert session.active_run_id == "r1"


def test_only_the_holder_releases_and_commits() -> None:
    session = session_of("a")
    staged = session.claim("r1")
    assert not session.release("r0")
    assert not session.commit("r0", as_turn("z"), Usage(requests=9))
    assert session.commit("r1", staged.turn, Usage(requests=1))
    assert not session.commit("r1", staged.turn, Usage(requests=1))
    assert not session.release("r1")
    assert session.usage.requests == 1


@pytest.mark.parametrize("seed", [None, new_turn(), {"blocks": []}])
def test_nothing_to_infer_from(seed: TurnLike | None) -> None:
    session = Session()
    with pytest.raises(
        EmptyTurnError, match=r"^session has no seed turn \(or seed turn is empty\)$"
    ):
        session.claim("r1", None if seed is None else as_turn(seed))
    with pytest.raises(EmptyTurnError):
        as_turn("")
    assert session.active_run_id is None


def test_a_seed_of_the_wrong_shape() -> None:
    with pytest.raises(InvalidValueError, match=r"^seed\.blocks\[0\]\.kind: field required"):
        as_turn({"blocks": [{}]})


def test_idle() -> None:
    session = session_of("a")
    with pytest.raises(NoActiveRunError, match=r"^session has no active inference$"):
        session.require_active()
    session.claim("r1")
    assert session.require_active() == "r1"


def test_close_tells_the_active_run_once_and_refuses_further_use() -> None:
    session = session_of("a")
    told: list[str] = []
    session.claim("r1", on_close=lambda: told.append("r1"))
    session.close()
    session.close()
    assert told == ["r1"]
    session.release("r1")
    with pytest.raises(SessionClosedError, match=r"^session is closed$"):
        session.claim("r2")
    with pytest.raises(SessionClosedError):
        session.append("b")


def test_one_of_many_threads_wins_the_slot() -> None:
    session = session_of("a")
    barrier = threading.Barrier(8)
    won: list[str] = []

    def contend(run_id: str) -> None:
        barrier.wait()
        try:
            session.claim(run_id)
        except SessionBusyError:
            return
        won.append(run_id)

    for _ in range(20):
        threads = [threading.Thread(target=contend, args=(f"r{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert session.release(won.pop())


def test_usage_adds_up() -> None:
    assert Usage(input_tokens=1, requests=1) + Usage(output_tokens=2, cost_usd=0.5) == Usage(
        input_tokens=1, output_tokens=2, requests=1, cost_usd=0.5
    )
    assert (Usage() + Usage()).cost_usd is None
    assert Usage(input_tokens=3, output_tokens=4).tokens == 7
