"""What to do about the brand file, state by state and over any sequence of states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from movie_assets.automation.brand_file import Decision, Seen, decide
from movie_assets.brands.settled import SettledFile, Unsettled

any_examples = hypothesis_settings(max_examples=500, deadline=None, derandomize=True)

A, B = SettledFile("a" * 64), SettledFile("b" * 64)
GONE = Unsettled("brands.csv does not exist", missing=True)
BUSY = Unsettled("another program has it open for writing")


@pytest.mark.parametrize(
    ("seen", "found", "running", "action", "remembered"),
    [
        (Seen(), A, False, "refresh", Seen(A.sha256)),
        (Seen(), A, True, "wait", Seen()),
        (Seen(), BUSY, False, "wait", Seen()),
        (Seen(), GONE, False, "report", Seen(missing=True)),
        (Seen(A.sha256), A, False, "wait", Seen(A.sha256)),
        (Seen(A.sha256), A, True, "wait", Seen(A.sha256)),
        (Seen(A.sha256), B, False, "refresh", Seen(B.sha256)),
        (Seen(A.sha256), B, True, "wait", Seen(A.sha256)),
        (Seen(A.sha256), BUSY, False, "wait", Seen(A.sha256)),
        (Seen(A.sha256), GONE, False, "report", Seen(A.sha256, missing=True)),
        (Seen(A.sha256), GONE, True, "report", Seen(A.sha256, missing=True)),
        (Seen(A.sha256, missing=True), GONE, False, "wait", Seen(A.sha256, missing=True)),
        (Seen(A.sha256, missing=True), BUSY, False, "wait", Seen(A.sha256, missing=True)),
        (Seen(A.sha256, missing=True), A, False, "wait", Seen(A.sha256)),
        (Seen(A.sha256, missing=True), B, False, "refresh", Seen(B.sha256)),
        (Seen(A.sha256, missing=True), B, True, "wait", Seen(A.sha256, missing=True)),
    ],
)
def test_the_decisions(
    seen: Seen, found: SettledFile | Unsettled, *, running: bool, action: str, remembered: Seen
) -> None:
    decision = decide(seen, found, refresh_in_progress=running)
    assert (decision.action, decision.seen) == (action, remembered)
    assert decision.reason


def ticks(*states: SettledFile | Unsettled | tuple[SettledFile, str]) -> list[Decision]:
    """The decisions over several ticks, each with the memory of the one before; (file, "running") has a run going."""
    seen, made = Seen(), []
    for state in states:
        found, running = (state[0], True) if isinstance(state, tuple) else (state, False)
        made.append(decide(seen, found, refresh_in_progress=running))
        seen = Seen.from_cursor(made[-1].seen.to_cursor())
    return made


def actions(*states: SettledFile | Unsettled | tuple[SettledFile, str]) -> list[str]:
    return [decision.action for decision in ticks(*states)]


def test_content_that_comes_back_is_refreshed_again() -> None:
    assert actions(A, B, A) == ["refresh", "refresh", "refresh"]


def test_a_file_rewritten_with_equal_content_does_nothing() -> None:
    assert actions(A, BUSY, A, A) == ["refresh", "wait", "wait", "wait"]


def test_a_missing_file_is_reported_once_and_its_content_remembered() -> None:
    assert actions(A, GONE, GONE, A, GONE) == ["refresh", "report", "wait", "wait", "report"]
    assert "stored brands stay" in ticks(A, GONE)[-1].reason


def test_a_change_during_a_refresh_is_made_up_for() -> None:
    assert actions(A, (B, "running"), (B, "running"), B, B) == ["refresh", "wait", "wait", "refresh", "wait"]


def test_a_change_that_is_taken_back_during_a_refresh_needs_none() -> None:
    assert actions(A, (B, "running"), A) == ["refresh", "wait", "wait"]


@pytest.mark.parametrize("cursor", [None, "", "{", "[]", "1", "null", "NaN", '"x"', '{"sha256": 7}', "\x00", "{}"])
def test_a_cursor_that_says_nothing_is_no_memory(cursor: str | None) -> None:
    assert Seen.from_cursor(cursor) == Seen()


@any_examples
@given(st.text(max_size=40))
def test_no_cursor_is_a_failure(cursor: str) -> None:
    assert isinstance(Seen.from_cursor(cursor), Seen)


@pytest.mark.parametrize("seen", [Seen(), Seen(A.sha256), Seen(A.sha256, missing=True), Seen(None, missing=True)])
def test_memory_survives_the_cursor(seen: Seen) -> None:
    assert Seen.from_cursor(seen.to_cursor()) == seen


contents = st.sampled_from([A, B, SettledFile("c" * 64)])
states = st.one_of(contents, st.just(GONE), st.just(BUSY))


@any_examples
@given(st.lists(st.tuples(states, st.booleans()), max_size=12), contents)
def test_the_last_refresh_has_the_last_settled_content(
    history: list[tuple[SettledFile | Unsettled, bool]], last: SettledFile
) -> None:
    seen, refreshed, missing_before = Seen(), None, False
    for found, running in [*history, (last, False)]:
        decision = decide(seen, found, refresh_in_progress=running)
        if decision.action == "refresh":
            assert isinstance(found, SettledFile)
            assert not running
            assert found.sha256 != refreshed, "nothing had changed"
            refreshed = found.sha256
        if decision.action == "report":
            assert found == GONE
            assert not missing_before
        # What is remembered is what was refreshed: a missing file or a wait never forgets it.
        assert decision.seen.sha256 == refreshed
        missing_before = decision.seen.missing
        seen = Seen.from_cursor(decision.seen.to_cursor())
    assert refreshed == last.sha256
