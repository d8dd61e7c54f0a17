"""A publication that waits at a stage of the test's choice, by triggers in the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from movie_assets.warehouse.database import Database
from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.warehouse.publishing_support import run, session

STAGES = ("staging", "validation", "writing", "commit")
_LOCK = 5113

_PAUSE = f"PERFORM pg_advisory_xact_lock({_LOCK});"
_ON_COMMANDS = (
    "CREATE FUNCTION faults_pause() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF EXISTS (SELECT FROM {commands}() AS c WHERE c.object_identity LIKE '{identity}') THEN {pause} END IF; END $$"
)
_ON_ROWS = f"CREATE FUNCTION faults_pause() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_PAUSE} RETURN NULL; END $$"


@contextmanager
def paused_at(database: Database, table: str, stage: str) -> Iterator[None]:
    """Whoever publishes `table` meanwhile waits: with the stage made, in the key's validation, between the writes, or
    within the commit (which needs a row that changes).
    """
    statements, clean = _triggers(table, stage)
    run(database, *statements)
    try:
        with session(database, f"SELECT pg_advisory_lock({_LOCK})") as holder:
            yield
            holder.invalidate()
    finally:
        eventually(lambda: not _held(database), "the paused session ends")
        run(database, *clean, "DROP FUNCTION faults_pause()")


def waiting(database: Database) -> bool:
    """Whether a session waits at the stage."""
    return bool(
        database.scalar(
            f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {_LOCK} AND NOT granted"
        )
    )


def _held(database: Database) -> bool:
    return bool(database.scalar(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {_LOCK}"))


def _triggers(table: str, stage: str) -> tuple[list[str], list[str]]:
    staged = f"movies.{table[:40]}_stage_%"
    if stage == "staging":
        function = _ON_COMMANDS.format(commands="pg_event_trigger_ddl_commands", identity=staged, pause=_PAUSE)
        when = "ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS')"
    elif stage == "validation":
        function = _ON_COMMANDS.format(commands="pg_event_trigger_ddl_commands", identity=f"{staged}_key", pause=_PAUSE)
        when = "ddl_command_end WHEN TAG IN ('CREATE INDEX')"
    else:
        return _row_triggers(table, stage)
    return [function, f"CREATE EVENT TRIGGER faults_pause ON {when} EXECUTE FUNCTION faults_pause()"], [
        "DROP EVENT TRIGGER faults_pause"
    ]


def _row_triggers(table: str, stage: str) -> tuple[list[str], list[str]]:
    trigger = (
        f"CREATE TRIGGER faults_pause AFTER DELETE ON movies.{table} EXECUTE FUNCTION faults_pause()"
        if stage == "writing"
        else f"CREATE CONSTRAINT TRIGGER faults_pause AFTER INSERT OR UPDATE OR DELETE ON movies.{table}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION faults_pause()"
    )
    return [_ON_ROWS, trigger], [f"DROP TRIGGER faults_pause ON movies.{table}"]
