"""How often matching is right, wrong or silent, on titles whose films are known.

    python -m benchmarks.matching --labels labels.csv --films films.csv.gz --json matching.json

`--labels` is a CSV of title, US and Canadian gross and tmdb_id; `--films` TMDB movie objects as JSON Lines, or a CSV
with TMDB's names. Each label is a brand file's line of its own, so that the brand says nothing; no year is given. The
weights are fitted to four fifths of the films and judged on the last, five times over; the thresholds are constants.
Damaged titles go through the brand file's reader like any file.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import logging
import math
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import matching_rules as rules
from benchmarks.catalogue import Label, database_of, film_frames, read_labels
from benchmarks.damage import DAMAGE
from movie_assets.brands import read_brand_file
from movie_assets.matching.candidates import find_candidates
from movie_assets.matching.decision import Match, decide
from movie_assets.matching.evidence import DEFAULT_WEIGHTS, Weights
from movie_assets.matching.model import Candidate, TopRelease, top_releases
from movie_assets.matching.scoring import score_candidates
from movie_assets.matching.titles import PLAIN
from movie_assets.matching.vintage import weights_for
from movie_assets.warehouse.database import Database

FOLDS = 5
WRONG_GROSSES = {"x100": 100.0, "x10": 10.0, "/10": 0.1, "/100": 0.01}
_SURE = 1.959964

Candidates = dict[int, list[Candidate]]


def wilson(successes: int, trials: int) -> list[float] | None:
    """Share and its 95% interval by Wilson's formula; None without trials."""
    if not trials:
        return None
    share = successes / trials
    centre = (share + _SURE**2 / (2 * trials)) / (1 + _SURE**2 / trials)
    spread = _SURE / (1 + _SURE**2 / trials) * math.sqrt(share * (1 - share) / trials + _SURE**2 / (4 * trials**2))
    return [round(value, 4) for value in (share, max(centre - spread, 0.0), min(centre + spread, 1.0))]


def summary(answers: Iterable[tuple[Label, int | None]]) -> dict[str, Any]:
    """Precision of what was matched, recall over all, and abstention, each with its interval."""
    counts = Counter("silent" if found is None else found == label.tmdb_id for label, found in answers)
    right, wrong, silent = counts[True], counts[False], counts["silent"]
    everything = right + wrong + silent
    return {
        "titles": everything,
        "right": right,
        "wrong": wrong,
        "silent": silent,
        "precision": wilson(right, right + wrong),
        "recall": wilson(right, everything),
        "abstention": wilson(silent, everything),
    }


def difficulty(candidates: Sequence[Candidate], label: Label) -> str:
    """unique or shared, by how many films bear the title as it is; rewritten where the film bears it otherwise."""
    equal = [film.tmdb_id for film in candidates if film.key_tier <= PLAIN]
    if label.tmdb_id not in equal:
        return "rewritten title"
    return "shared title" if len(equal) > 1 else "unique title"


def matched(
    label: Label, candidates: Sequence[Candidate], weights: Weights = DEFAULT_WEIGHTS, *, factor: float = 1.0
) -> Match:
    """The decision on one label; `factor` makes its gross wrong."""
    release = TopRelease(candidates[0].brand if candidates else "", label.title, round(label.gross_usd * factor))
    scored = score_candidates(candidates, [release], today=dt.datetime.now(dt.UTC).date(), weights=weights)
    return decide(release, scored.get(release.brand, ()))


def candidates_of(database: Database, releases: Sequence[TopRelease]) -> Candidates:
    """Candidates by the label's position, which is the brand's name."""
    found: defaultdict[int, list[Candidate]] = defaultdict(list)
    for candidate in find_candidates(database, releases):
        found[int(candidate.brand)].append(candidate)
    return dict(found)


def read_as_brand_file(titles: Sequence[tuple[int, str, int]]) -> list[TopRelease]:
    """Position, title and gross, written as a brand file and read by the platform's reader."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "brands.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Brand", "Total", "Releases", "#1 Release", "Lifetime Gross"])
            writer.writerows([f"{place}", gross, 1, title, gross] for place, title, gross in titles)
        return top_releases(read_brand_file(path).brands_frame())


def cross_validated(labels: Sequence[Label], candidates: Candidates) -> dict[str, Any]:
    """Every label judged with weights that its film had no part in, whole and by difficulty."""
    groups: defaultdict[str, list[tuple[Label, int | None]]] = defaultdict(list)
    misses: list[str] = []
    for fold in range(FOLDS):
        training = [label for label in labels if label.tmdb_id % FOLDS != fold]
        places = [place for place, label in enumerate(labels) if label.tmdb_id % FOLDS != fold]
        weights = rules.fitted(training, {at: candidates.get(place, []) for at, place in enumerate(places)})
        for place, label in enumerate(labels):
            if label.tmdb_id % FOLDS == fold:
                found = candidates.get(place, [])
                match = matched(label, found, weights)
                groups["all"].append((label, match.tmdb_id))
                groups[difficulty(found, label)].append((label, match.tmdb_id))
                if match.tmdb_id != label.tmdb_id:
                    misses.append(f"{label.title} ({label.tmdb_id}): {match.reason}")
    return {"results": {name: summary(answers) for name, answers in sorted(groups.items())}, "misses": sorted(misses)}


def without_gross(labels: Sequence[Label], candidates: Candidates) -> Candidates:
    """The candidates as if TMDB had no worldwide gross of each label's film, and only of that."""
    return {
        place: [
            replace(film, revenue_usd=None) if film.tmdb_id == label.tmdb_id else film
            for film in candidates.get(place, [])
        ]
        for place, label in enumerate(labels)
    }


