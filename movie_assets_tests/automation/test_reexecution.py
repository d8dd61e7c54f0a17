"""A failed refresh is executed again from where it failed, as the UI's button does."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from movie_assets.definitions import build_definitions
from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database

pytestmark = pytest.mark.long


def refresh() -> dg.JobDefinition:
    """The job as a code server loads it, with the environment's settings."""
    return build_definitions(settings=Settings()).resolve_job_def("refresh")


def successes(result: dg.ExecuteJobResult) -> set[str]:
    return {
        event.step_key for event in result.all_events if event.event_type_value == "STEP_SUCCESS" and event.step_key
    }


def test_only_what_failed_and_what_follows_runs_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = tmp_path / "overrides.csv"
    overrides.write_text("not,an,override\n1,2,3\n", encoding="utf-8")
    monkeypatch.setenv("MOVIE_ASSETS_DATABASE_URL", database.libpq_uri)
    monkeypatch.setenv("MOVIE_ASSETS_DAGSTER_DATABASE_URL", database.libpq_uri)
    monkeypatch.setenv("MOVIE_ASSETS_MATCH_OVERRIDES", str(overrides))
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        job = dg.reconstructable(refresh)
        with dg.execute_job(job, instance=instance) as failed:
            assert not failed.success
            before = successes(failed)
        assert "normalized_movies" in before
        assert "brand_stats" not in before
        overrides.unlink()
        options = dg.ReexecutionOptions.from_failure(failed.run_id, instance)
        with dg.execute_job(job, instance=instance, reexecution_options=options) as again:
            assert again.success
            after = successes(again)
    assert {"brand_film_matches", "brand_stats", "brand_report"} <= after
    assert "raw_tmdb_movies" not in after
    assert database.scalar("SELECT count(*) FROM movies.brand_stats WHERE scope = 'top_release'") == 45
