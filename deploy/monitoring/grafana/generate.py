"""Writes the dashboards as Grafana reads them: python deploy/monitoring/grafana/generate.py [DIRECTORY]."""

from __future__ import annotations

import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from pipeline import pipeline
from postgresql import postgresql
from quality import quality

DASHBOARDS = {"pipeline": pipeline, "postgresql": postgresql, "quality": quality}


def write(directory: Path) -> None:
    """Write one JSON file for each dashboard."""
    encoder = JSONEncoder(sort_keys=True, indent=1)
    for name, made in DASHBOARDS.items():
        (directory / f"{name}.json").write_text(encoder.encode(made()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("dashboards"))
