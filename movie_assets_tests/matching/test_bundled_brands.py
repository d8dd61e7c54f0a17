"""The bundled brands against films that were looked up by hand, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from movie_assets.matching.brand_evidence import FILMS_OF_A_COMPANY, companies_of_brand, films_of_brands
from movie_assets.matching.decision import decide
from movie_assets.matching.model import TopRelease, top_releases
from movie_assets.matching.releases import Matching, match_releases
from movie_assets.matching.titles import PLAIN, plain_key
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.matching.bundled import TODAY, bundled_brands, bundled_films
from movie_assets_tests.matching.films import store_films

TRUTH = {
    "Marvel Comics": (299534, 2019),
    "Legendary Pictures": (135397, 2015),
    "Lucasfilm": (140607, 2015),
    "Pixar": (260513, 2018),
    "DC Comics": (155, 2008),
    "DreamWorks Animation": (809, 2004),
    "Vertigo Entertainment": (346364, 2017),  # Muschietti's It; the other is Clara Bow's of 1927
    "Bad Robot": (140607, 2015),
    "Walt Disney Animation Studios": (330457, 2019),
    "Illumination Entertainment": (328111, 2016),
    "Blumhouse Productions": (419430, 2017),  # Peele's; the other is a short of 2010
    "Hasbro": (8373, 2009),
    "Nickelodeon": (98566, 2014),  # $191.2 million; the film of 1990 took $135.3 million
    "Sony Pictures Animation": (324857, 2018),
    "Walden Media": (411, 2005),
    "Blue Sky": (8355, 2009),
    "Stephen King": (346364, 2017),
    "MTV": (9291, 2005),  # Sandler's; the film of 1974 took $43.0 million
    "Platinum Dunes": (98566, 2014),
    "Saturday Night Live - Alumni Debuts": (55721, 2011),
    "Dark Horse Comics": (1271, 2007),
    "Tim Burton-Johnny Depp": (12155, 2010),
    "Warner Animation Group": (137106, 2014),
    "Tyler Perry": (15670, 2009),
    "CBS Films": (417384, 2019),
    "John Grisham": (37233, 1993),
    "Robert Ludlum": (2503, 2007),
    "MonsterVerse": (124905, 2014),  # $200.7 million; Emmerich's of 1998 took $136.3 million
    "Hanna-Barbera": (9637, 2002),
    "Nicholas Sparks": (11036, 2004),
    "Philip K. Dick": (180, 2002),
    "Dark Castle": (48138, 2011),  # Collet-Serra's; the film of 2006 took $3.4 million in all
    "National Lampoon": (8469, 1978),
    "Disney Channel": (11887, 2008),
    "Roald Dahl": (118, 2005),
    "Saturday Night Live": (8872, 1992),
    "DisneyToon Studios": (151960, 2013),
    "Aardman": (7443, 2000),
    "Laika": (14836, 2009),
    "Alan Moore": (13183, 2009),
    "Amazon Studios": (334541, 2016),
    "Clive Barker": (565028, 2021),  # $61.2 million; the film of 1992 took $25.8 million
    "Disneynature": (10946, 2007),
    "Broken Lizard": (50022, 2018),
    "Studio Ghibli": (51739, 2010),
}  # fmt: skip
"""The film behind each brand's #1 release: its TMDB id and the year of its first release anywhere."""


# Where its film is missing, a namesake that took as much in the world and at home cannot be told from it.
CANNOT_BE_TOLD_APART = {"Nickelodeon", "Platinum Dunes", "MonsterVerse"}


@pytest.fixture(scope="module")
def catalogue(server: str) -> Iterator[Database]:
    with temporary_database(server) as url:
        database = Database(url)
        store_films(database, bundled_films())
        yield database


@pytest.fixture(scope="module")
def releases() -> list[TopRelease]:
    return top_releases(bundled_brands())


@pytest.fixture(scope="module")
def matching(catalogue: Database, releases: list[TopRelease]) -> Matching:
    return match_releases(catalogue, releases, today=TODAY)


def test_the_truth_is_about_the_bundled_brands(catalogue: Database, releases: list[TopRelease]) -> None:
    assert {release.brand for release in releases} == set(TRUTH)
    films = read(catalogue, metadata.tables["movies.normalized_movies"]).set_index("tmdb_id")
    for release in releases:
        tmdb_id, year = TRUTH[release.brand]
        assert films.at[tmdb_id, "release_year"] == year, release
        assert films.at[tmdb_id, "revenue_usd"] >= release.gross_usd, release


def test_all_brands_are_matched_and_none_wrongly(matching: Matching) -> None:
    assert {match.brand: (match.tmdb_id, match.release_year) for match in matching.matches} == TRUTH
    assert {match.status for match in matching.matches} == {"matched"}


def test_titles_alone_would_not_do(matching: Matching) -> None:
    equal = [[one for one in found if one.candidate.key_tier <= PLAIN] for found in matching.candidates.values()]
    assert sum(len(films) > 1 for films in equal) >= 10


def test_without_its_film_hardly_any_brand_is_matched(matching: Matching, releases: list[TopRelease]) -> None:
    for release in releases:
        tmdb_id, _ = TRUTH[release.brand]
        others = [one for one in matching.candidates[release.brand] if one.candidate.tmdb_id != tmdb_id]
        assert (decide(release, others).status == "matched") == (release.brand in CANNOT_BE_TOLD_APART), release


@pytest.mark.parametrize("factor", [10, 100])
def test_with_a_gross_too_large_no_brand_is_matched(
    catalogue: Database, releases: list[TopRelease], factor: int
) -> None:
    too_large = [replace(release, gross_usd=release.gross_usd * factor) for release in releases]
    statuses = {match.status for match in match_releases(catalogue, too_large, today=TODAY).matches}
    assert statuses == {"review"}


def test_a_brand_on_a_film_of_others_is_left_to_a_person(catalogue: Database, releases: list[TopRelease]) -> None:
    of = {release.brand: release for release in releases}
    # A dollar more: brands with the same release would vouch for each other.
    misplaced = [
        replace(of[film_of], brand=brand, gross_usd=of[film_of].gross_usd + 1)
        for brand, film_of in (("Pixar", "DreamWorks Animation"), ("Blumhouse Productions", "Laika"))
    ]
    decided = match_releases(catalogue, [*misplaced, of["DreamWorks Animation"], of["Laika"]], today=TODAY).matches
    assert [match.status for match in decided] == ["review", "review", "matched", "matched"]


def test_no_brand_takes_a_film_whose_companies_are_others(catalogue: Database, releases: list[TopRelease]) -> None:
    makers = [brand for brand, made in films_of_brands(catalogue, TRUTH).items() if made >= FILMS_OF_A_COMPANY]
    films = read(catalogue, metadata.tables["movies.normalized_movies"]).set_index("tmdb_id")
    misplaced = []
    for release in releases:
        companies = films.at[TRUTH[release.brand][0], "production_companies"]
        for brand in makers:
            told = isinstance(companies, list) and not companies_of_brand(brand, companies)
            if told and plain_key(brand) not in plain_key(release.title):
                # Dollars apart, so that no brand vouches for another.
                gross = release.gross_usd + len(misplaced) + 1
                misplaced.append(TopRelease(brand, release.title, gross))
    assert len(misplaced) > 200
    for position in range(len(releases)):
        one_each = {release.brand: release for release in misplaced[position :: len(releases)]}
        matches = match_releases(catalogue, list(one_each.values()), today=TODAY).matches
        assert "matched" not in {match.status for match in matches}
