"""From scored candidates to one decision per brand: matched, review or unmatched.

A film is matched only when its own score and its lead over the runner-up both reach their thresholds and nothing speaks
against it. Everything else that has candidates goes to a person, with the reason in words. Order and chance decide
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

import pandas as pd

from movie_assets.matching.evidence import abroad_is_round, ratio_contradicts, revenue_points
from movie_assets.matching.model import TopRelease
from movie_assets.matching.scoring import SCORING_VERSION, ScoredCandidate
from movie_assets.matching.titles import ALIKE, LOOSE, REWRITTEN

MATCH_SCORE: Final = 5.0
"""The evidence is e^5, about 150, times as likely for the film meant as for another film of its title."""
MATCH_MARGIN: Final = 1.0
"""The winner is e times, about 2.7 times, as likely as the runner-up, at least."""
UNPROVED_MARGIN: Final = 2.0
"""The lead that is needed where TMDB has no gross of the winner."""
LOOSE_SCORE: Final = 6.0
"""What a title that agrees loosely needs."""
LARGEST_SHORTFALL: Final = 4.6
"""A film whose gross and ratings are e^4.6, about 100, times less likely than usual ones is not matched."""
FAR_BETTER_KNOWN: Final = 3
"""A film whose namesake has over three times its ratings is not matched: one of the grosses may be wrong."""
FAR_TOO_WELL_KNOWN: Final = 5
"""A film with over five times the ratings that the gross lets expect is not matched where TMDB has no gross of it."""
ABOUT_AS_WELL_KNOWN: Final = 0.5
"""Half the ratings are enough for a namesake that the gross would fit if it had one digit more."""
LISTED: Final = 5
"""So many candidates are named in the reason for a review."""
_DISQUALIFYING: Final = ("adult", "video", "short", "unreleased", "undated", "newer than its sequel")

Status = Literal["matched", "review", "unmatched"]
Method = Literal["title", "title_and_evidence", "override"]


@dataclass(frozen=True, slots=True)
class Match:
    """The decision for one brand; a row of brand_film_matches. `tmdb_id` is set exactly when `status` is matched."""

    brand: str
    top_release: str
    top_release_gross_usd: int
    status: Status
    reason: str
    n_candidates: int = 0
    tmdb_id: int | None = None
    title: str | None = None
    release_year: int | None = None
    method: Method | None = None
    score: float | None = None
    margin: float | None = None
    runner_up_tmdb_id: int | None = None
    scoring_version: str = SCORING_VERSION


def decide(release: TopRelease, candidates: Sequence[ScoredCandidate]) -> Match:
    """The decision for one brand, from its candidates, best first."""
    brand, title, gross = release.brand, release.title, release.gross_usd
    if not candidates:
        return Match(brand, title, gross, "unmatched", "No film carries this title in any known form.")
    best, *others = candidates
    margin = round(best.score - others[0].score, 6) if others else None
    runner_up = others[0].candidate.tmdb_id if others else None
    if doubts := doubts_about(best, others):
        return Match(
            brand,
            title,
            gross,
            "review",
            f"{_named(best)} is the best candidate, but {'; '.join(doubts)}.{_listed(candidates)}",
            n_candidates=len(candidates),
            score=best.score,
            margin=margin,
            runner_up_tmdb_id=runner_up,
        )
    return Match(
        brand,
        title,
        gross,
        "matched",
        _why(best, len(others), margin),
        n_candidates=len(candidates),
        tmdb_id=best.candidate.tmdb_id,
        title=best.candidate.title,
        release_year=best.candidate.year,
        method="title_and_evidence" if others else "title",
        score=best.score,
        margin=margin,
        runner_up_tmdb_id=runner_up,
    )


def decide_all(releases: Sequence[TopRelease], by_brand: Mapping[str, Sequence[ScoredCandidate]]) -> list[Match]:
    """One decision per release, in the order given."""
    return [decide(release, by_brand.get(release.brand, ())) for release in releases]


def matches_frame(matches: Sequence[Match]) -> pd.DataFrame:
    """The rows of brand_film_matches, in the order given."""
    return pd.DataFrame.from_records([asdict(match) for match in matches], columns=list(Match.__slots__))


def doubts_about(best: ScoredCandidate, others: Sequence[ScoredCandidate]) -> list[str]:
    """Everything that keeps the best candidate from being matched, in words; empty when nothing does."""
    film = best.candidate
    if film.key_tier == ALIKE:
        return ["its title only looks like the release's, which no film carries in any known form"]
    doubts = []
    if film.key_tier == LOOSE and best.revenue_score <= 0:
        doubts.append("its title agrees loosely and no fitting gross proves it")
    score_needed = LOOSE_SCORE if film.key_tier == LOOSE else MATCH_SCORE
    if best.score < score_needed:
        doubts.append(f"its score {best.score:.2f} is below {score_needed:.2f}")
    if best.shortfall > LARGEST_SHORTFALL:
        doubts.append(f"its gross and its ratings are {best.shortfall:.2f} short of what is usual")
    unproved = best.revenue_ratio is None
    needed = UNPROVED_MARGIN if unproved else MATCH_MARGIN
    if others and best.score - others[0].score < needed:
        lead = best.score - others[0].score
        without = " without a gross" if unproved else ""
        doubts.append(f"its lead {lead:.2f} over the runner-up {_named(others[0])} is below {needed:.2f}{without}")
    # A gross proves a release whose date TMDB lacks.
    disqualifying = _DISQUALIFYING if unproved else [name for name in _DISQUALIFYING if name != "undated"]
    if found := [name for name in best.penalties if name in disqualifying]:
        doubts.append(f"it is {', '.join(found)}")
    doubts += _doubts_about_gross(best, others)
    closer = [one for one in others if one.candidate.key_tier < film.key_tier and one.score >= MATCH_SCORE]
    if closer:
        doubts.append(f"{_named(closer[0])} agrees with the title more closely and is likely enough")
    if best.brand.verdict == "contradicted":
        doubts.append(f"{best.release.brand} is a production company of other films and not of this one")
    if best.year_fits is False:
        doubts.append("its year is not the one in the title")
    return doubts


def _doubts_about_gross(best: ScoredCandidate, others: Sequence[ScoredCandidate]) -> list[str]:
    """What the gross, the film's own or a namesake's, says against it."""
    film, gross = best.candidate, best.release.gross_usd
    doubts = []
    if ratio_contradicts(best.revenue_ratio, foreign=film.foreign):
        doubts.append(f"its worldwide gross is {best.revenue_ratio:.2f} times the gross in the brand file")
    if best.revenue_ratio is None and gross > 0 and best.ratings_factor > FAR_TOO_WELL_KNOWN:
        times = f"{best.ratings_factor:.0f} times the ratings of films of this gross"
        doubts.append(f"it has {times}, and its own is unknown")
    # A gross that is equal in its last digits has none too many or too few.
    if not abroad_is_round(film.revenue_usd, gross):
        if fitting := _fitting_with_a_digit_more(best, others):
            doubts.append(f"the gross would fit {_named(fitting)} if it had one digit more")
        if rival := _better_known(best, others):
            why = "its gross is unknown" if rival.revenue_ratio is None else "a gross may be wrong"
            doubts.append(f"{_named(rival)} is better known ({rival.candidate.vote_count:,} ratings) and {why}")
    return doubts


def _better_known(best: ScoredCandidate, others: Sequence[ScoredCandidate]) -> ScoredCandidate | None:
    """A film of the same title and more ratings that the gross alone speaks against, or does not speak of."""
    ours = best.candidate.vote_count
    known = [
        one for one in others if one.candidate.key_tier < LOOSE or one.candidate.key_tier == best.candidate.key_tier
    ]
    proved = best.revenue_ratio is not None
    rivals = [
        one
        for one in known
        if one.candidate.vote_count > ours * (FAR_BETTER_KNOWN if proved and one.revenue_ratio is not None else 1)
    ]
    return max(rivals, key=lambda one: one.candidate.vote_count, default=None)


def _fitting_with_a_digit_more(best: ScoredCandidate, others: Sequence[ScoredCandidate]) -> ScoredCandidate | None:
    """A film of the same title, about as well known, whose worldwide gross is usual for ten times the gross."""
    gross = best.release.gross_usd * 10
    for one in others:
        film, ratio = one.candidate, one.revenue_ratio
        if (
            film.key_tier < LOOSE
            and film.vote_count >= ABOUT_AS_WELL_KNOWN * best.candidate.vote_count
            and ratio_contradicts(ratio, foreign=film.foreign)
            and revenue_points(ratio and ratio / 10, gross, film.year, foreign=film.foreign) > 0
        ):
            return one
    return None


def _why(best: ScoredCandidate, others: int, margin: float | None) -> str:
    film = best.candidate
    agreement = {LOOSE: "title agrees loosely", REWRITTEN: "title agrees after rewriting"}
    parts = [agreement.get(film.key_tier, "title agrees")]
    if best.revenue_ratio is not None:
        parts.append(f"worldwide gross is {best.revenue_ratio:.2f} times the gross in the brand file")
    if abroad_is_round(film.revenue_usd, best.release.gross_usd):
        parts.append("its last digits are the same")
    if best.brand.companies:
        parts.append(f"made by {', '.join(best.brand.companies)}")
    if best.brand.verdict == "keyword":
        parts.append(f"keyword {', '.join(best.brand.keywords)}")
    if best.year_fits:
        parts.append("year as in the title")
    parts.append(f"{film.vote_count:,} ratings")
    if others:
        parts.append(f"leads {others} other {'film' if others == 1 else 'films'} by {margin:.2f}")
    return f"{_named(best)}: {'; '.join(parts)}."


def _listed(candidates: Sequence[ScoredCandidate]) -> str:
    """The best candidates with their ids and scores, if there are several."""
    if len(candidates) == 1:
        return ""
    named = [f"{_named(one)} [{one.candidate.tmdb_id}] {one.score:.2f}" for one in candidates[:LISTED]]
    more = f", and {len(candidates) - LISTED} more" if len(candidates) > LISTED else ""
    return f" Candidates: {', '.join(named)}{more}."


def _named(one: ScoredCandidate) -> str:
    return f"{one.candidate.title} ({one.candidate.year or 'undated'})"
