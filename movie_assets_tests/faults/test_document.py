"""docs/reliability.md is what the tests of faults declare, and declarations and tests cannot be had apart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.faults.document import page
from movie_assets_tests.faults.registry import FAMILIES, Fault

LEAST = 40
PLUGIN = 'pytest_plugins = ["movie_assets_tests.faults.plugin"]\n'
MARKERS = "[pytest]\nmarkers =\n    faults\n    fault\n"
DECLARED = """
from movie_assets_tests.faults.registry import Fault
@Fault("PostgreSQL fails", "a name", "does this", "there", ("an excerpt",))
def test_it(seen):
    {body}
"""


def test_the_page_is_up_to_date_and_has_enough_faults() -> None:
    check = [sys.executable, "-m", "movie_assets_tests.faults.document", "--check"]
    outcome = subprocess.run(check, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr + outcome.stdout
    rows = (PROJECT_ROOT / "docs" / "reliability.md").read_text(encoding="utf-8").count("\n| ") - len(FAMILIES)
    assert rows >= LEAST


def test_a_row_has_what_the_fault_declares() -> None:
    fault = Fault(FAMILIES[0], "A name", "does | this", "there", ("an excerpt",), "free some room")
    assert "| A name | there: `an excerpt` | does \\| this | free some room |\n" in page([fault])
    assert "| A name | nothing | does this | nothing |\n" in page([Fault(FAMILIES[0], "A name", "does this")])


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("import pytest\n@pytest.mark.faults\ndef test_it(): pass\n", "declares no Fault"),
        (DECLARED.format(body="pass"), "does not assert what the user sees"),
        (DECLARED.format(body="seen('nothing of it')"), "is not in"),
        (DECLARED.format(body="seen('there is an excerpt of it')"), "1 passed"),
        (DECLARED.format(body="seen('an excerpt')") + DECLARED.replace("this", "that").replace("_it", "_2"), "as well"),
    ],
    ids=["no declaration", "nothing asserted", "not seen", "seen", "one name twice"],
)
def test_a_test_that_does_not_hold_its_fault_fails(tmp_path: Path, test: str, said: str) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "pytest.ini").write_text(MARKERS)
    (tmp_path / "test_it.py").write_text(test)
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        cwd=PROJECT_ROOT,
        env={"PYTHONPATH": str(PROJECT_ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in outcome.stdout + outcome.stderr
    assert (outcome.returncode == 0) == (said == "1 passed")


def test_a_fault_of_no_family_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="no family"):
        Fault("Something else", "a name", "does this")
    with pytest.raises(ValueError, match="go together"):
        Fault(FAMILIES[0], "a name", "does this", "there")
