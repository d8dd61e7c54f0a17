"""The bundled brands against films that were looked up by hand, one by one."""

from __future__ import annotations

import pandas as pd
import pytest

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.matching.bundled import bundled_brands, match_bundled

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


@pytest.fixture
def matches(database: Database) -> pd.DataFrame:
    return match_bundled(database).set_index("brand")


def test_the_truth_is_about_the_bundled_brands(database: Database, matches: pd.DataFrame) -> None:
    brands = bundled_brands()
    assert set(brands["brand"]) == set(TRUTH) == set(matches.index)
    films = read(database, metadata.tables["movies.normalized_movies"]).set_index("tmdb_id")
    for brand, gross in zip(brands["brand"], brands["top_release_gross_usd"], strict=True):
        tmdb_id, year = TRUTH[brand]
        assert films.at[tmdb_id, "release_year"] == year, brand
        assert films.at[tmdb_id, "revenue_usd"] >= gross, brand


def test_nearly_all_brands_are_matched_and_none_wrongly(matches: pd.DataFrame) -> None:
    matched = matches[matches["status"] == "matched"]
    assert {brand: TRUTH[brand][0] for brand in matched.index} == matched["tmdb_id"].to_dict()
    assert {brand: TRUTH[brand][1] for brand in matched.index} == matched["release_year"].to_dict()
    assert len(matched) >= 43


def test_brands_that_are_left_open_have_the_right_film_in_front(database: Database, matches: pd.DataFrame) -> None:
    left_open = matches[matches["status"] != "matched"]
    assert (left_open["status"] == "review").all()
    candidates = read(database, metadata.tables["movies.brand_film_candidates"])
    best = candidates[candidates["rank"] == 1].set_index("brand")["tmdb_id"].to_dict()
    assert best == {brand: tmdb_id for brand, (tmdb_id, _) in TRUTH.items()}
    # MonsterVerse: two films named Godzilla took more in the world than the one meant did in America.
    assert left_open["reason"].str.contains("its lead").all()
