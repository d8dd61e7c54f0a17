"""docs/reliability.md from the declared faults: `python -m movie_assets_tests.faults.document [--check]`.

The faults are those of the tests that pytest collects, so that none is documented which is not tested.
"""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

import pytest

from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.faults.registry import FAMILIES, Fault, fault_of

PAGE = PROJECT_ROOT / "docs" / "reliability.md"
TESTS = PROJECT_ROOT / "movie_assets_tests"

_INTRODUCTION = """\
# Reliability

Whatever breaks, the published tables hold the old rows or the new ones, whole and once, and the next refresh succeeds.
A test does each of the {count} faults below to real processes, a real PostgreSQL or a real HTTP server, and afterwards
compares the tables with those of an undisturbed refresh from scratch. What is quoted is asserted to be there.

This page is made from the tests: `make reliability`. `make test-faults` runs them, `make test-soak` kills at random for
eight minutes.
[decisions/0011-reliability.md](decisions/0011-reliability.md) tells why the platform reacts as it does.
"""


class _Collector:
    """A pytest plugin that notes the faults of what is collected."""

    def __init__(self) -> None:
        self.faults: dict[str, Fault] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Called once everything is collected."""
        for item in session.items:
            fault = fault_of(item)
            if fault is not None:
                self.faults[fault.name] = fault


def declared_faults() -> list[Fault]:
    """Every fault that has a test, by family, in the order of the tests."""
    collector = _Collector()
    # Pytest collects everything else only to leave it out.
    files = [str(path) for path in sorted(TESTS.rglob("test_*.py")) if "faults.registry import" in path.read_text()]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *files], plugins=[collector])
    if code != pytest.ExitCode.OK:
        raise SystemExit(said.getvalue())
    return sorted(collector.faults.values(), key=lambda fault: FAMILIES.index(fault.family))


def page(faults: list[Fault]) -> str:
    """The page in Markdown."""
    parts = [_INTRODUCTION.format(count=len(faults))]
    for family in FAMILIES:
        rows = [_row(fault) for fault in faults if fault.family == family]
        header = "| fault | what the user sees | what the platform does | what a person must do |\n|---|---|---|---|\n"
        parts.append(f"## {family}\n\n{header}{''.join(rows)}")
    return "\n".join(parts)


def _row(fault: Fault) -> str:
    quotes = ", ".join(f"`{excerpt}`" for excerpt in fault.shows)
    sees = f"{fault.where}: {quotes}" if fault.shows else "nothing"
    cells = (fault.name, sees, fault.platform, fault.person or "nothing")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def main(arguments: list[str], path: Path = PAGE) -> int:
    """Write the page, or with --check tell whether it is up to date (exit code 1 when it is not)."""
    content = page(declared_faults())
    if "--check" not in arguments:
        path.write_text(content, encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == content:
        return 0
    print(f"{path} is not what the tests declare. Run `make reliability`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
