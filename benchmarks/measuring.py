"""Time and peak memory of one piece of work, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measured:
    """Seconds of wall clock, and the highest memory of the process, above what it held before and in all, in MB."""

    seconds: float
    extra_mb: float
    peak_mb: float
    value: Any


def measured(prepare: Callable[[], Any], work: Callable[[Any], Any]) -> Measured:
    """Run `prepare()` unmeasured, then `work(prepared)` measured, in a fresh process."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_child, args=(theirs, prepare, work))
    process.start()
    theirs.close()
    try:
        outcome = ours.recv()
    except EOFError:
        raise RuntimeError("the measured process died") from None
    finally:
        process.join()
    if isinstance(outcome, str):
        raise RuntimeError(outcome)
    return outcome


def _child(report: Connection, prepare: Callable[[], Any], work: Callable[[Any], Any]) -> None:
    try:
        prepared = prepare()
        # Linux: forget the peak so far, so that only the work's own peak is seen.
        Path("/proc/self/clear_refs").write_text("5")
        before = _status("VmRSS")
        started = time.perf_counter()
        value = work(prepared)
        seconds = time.perf_counter() - started
        peak = _status("VmHWM")
        report.send(Measured(seconds, (peak - before) / 1000, peak / 1000, value))
    except BaseException:
        report.send(traceback.format_exc())
    finally:
        report.close()
        os._exit(0)


def _status(field: str) -> float:
    """A field of /proc/self/status, in kB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return float(line.split()[1])
    raise LookupError(field)
