"""The process of a run is killed with SIGKILL at each stage of publishing each main table.

The tests of a table follow each other: all of it is published from version b of the files in the end, and what is
computed from it next finds it so. The last test refreshes everything.
"""

from __future__ import annotations

import pytest

from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.faults.bench import Bench
from movie_assets_tests.faults.pausing import STAGES, paused_at, waiting
from movie_assets_tests.faults.plugin import Seen
from movie_assets_tests.faults.registry import Fault

pytestmark = pytest.mark.timeout(240)

# The assets of one step, the table at which its run is killed, in the order of the graph.
STEPS = {
    "raw_brands": ("raw_brands", "raw_brands_rejected"),
    "raw_tmdb_movies": ("raw_tmdb_movies", "raw_tmdb_movies_deleted", "tmdb_people_films", "tmdb_ingestions"),
    "normalized_titles": ("normalized_titles",),
    "normalized_movies": ("normalized_movies",),
    "brand_film_matches": ("brand_film_candidates", "brand_film_matches", "brand_match_overrides"),
    "brand_films": ("brand_rules", "brand_films", "brand_films_left_out"),
    "brand_stats": ("brand_intervals", "brand_stats", "brand_stats_history"),
    "brand_comparison": ("brand_comparison", "brand_overlaps", "genre_stats", "yearly_stats"),
}
_DOES = {
    "staging": "PostgreSQL drops the stage with its session; the old rows stay",
    "validation": "PostgreSQL drops the stage with its session; the old rows stay",
    "writing": "PostgreSQL rolls back what was written; the old rows stay",
    "commit": "PostgreSQL finishes the commit or rolls it back; old rows or new ones, whole",
}


def _fault(table: str, stage: str) -> Fault:
    return Fault(
        family="A publisher is killed",
        name=f"SIGKILL of the run during {stage} of {table}",
        platform=f"{_DOES[stage]}. The next run publishes it",
        where="the run's process",
        shows=("the process ended with -9",),
    )


@pytest.mark.parametrize(
    ("table", "stage"),
    [pytest.param(table, stage, marks=_fault(table, stage).marks) for table in STEPS for stage in STAGES],
)
def test_a_run_killed_while_it_publishes(shared: Bench, seen: Seen, table: str, stage: str) -> None:
    shared.put(brands="b", films="b")
    with paused_at(shared.database, table, stage):
        run = shared.start("refresh", *STEPS[table])
        eventually(lambda: waiting(shared.database) or not run.process.is_alive(), f"{table} reaches {stage}")
        assert waiting(shared.database), run.ended()
        run.kill()
        seen(run.ended()["said"])
        old, new = shared.expected("a", "a")[table], shared.expected("b", "b")[table]
        assert shared.contents(table)[table] == old
    shared.assert_whole()
    found = shared.contents(table)[table]
    assert found == old or (stage == "commit" and found == new)
    if stage == STAGES[-1]:
        outcome = shared.run("refresh", *STEPS[table])
        assert outcome["status"] == "SUCCESS", outcome
        assert shared.contents(table)[table] == new


@Fault(
    family="A publisher is killed",
    name="All of these one after the other",
    platform="the next refresh of everything leaves what a refresh from scratch does",
    where="the run's status",
    shows=("SUCCESS",),
)
def test_the_refresh_after_all_of_them(shared: Bench, seen: Seen) -> None:
    shared.refreshed("b")
    seen(shared.run("refresh")["status"])
    shared.refreshed("a")