def false_matches(labels: Sequence[Label], candidates: Candidates, weights: Weights) -> dict[str, Any]:
    """How often a film is matched where none can be right: the film taken away, or its gross wrong."""
    absent = []
    for place, label in enumerate(labels):
        others = [film for film in candidates.get(place, []) if film.tmdb_id != label.tmdb_id]
        absent.append(matched(label, others, weights))
    results: dict[str, Any] = {"film absent": _false(absent)}
    unproved = without_gross(labels, candidates)
    for name, factor in WRONG_GROSSES.items():
        for title, films in ((f"gross {name}", candidates), (f"gross {name}, TMDB has none", unproved)):
            results[title] = _false(
                [matched(label, films.get(place, []), weights, factor=factor) for place, label in enumerate(labels)]
            )
    return results


def _false(matches: Sequence[Match]) -> dict[str, Any]:
    statuses = Counter(match.status for match in matches)
    named = [f"{match.top_release}: {match.reason}" for match in matches if match.status == "matched"]
    return {**statuses, "matched_share": wilson(statuses["matched"], len(matches)), "matched_films": named}


def damaged(database: Database, labels: Sequence[Label], years: dict[int, int], weights: Weights) -> dict[str, Any]:
    """Precision and recall on damaged titles, by the kind of damage, over the titles that it changes."""
    results: dict[str, Any] = {}
    answers: list[tuple[Label, int | None]] = []
    for name, damage in DAMAGE.items():
        changed = [
            (place, damage(label.title).replace("(year)", f"({years.get(label.tmdb_id, 0)})"), label.gross_usd)
            for place, label in enumerate(labels)
        ]
        changed = [(place, title, gross) for place, title, gross in changed if title != labels[place].title]
        releases = {int(release.brand): release for release in read_as_brand_file(changed)} if changed else {}
        found = candidates_of(database, list(releases.values()))
        kind = [
            (
                labels[place],
                matched(replace(labels[place], title=releases[place].title), found.get(place, []), weights).tmdb_id
                if place in releases
                else None,
            )
            for place, _, _ in changed
        ]
        results[name] = summary(kind)
        answers += kind
    return {"all kinds": summary(answers)} | results


def run(database: Database, labels: Sequence[Label]) -> dict[str, Any]:
    """Everything that is measured."""
    releases = [TopRelease(str(place), label.title, label.gross_usd) for place, label in enumerate(labels)]
    candidates = candidates_of(database, releases)
    shipped = weights_for(database)
    unproved = without_gross(labels, candidates)
    years = {film.tmdb_id: film.year for films in candidates.values() for film in films if film.year}
    baselines: dict[str, Callable[[Sequence[Candidate], Label], int | None]] = {
        "most votes": rules.most_votes,
        "10 times the votes, else silent": rules.clearly_most_votes,
        "10 times the votes of fitting gross": rules.clearly_most_votes_of_fitting_gross,
    }
    return {
        "cores": os.cpu_count(),
        "fitted": numbers(rules.fitted(labels, candidates)),
        "used": numbers(shipped),
        "cross_validated": cross_validated(labels, candidates),
        "as_shipped": summary(
            (label, matched(label, candidates.get(place, []), shipped).tmdb_id) for place, label in enumerate(labels)
        ),
        "baselines": {
            name: summary((label, rule(candidates.get(place, []), label)) for place, label in enumerate(labels))
            for name, rule in baselines.items()
        },
        "without_gross": summary(
            (label, matched(label, unproved[place], shipped).tmdb_id) for place, label in enumerate(labels)
        ),
        "false_matches": false_matches(labels, candidates, shipped),
        "damaged": damaged(database, labels, years, shipped),
    }


def numbers(weights: Weights) -> dict[str, float]:
    """The numbers among the weights."""
    return {name: round(getattr(weights, name), 3) for name in type(weights).__slots__ if name != "title"}


def report(results: dict[str, Any]) -> None:
    """The figures as lines of text."""
    line = "%-36s %6d titles  precision %s  recall %s  silent %d, wrong %d"
    parts = [("cross-validated, ", results["cross_validated"]["results"]), ("", {"as shipped": results["as_shipped"]})]
    parts.append(("", {"TMDB lacks the film's gross": results["without_gross"]}))
    parts += [("baseline: ", results["baselines"]), ("damaged: ", results["damaged"])]
    for prefix, part in parts:
        for name, found in part.items():
            figures = [_percent(found[key]) for key in ("precision", "recall")]
            logging.info(line, prefix + name, found["titles"], *figures, found["silent"], found["wrong"])
    for name, found in results["false_matches"].items():
        logging.info("%-36s matched %s", f"false: {name}", _percent(found["matched_share"]))


def _percent(values: list[float] | None) -> str:
    return "      -" if values is None else f"{values[0]:7.2%} [{values[1]:.1%}, {values[2]:.1%}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, required=True, help="CSV of title, gross and tmdb_id")
    parser.add_argument("--films", type=Path, default=Path("data/sample_films.jsonl.gz"))
    parser.add_argument("--json", type=Path, help="file to write the results to")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with database_of(film_frames(arguments.films)) as database:
        results = run(database, read_labels(arguments.labels))
    report(results)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
