"""Gives many inputs to targets, each watched: its error, its processor time, and the memory of the process.

Inputs follow from a seed and a number, so that a finding can be repeated by them. A process that hangs in C code
prints where it is and ends.
"""

from __future__ import annotations

import faulthandler
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.brands.dialects import WrittenFile, written_files
from movie_assets_tests.fuzzing.targets import Target, film_targets, mutated_brand_file, read_brands

LONGEST_SECONDS = 1.0
"""Processor time that one input may take."""
HANG_SECONDS = 60.0
"""Time on the clock, on however busy a machine."""
MEMORY_BYTES = 512 * 2**20
"""What a process may take beyond what it has before the first input."""
HYPOTHESIS_SHARE = 0.04
"""Of the brand files: Hypothesis writes whole files in every dialect, which takes far longer than to damage one."""

_SHOWN = 5
# Ends of a failed process's output, enough for a traceback.
_TAIL = 4_000


@dataclass
class Outcome:
    """What became of the inputs of one kind. `slowest` is the processor time of one input, in seconds."""

    inputs: int = 0
    words: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_input: str = ""
    findings: list[str] = field(default_factory=list)
    peak_megabytes: int = 0

    def as_json(self) -> dict[str, object]:
        """The same as plain values."""
        return {**vars(self), "words": dict(self.words)}

    def add(self, other: Outcome) -> None:
        """Count another process's inputs with these."""
        self.inputs += other.inputs
        self.words.update(other.words)
        self.findings += other.findings
        self.peak_megabytes = max(self.peak_megabytes, other.peak_megabytes)
        if other.slowest > self.slowest:
            self.slowest, self.slowest_input = other.slowest, other.slowest_input


def fuzz(kind: str, count: int, *, seed: int, processes: int = 1) -> Outcome:
    """`count` inputs of a kind (`brands` or `films`) in processes of their own, each with a limit on its memory."""
    shares = [count // processes + (number < count % processes) for number in range(processes)]
    command = [sys.executable, "-X", "faulthandler", "-m", "movie_assets_tests.fuzzing.harness", kind]
    started = [
        subprocess.Popen(
            [*command, str(share), str(seed + number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT_ROOT,
        )
        for number, share in enumerate(shares)
    ]
    total = Outcome()
    for process in started:
        stdout, stderr = process.communicate()
        if process.returncode != 0:
            total.findings.append(f"a process ended with {process.returncode}: {stderr[-_TAIL:]}")
            continue
        fields = json.loads(stdout)
        total.add(Outcome(**{**fields, "words": Counter(fields["words"])}))
    return total


def run_here(kind: str, count: int, seed: int) -> Outcome:
    """The inputs of one process. Sets the limit on its memory."""
    outcome = Outcome()
    for target in _targets(kind):
        # What is imported and read for the first time is no input's doing.
        for number in range(20):
            _ignoring(target, Random(number))
    limit_memory()
    if kind == "brands":
        written = round(count * HYPOTHESIS_SHARE)
        _mutations(outcome, [(mutated_brand_file, 1.0)], count - written, seed)
        _written_by_hypothesis(outcome, written, seed)
    else:
        _mutations(outcome, list(film_targets()), count, seed)
    outcome.peak_megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return outcome


def limit_memory() -> None:
    """From now on this process gets MEMORY_BYTES more than it has, and a MemoryError beyond."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _targets(kind: str) -> list[Target]:
    return {"brands": [mutated_brand_file], "films": [target for target, _ in film_targets()]}[kind]


def _mutations(outcome: Outcome, targets: Sequence[tuple[Target, float]], count: int, seed: int) -> None:
    choice = Random(seed)
    chosen = choice.choices([target for target, _ in targets], [share for _, share in targets], k=count)
    for number, target in enumerate(chosen):
        name = f"{target.__name__}(Random('{seed}/{number}'))"
        _watch(outcome, name, lambda target=target, number=number: target(Random(f"{seed}/{number}")))


def _written_by_hypothesis(outcome: Outcome, count: int, seed: int) -> None:
    """Whole files in any dialect, and each once more with damage."""

    @settings(max_examples=max(1, count // 2), deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(written_files(), st.binary(max_size=8), st.integers(0, 400), st.integers(0, 8))
    def read(file: WrittenFile, damage: bytes, at: int, removed: int) -> None:
        damaged = file.data[:at] + damage + file.data[at + removed :]
        for data in (file.data, damaged):
            _watch(outcome, f"read_brands({data!r})", lambda data=data: read_brands(data))

    if count:
        read._hypothesis_internal_use_seed = seed  # type: ignore[attr-defined]
        read()


def _watch(outcome: Outcome, name: str, run: Target) -> None:
    faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
    started = time.process_time()
    try:
        word = run()
    except Exception as error:
        word = "finding"
        if len(outcome.findings) < _SHOWN:
            outcome.findings.append(f"{name}: {type(error).__name__}: {str(error)[:300]}")
    seconds = time.process_time() - started
    faulthandler.cancel_dump_traceback_later()
    outcome.inputs += 1
    outcome.words[word] += 1
    if seconds > outcome.slowest:
        outcome.slowest, outcome.slowest_input = seconds, name[:300]
    if seconds > LONGEST_SECONDS:
        outcome.findings.append(f"{name[:300]}: {seconds:.2f} s")


def _ignoring(target: Target, random: Random) -> None:
    try:
        target(random)
    except Exception:
        return


if __name__ == "__main__":
    print(json.dumps(run_here(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).as_json()))
