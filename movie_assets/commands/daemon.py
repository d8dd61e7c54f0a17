"""The daemon of `movie-assets up`: Dagster's own, which looks for sensors that are due ten times as often.

Dagster starts a sensor's next tick up to five seconds after the one before has ended, whatever the sensor asks for.
"""

from __future__ import annotations

from dagster._daemon import sensor
from dagster._daemon.cli import main

sensor.MIN_INTERVAL_LOOP_TIME = 0.5  # type: ignore[assignment]  # a whole number of seconds there

if __name__ == "__main__":
    main()
