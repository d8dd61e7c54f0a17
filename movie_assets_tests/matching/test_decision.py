"""When a film is matched, when a person decides, and why: never by order or by chance."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from movie_assets.matching.decision import (
    MATCH_MARGIN,
    MATCH_SCORE,
    UNPROVED_MARGIN,
    Match,
    decide,
    decide_all,
    matches_frame,
)
from movie_assets.matching.evidence import RATIO_CEILING, RATIO_FLOOR
from movie_assets.matching.model import Candidate, Sequel, TopRelease
from movie_assets.matching.scoring import score_candidates
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.matching.films import RELEASE, TODAY, candidate

any_examples = hypothesis_settings(max_examples=300, deadline=None, derandomize=True)


def decided(*candidates: Candidate, release: TopRelease = RELEASE) -> Match:
    """The decision on `release`, whose candidates come in the order given."""
    return decide(release, score_candidates(candidates, [release], today=TODAY).get(release.brand, ()))


def test_a_film_with_good_evidence_is_matched() -> None:
    match = decided(candidate())
    assert (match.status, match.tmdb_id, match.title, match.release_year) == ("matched", 949, "Heat", 1995)
    assert (match.method, match.n_candidates, match.margin, match.runner_up_tmdb_id) == ("title", 1, None, None)
    assert match.reason == (
        "Heat (1995): title agrees; worldwide gross is 2.79 times the gross in the brand file; 7,000 ratings."
    )


def test_a_film_with_a_clear_lead_is_matched() -> None:
    match = decided(candidate(tmdb_id=11522, revenue_usd=None, vote_count=30), candidate())
    assert (match.status, match.tmdb_id, match.runner_up_tmdb_id) == ("matched", 949, 11522)
    assert (match.method, match.n_candidates) == ("title_and_evidence", 2)
    assert match.margin is not None
    assert match.margin >= MATCH_MARGIN
    assert f"leads 1 other film by {match.margin:.2f}" in match.reason


def test_without_candidates_it_is_unmatched() -> None:
    match = decided()
    assert (match.status, match.n_candidates, match.tmdb_id, match.score) == ("unmatched", 0, None, None)
    assert match.reason == "No film carries this title in any known form."


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        # A title alone is no evidence.
        ({"revenue_usd": None, "vote_count": 4}, "its score -2.00 is below 5.00"),
        ({"revenue_usd": None, "vote_count": 150}, "is below 5.00"),
        ({"revenue_usd": 33_500_000}, "its worldwide gross is 0.50 times the gross in the brand file"),
        ({"revenue_usd": 6_700_000_000}, "its worldwide gross is 100.00 times the gross in the brand file"),
        ({"adult": True}, "it is adult"),
        ({"video": True}, "it is video"),
        ({"runtime_minutes": 7}, "it is short"),
        ({"status": "In Production"}, "it is unreleased"),
        ({"release_date": dt.date(2026, 1, 2)}, "it is unreleased"),
        ({"release_date": None, "revenue_usd": None}, "it is undated"),
        ({"adult": True, "release_date": None, "revenue_usd": None}, "it is adult, undated"),
        # A loose title has to be proved, and a likeness proves nothing.
        ({"key_tier": 4, "revenue_usd": None}, "its title agrees loosely and no fitting gross proves it"),
        ({"key_tier": 5, "likeness": 99.0}, "its title only looks like the release's"),
    ],
)  # fmt: skip
def test_doubts_go_to_a_person(changes: dict[str, Any], cause: str) -> None:
    # However strong everything else is.
    strength = {"vote_count": 30_000, "production_companies": ["Brand"]} if "vote_count" not in changes else {}
    match = decided(candidate(**(strength | changes)))
    assert (match.status, match.tmdb_id, match.title, match.release_year) == ("review", None, None, None)
    assert match.method is None
    assert cause in match.reason
    assert match.n_candidates == 1
    assert match.score is not None


def test_a_narrow_lead_goes_to_a_person() -> None:
    match = decided(candidate(), candidate(tmdb_id=1, vote_count=2_000, release_date=dt.date(1986, 3, 1)))
    assert match.status == "review"
    assert match.margin is not None
    assert 0 < match.margin < MATCH_MARGIN
    assert f"its lead {match.margin:.2f} over the runner-up Heat (1986) is below 1.00" in match.reason
    assert match.runner_up_tmdb_id == 1


def test_a_review_lists_the_best_five() -> None:
    rivals = [candidate(tmdb_id=number, vote_count=7_000 - number) for number in range(1, 8)]
    match = decided(*rivals)
    assert match.status == "review"
    listed = match.reason.partition(" Candidates: ")[2]
    assert [f"[{number}]" in listed for number in range(1, 8)] == [True] * 5 + [False] * 2
    assert listed.endswith(", and 2 more.")


def test_a_film_of_a_far_better_known_namesake_goes_to_a_person() -> None:
    namesake = {"tmdb_id": 1, "vote_count": 22_000, "revenue_usd": 5_000_000_000, "release_date": dt.date(2015, 1, 1)}
    match = decided(candidate(), candidate(**namesake))
    assert match.status == "review"
    assert "Heat (2015) is better known (22,000 ratings) and a gross may be wrong" in match.reason
    # Not far better known, or of another title: the gross decides.
    assert decided(candidate(), candidate(**namesake | {"vote_count": 20_000})).tmdb_id == 949
    assert decided(candidate(), candidate(**namesake | {"key_tier": 4})).tmdb_id == 949


def test_a_gross_that_may_lack_a_digit_goes_to_a_person() -> None:
    # 67 million dollars would be a tenth of what the namesake may have taken at home.
    namesake = {"tmdb_id": 1, "vote_count": 3_500, "revenue_usd": 1_300_000_000, "release_date": dt.date(2015, 1, 1)}
    match = decided(candidate(), candidate(**namesake))
    assert match.status == "review"
    assert "the gross would fit Heat (2015) if it had one digit more" in match.reason
    # A namesake that is much less known, took another sum or bears another title raises no doubt.
    for other in ({"vote_count": 3_499}, {"revenue_usd": 5_000_000_000}, {"revenue_usd": None}, {"key_tier": 4}):
        assert decided(candidate(), candidate(**namesake | other)).tmdb_id == 949, other
    # Nor does any where the last digits prove that none is lacking.
    exact = TopRelease("Brand", "Heat", 67_436_818)
    assert decided(candidate(revenue_usd=187_436_818), candidate(**namesake), release=exact).tmdb_id == 949
    assert decided(candidate(revenue_usd=187_436_819), candidate(**namesake), release=exact).status == "review"


def test_equal_last_digits_decide_between_namesakes() -> None:
    exact = TopRelease("Brand", "Heat", 67_436_818)
    rivals = [candidate(revenue_usd=187_436_818), candidate(tmdb_id=1, revenue_usd=187_436_017)]
    match = decided(*rivals, release=exact)
    assert match.tmdb_id == 949
    assert "its last digits are the same" in match.reason
    assert decided(*rivals).status == "review"


def test_an_unusual_gross_and_few_ratings_together_go_to_a_person() -> None:
    few, unusual = {"vote_count": 280}, {"revenue_usd": 68_000_000}
    assert decided(candidate(**few)).tmdb_id == 949
    assert decided(candidate(**unusual)).tmdb_id == 949
    match = decided(candidate(vote_count=280, **unusual))
    assert match.status == "review"
    assert "its gross and its ratings are" in match.reason
    # The brand's own film is proved otherwise.
    assert decided(candidate(vote_count=280, **unusual, production_companies=["Brand"])).tmdb_id == 949


def test_ratings_that_no_film_of_that_gross_has_go_to_a_person() -> None:
    # Where TMDB has a gross, it tells; where it has none, a film that so many know took more than a million.
    little = TopRelease("Brand", "Heat", 1_000_000)
    match = decided(candidate(revenue_usd=None), release=little)
    assert match.status == "review"
    assert "times the ratings of films of this gross, and its own is unknown" in match.reason
    assert decided(candidate(revenue_usd=2_500_000), release=little).tmdb_id == 949
    assert decided(candidate(revenue_usd=None, vote_count=300), release=little).tmdb_id == 949
    assert decided(candidate(revenue_usd=None), release=TopRelease("Brand", "Heat", 0)).tmdb_id == 949


def test_a_title_that_agrees_loosely_needs_more() -> None:
    assert decided(candidate(key_tier=4, vote_count=1_200)).tmdb_id == 949
    match = decided(candidate(key_tier=4, vote_count=900))
    assert match.status == "review"
    assert "its score 5.73 is below 6.00" in match.reason


def test_a_film_that_is_newer_than_its_sequel_goes_to_a_person() -> None:
    sequel = Sequel(dt.date(1990, 5, 1), 2_000)
    match = decided(candidate(sequel=sequel, production_companies=["Brand"]))
    assert match.status == "review"
    assert "it is newer than its sequel" in match.reason
    # The year in the title says which one is meant.
    dated = TopRelease("Brand", "Heat (1995)", 67_000_000)
    assert decided(candidate(sequel=sequel), release=dated).tmdb_id == 949
    # The original is known, or the sequel came later.
    original = candidate(tmdb_id=1, revenue_usd=4_000_000, vote_count=1_000, release_date=dt.date(1986, 5, 1))
    assert decided(candidate(sequel=sequel), replace(original, sequel=sequel)).tmdb_id == 949
    assert decided(candidate(sequel=Sequel(dt.date(1999, 5, 1), 2_000))).tmdb_id == 949
    # A namesake that few know had no sequel.
    unknown = replace(original, sequel=sequel, vote_count=999)
    assert decided(candidate(sequel=sequel), unknown).status == "review"


def test_a_weaker_key_never_wins_over_a_likely_film_of_a_stronger_one() -> None:
    close = {"tmdb_id": 1, "revenue_usd": 67_500_000, "vote_count": 900, "release_date": dt.date(1986, 3, 1)}
    match = decided(candidate(key_tier=2, production_companies=["Brand"]), candidate(**close))
    assert match.status == "review"
    assert "Heat (1986) agrees with the title more closely and is likely enough" in match.reason
    unlikely = close | {"vote_count": 3}
    assert decided(candidate(key_tier=2, production_companies=["Brand"]), candidate(**unlikely)).tmdb_id == 949


def test_a_film_without_a_gross_yields_to_any_better_known_namesake() -> None:
    unproved = candidate(revenue_usd=None)
    match = decided(unproved, candidate(tmdb_id=1, vote_count=9_000, revenue_usd=1_900_000_000))
    assert match.status == "review"
    assert "is better known (9,000 ratings)" in match.reason
    assert decided(unproved).tmdb_id == 949


def test_a_better_known_namesake_without_a_gross_may_be_meant() -> None:
    namesake = {"tmdb_id": 1, "revenue_usd": None, "release_date": dt.date(1986, 1, 1)}
    match = decided(candidate(production_companies=["Brand"]), candidate(**namesake, vote_count=7_001))
    assert match.status == "review"
    assert "Heat (1986) is better known (7,001 ratings) and its gross is unknown" in match.reason
    assert decided(candidate(production_companies=["Brand"]), candidate(**namesake, vote_count=6_999)).tmdb_id == 949


def test_without_a_gross_the_lead_has_to_be_larger() -> None:
    rival = candidate(tmdb_id=1, revenue_usd=None, vote_count=1_000)
    match = decided(candidate(revenue_usd=None), rival)
    assert match.status == "review"
    assert match.margin is not None
    assert MATCH_MARGIN < match.margin < UNPROVED_MARGIN
    assert f"its lead {match.margin:.2f} over the runner-up Heat (1995) is below 2.00 without a gross" in match.reason


def test_a_gross_proves_a_release_without_a_date() -> None:
    assert decided(candidate(release_date=None)).tmdb_id == 949


def test_a_brand_that_makes_other_films_goes_to_a_person() -> None:
    scored = score_candidates([candidate()], [RELEASE], today=TODAY, films_of_brands={"Brand": 3})
    match = decide(RELEASE, scored["Brand"])
    assert match.status == "review"
    assert "Brand is a production company of other films and not of this one" in match.reason


def test_a_year_in_the_title_decides_between_namesakes() -> None:
    rivals = [candidate(tmdb_id=1), candidate(tmdb_id=2, release_date=dt.date(2004, 5, 1))]
    assert decided(*rivals).status == "review"
    assert decided(*rivals, release=TopRelease("Brand", "Heat (2004)", 67_000_000)).tmdb_id == 2
    alone = decided(rivals[0], release=TopRelease("Brand", "Heat (2004)", 67_000_000))
    assert alone.status == "review"
    assert "its year is not the one in the title" in alone.reason


def test_a_rewritten_title_is_named_as_such() -> None:
    assert "title agrees after rewriting" in decided(candidate(key_tier=3)).reason


def test_a_company_that_bears_the_brands_name_is_named() -> None:
    assert "made by Brand Pictures" in decided(candidate(production_companies=["Brand Pictures", "X"])).reason


evidence = st.fixed_dictionaries(
    {
        "key_tier": st.integers(1, 3),
        "key_field": st.sampled_from(["title", "original_title", "alternative_title"]),
        "revenue_usd": st.none() | st.sampled_from([0, 60_000_000, 66_000_000, 67_000_000, 900_000_000, 10**11]),
        "vote_count": st.sampled_from([0, 3, 250, 7_000, 30_000]),
        "runtime_minutes": st.none() | st.sampled_from([7, 95]),
        "status": st.none() | st.sampled_from(["Released", "Rumored"]),
        "release_date": st.none() | st.sampled_from([dt.date(1995, 12, 15), dt.date(2030, 1, 1)]),
        "adult": st.booleans(),
        "production_companies": st.none() | st.just(["Brand Pictures"]),
    }
)


@any_examples
@given(evidence, st.lists(st.integers(1, 10**6), min_size=2, max_size=5, unique=True), st.lists(evidence, max_size=3))
def test_equal_rivals_are_never_decided_between(values: dict[str, Any], ids: list[int], others: list[Any]) -> None:
    rivals = [candidate(tmdb_id=tmdb_id, **values) for tmdb_id in ids]
    more = [candidate(tmdb_id=2_000_000 + place, **other) for place, other in enumerate(others)]
    match = decided(*rivals, *more)
    best = max(score_candidates([*rivals, *more], [RELEASE], today=TODAY)[RELEASE.brand], key=lambda one: one.score)
    if match.status == "matched":
        # Only somebody else can have won.
        assert match.tmdb_id not in ids
        assert best.candidate.tmdb_id not in ids
    else:
        assert match.status == "review"


@any_examples
@given(st.lists(evidence, min_size=1, max_size=5), st.data())
def test_neither_order_nor_ids_decide(several: list[dict[str, Any]], data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.integers(1, 10**6), min_size=len(several), max_size=len(several), unique=True))
    places = data.draw(st.permutations(range(len(several))))
    one = decided(*(candidate(tmdb_id=place + 1, **values) for place, values in enumerate(several)))
    other = decided(*(candidate(tmdb_id=ids[place], **several[place]) for place in places))
    assert (other.status, other.score, other.margin) == (one.status, one.score, one.margin)
    if one.tmdb_id is not None:
        assert other.tmdb_id == ids[one.tmdb_id - 1]


@any_examples
@given(st.lists(evidence, max_size=4))
def test_a_film_is_named_exactly_when_it_is_matched(several: list[dict[str, Any]]) -> None:
    match = decided(*(candidate(tmdb_id=place, **values) for place, values in enumerate(several, start=1)))
    assert (match.tmdb_id is not None) == (match.status == "matched")
    assert (match.n_candidates == 0) == (match.status == "unmatched")
    assert match.reason
    if match.status == "matched":
        assert match.score is not None
        assert match.score >= MATCH_SCORE
        assert match.margin is None or match.margin >= MATCH_MARGIN


@any_examples
@given(
    st.lists(evidence, min_size=1, max_size=4),
    st.lists(st.floats(0, RATIO_FLOOR - 0.01) | st.floats(RATIO_CEILING[False] + 0.01, 10_000), min_size=4, max_size=4),
)
def test_a_gross_that_no_candidate_can_have_is_never_matched(
    several: list[dict[str, Any]], ratios: list[float]
) -> None:
    impossible = [
        values | {"revenue_usd": round(ratio * RELEASE.gross_usd)}
        for values, ratio in zip(several, ratios, strict=False)
    ]
    match = decided(*(candidate(tmdb_id=place, **values) for place, values in enumerate(impossible, start=1)))
    assert match.status == "review"


@any_examples
@given(st.lists(evidence, min_size=1, max_size=4), st.lists(st.sampled_from(["X", "Y"]), min_size=1))
def test_a_brand_that_contradicts_every_candidate_is_never_matched(
    several: list[dict[str, Any]], companies: list[str]
) -> None:
    others = [
        candidate(tmdb_id=place, **values | {"production_companies": companies})
        for place, values in enumerate(several, start=1)
    ]
    by_brand = score_candidates(others, [RELEASE], today=TODAY, films_of_brands={RELEASE.brand: 3})
    assert decide(RELEASE, by_brand[RELEASE.brand]).status == "review"


def test_the_frame_has_a_row_for_every_release_in_order() -> None:
    releases = [RELEASE, TopRelease("Another", "Nothing", 5)]
    frame = matches_frame(decide_all(releases, score_candidates([candidate()], [RELEASE], today=TODAY)))
    assert frame["brand"].tolist() == ["Brand", "Another"]
    assert frame["status"].tolist() == ["matched", "unmatched"]
    assert set(frame.columns) == {column.name for column in metadata.tables["movies.brand_film_matches"].columns}
    assert list(matches_frame([]).columns) == list(frame.columns)
