"""A few thousand of the inputs that `make test-fuzz` gives, and that the harness would notice what it looks for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.fuzzing import harness
from movie_assets_tests.fuzzing.harness import Outcome, fuzz


@pytest.mark.parametrize(("kind", "count"), [("brands", 1_000), ("films", 800)])
def test_inputs_are_read_or_refused_with_a_typed_error(kind: str, count: int) -> None:
    outcome = fuzz(kind, count, seed=20_260)
    assert outcome.findings == []
    assert outcome.inputs >= count - 1
    # Both really happen.
    assert outcome.words["read"] > count / 100
    assert outcome.words.total() - outcome.words["read"] > count / 100


def test_an_untyped_error_and_a_long_wait_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = Outcome()
    harness._watch(outcome, "crash", lambda: {}["nothing"])
    assert outcome.findings == ["crash: KeyError: 'nothing'"]
    monkeypatch.setattr(harness, "LONGEST_SECONDS", 0.0)
    harness._watch(outcome, "slow", lambda: str(sum(range(100_000))))
    assert outcome.findings[1].startswith("slow: ")
    assert (outcome.inputs, outcome.words["finding"]) == (2, 1)


HOARDING = """
from movie_assets_tests.fuzzing.harness import MEMORY_BYTES, limit_memory
limit_memory()
kept = bytearray(MEMORY_BYTES // 2)
bytearray(MEMORY_BYTES)
"""


def test_more_memory_than_the_limit_is_an_error() -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", HOARDING], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 1
    assert outcome.stderr.rstrip().endswith("MemoryError")


def test_a_process_that_dies_is_a_finding() -> None:
    (finding,) = fuzz("no such kind", 1, seed=1).findings
    assert "a process ended with 1: Traceback" in finding
