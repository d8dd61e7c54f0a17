"""`make test-fuzz`: the full number of inputs, and what became of them as JSON; exit code 1 after a finding."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

from movie_assets_tests.fuzzing.harness import fuzz

parser = argparse.ArgumentParser(prog="python -m movie_assets_tests.fuzzing", description=__doc__)
parser.add_argument("--brands", type=int, default=200_000, help="brand files to read")
parser.add_argument("--films", type=int, default=50_000, help="films, answers and lists to read")
parser.add_argument("--seed", type=int, default=1, help="another seed gives other inputs")
parser.add_argument("--processes", type=int, default=min(os.cpu_count() or 1, 4))
given = parser.parse_args()

found = False
for kind, count in (("brands", given.brands), ("films", given.films)):
    if count:
        started = time.monotonic()
        outcome = fuzz(kind, count, seed=given.seed, processes=given.processes)
        print(
            json.dumps({"kind": kind, "seconds": round(time.monotonic() - started, 1), **outcome.as_json()}, indent=1)
        )
        found = found or bool(outcome.findings) or outcome.inputs < count
sys.exit(found)
