"""PostgreSQL that died under a platform: started again, and told; not without end when it does not start."""

from __future__ import annotations

from pathlib import Path

import psutil

from movie_assets.commands.database_watch import DatabaseWatch
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.errors import WarehouseError


def test_a_server_that_died_is_started_again_and_told_once(place: Path) -> None:
    home = place / "home"
    warehouse, said = Warehouse(Settings(home=home)), list[str]()
    watch = DatabaseWatch(warehouse.keep_up, said.append)
    watch.look()
    assert not EmbeddedServer(home).status().running
    assert warehouse.database.scalar("SELECT 1") == 1
    watch.look()
    assert said == []
    pid = EmbeddedServer(home).status().pid
    assert pid is not None
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=30)
    watch.look()
    watch.look()
    assert said == ["PostgreSQL had ended; it was started again."]
    assert warehouse.database.scalar("SELECT 1") == 1
    warehouse.close()
    assert not EmbeddedServer(home).status().running


def test_a_server_that_does_not_start_is_not_tried_at_every_look() -> None:
    tried, said = [0], list[str]()

    def fails() -> bool:
        tried[0] += 1
        raise WarehouseError("No room.")

    watch = DatabaseWatch(fails, said.append)
    for _ in range(5):
        watch.look()
    assert tried == [1]
    assert said == ["PostgreSQL ended and does not start; the next attempt is in 1 s. No room."]
