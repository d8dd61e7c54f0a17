"""One run in a process of its own, forked from a warm one as the platform forks its runs; tests kill it."""

from __future__ import annotations

import json
import os
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from movie_assets_tests.forking import warm_context


class RunProcess:
    """A run of a job, or of some of its assets, on the files and databases that the settings name."""

    def __init__(self, settings: dict[str, str], outcome: Path, job: str, assets: tuple[str, ...] = ()) -> None:
        outcome.unlink(missing_ok=True)
        self._outcome = outcome
        self.process: BaseProcess = warm_context().Process(target=_run, args=(settings, str(outcome), job, assets))
        self.process.start()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.join()

    def ended(self, seconds: float = 180.0) -> dict[str, Any]:
        """How the run ended: `status` as Dagster's UI shows it, `said` with the messages of failed steps."""
        self.process.join(seconds)
        if self.process.is_alive():
            self.kill()
            raise AssertionError(f"the run did not end within {seconds:.0f} s")
        if not self._outcome.is_file():
            return {"status": "", "said": f"the process ended with {self.process.exitcode}"}
        outcome: dict[str, Any] = json.loads(self._outcome.read_text())
        return outcome


def _run(environment: dict[str, str], outcome: str, job_name: str, assets: tuple[str, ...]) -> None:
    """Runs in the forked process, as the platform's run processes do."""
    os.environ.update(environment)
    # The process that this one was forked from has them imported already.
    import dagster as dg  # noqa: PLC0415

    from movie_assets.commands.instance import dagster_environment  # noqa: PLC0415
    from movie_assets.commands.refresh import message_of  # noqa: PLC0415
    from movie_assets.definitions import build_definitions  # noqa: PLC0415
    from movie_assets.settings import Settings  # noqa: PLC0415

    settings = Settings()
    os.environ.update(dagster_environment(settings))
    job = build_definitions(settings=settings).resolve_job_def(job_name)
    with dg.DagsterInstance.get() as instance:
        selection = [dg.AssetKey(name) for name in assets] or None
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        result = job.execute_in_process(
            instance=instance, asset_selection=selection, run_config=quiet, raise_on_error=False
        )
        run = instance.get_run_by_id(result.run_id)
        errors = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
        said = [message_of(error) for error in errors if error is not None]
        status = run.status.value if run else ""
        beside = Path(f"{outcome}.new")
        beside.write_text(json.dumps({"status": status, "said": "\n".join(said), "run_id": result.run_id}))
        beside.rename(outcome)
