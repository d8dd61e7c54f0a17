"""An ingestion holds all that is in scope, asks for nothing twice, and says what it could not get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import inspect, text

from movie_assets.tmdb import ledger_tables
from movie_assets.tmdb.errors import (
    IngestionError,
    TmdbRequestError,
    TmdbResponseError,
    TmdbShapeError,
    TmdbUnavailableError,
)
from movie_assets.tmdb.ledger import open_ledger, published_films
from movie_assets.tmdb.rules import BrandRules, Company
from movie_assets.warehouse.database import Database
from movie_assets_tests.tmdb.films import COPY, FILMS, details
from movie_assets_tests.tmdb.ingesting import CATALOGUE, NOON, POPULAR, World, brands, many_films
from movie_assets_tests.tmdb_server import TmdbServer, faults
from movie_assets_tests.warehouse import publishing_support

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

FILMS_IN_LARGE = 120
ALL = range(1000, 1000 + FILMS_IN_LARGE)
LUCASFILM = BrandRules("Lucasfilm", companies=(Company(1, "Lucasfilm"),))
IT = brands("It")


@pytest.fixture
def world(tmdb: TmdbServer, database: Database) -> World:
    return World(tmdb, database)


@pytest.fixture
def larger(database: Database) -> Iterator[World]:
    with TmdbServer(many_films(250)) as tmdb:
        yield World(tmdb, database)


@pytest.fixture
def large(database: Database) -> Iterator[World]:
    with TmdbServer(many_films(FILMS_IN_LARGE)) as tmdb:
        yield World(tmdb, database)


def test_searches_bring_films_with_details_and_translated_titles(world: World) -> None:
    translation = {"iso_3166_1": "DE", "iso_639_1": "de", "name": "", "english_name": "", "data": {"title": "Es"}}
    world.tmdb.catalogue.add({**FILMS[2], "translations": {"translations": [translation]}})
    report = world.ingest(IT)
    assert world.ids() == [1562, 10010, 346364]
    film = world.films()[2]
    assert (film["revenue_usd"], film["origin"]) == (2068223624, "tmdb")
    assert film["alternative_titles"] == ["Un autre titre", "Es"]
    assert film["keywords"] == ["space opera"]
    assert (report.films, report.new_films, report.fetched_films, report.missing) == (3, 3, 3, 0)
    assert report.requests == len(world.tmdb.requests)


def test_every_form_of_a_title_is_searched(world: World) -> None:
    world.ingest(brands("Star Wars: Episode VII - The Force Awakens"))
    queries = {r.params["query"] for r in world.tmdb.requests if r.path == "/3/search/movie"}
    assert queries == {
        "Star Wars: Episode VII - The Force Awakens",
        "Star Wars The Force Awakens",
        "The Force Awakens",
    }
    assert 140607 in world.ids()


def test_a_search_is_followed_while_it_brings_films_of_that_title(world: World) -> None:
    for number in range(1, 46):
        world.tmdb.catalogue.add(details(number, "Common Name", popularity=float(number)))
    for number in range(100, 200):
        world.tmdb.catalogue.add(details(number, "Common Name Extended"))
    world.ingest(brands("Common Name"))
    pages = [r.params["page"] for r in world.tmdb.requests if r.path == "/3/search/movie"]
    # The third page is the first with a longer title, and still has the last films of the title itself.
    assert sorted(pages) == ["1", "2", "3", "4"]
    assert set(range(1, 46)) <= set(world.ids())


def test_the_films_of_a_mapped_company_keyword_and_people_are_in_scope(world: World) -> None:
    world.tmdb.catalogue.add(
        details(7, "By Both", people=[510, 85], production_companies=[], keywords={"keywords": []})
    )
    world.tmdb.catalogue.add(details(8, "By One", people=[510], production_companies=[], keywords={"keywords": []}))
    world.tmdb.catalogue.add(details(9, "Apart", production_companies=[], keywords={"keywords": []}))
    plan = brands("nothing", rules=[LUCASFILM])
    world.ingest(plan)
    assert world.ids() == sorted(film["id"] for film in FILMS if not film["adult"])
    world.ingest(brands("nothing", rules=[BrandRules("Tim Burton-Johnny Depp", people=("510,85",), included=(9,))]))
    assert world.ids() == [7, 9]
    world.ingest(brands("nothing", rules=[BrandRules("Space", keywords=(161176,))]))
    assert 140607 in world.ids()


def test_a_company_of_another_name_is_reported_and_not_used(world: World) -> None:
    wrong = BrandRules("Lucasfilm", companies=(Company(11461, "Lucasfilm"), Company(404, "Lucasfilm")))
    report = world.ingest(brands("It", rules=[wrong]))
    assert report.problems == [
        "company 11461, mapped as Lucasfilm, is not used: TMDB calls it Bad Robot",
        "company 404, mapped as Lucasfilm, is not used: TMDB has no such company",
    ]
    assert world.ids() == [1562, 10010, 346364]
    assert not [path for path in world.asked(brands("It", rules=[wrong])) if path.startswith("/3/company")]


def test_a_list_longer_than_tmdb_delivers_is_halved(large: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movie_assets.tmdb.listings.LAST_PAGE", 5)
    monkeypatch.setattr("movie_assets_tests.tmdb_server.routes.LAST_PAGE", 5)
    large.tmdb.catalogue.add(details(5, "Undated", release_date=""))
    report = large.ingest(POPULAR)
    assert large.ids() == list(ALL)
    assert (report.expected, report.received, report.missing, report.repeated) == (FILMS_IN_LARGE, FILMS_IN_LARGE, 0, 0)
    assert report.min_votes == 100
    # Nothing is read again though the windows are lists of their own.
    assert large.asked(POPULAR) == ["/3/movie/changes"]


def test_repeated_and_missing_rows_are_found_by_reading_in_another_order(large: World) -> None:
    large.tmdb.quirks.repeated = large.tmdb.quirks.short = 0.3
    report = large.ingest(POPULAR)
    assert large.ids() == list(ALL)
    assert report.repeated > 0
    assert (report.missing, report.problems) == (0, [])


def test_rows_that_never_come_are_reported_as_missing(large: World) -> None:
    large.tmdb.quirks.hidden = frozenset({1007, 1011})
    report = large.ingest(POPULAR)
    assert large.ids() == sorted(set(ALL) - {1007, 1011})
    assert (report.expected, report.received, report.missing) == (FILMS_IN_LARGE, FILMS_IN_LARGE - 2, 2)
    assert "TMDB counts 120 films and delivered 118" in report.problems[0]


def test_the_catalogue_is_the_daily_export_undated_films_included(large: World) -> None:
    large.tmdb.catalogue.add(details(5, "Undated", release_date=""))
    report = large.ingest(CATALOGUE)
    assert large.ids() == [5, *ALL]
    assert (report.expected, report.received, report.films) == (FILMS_IN_LARGE + 1,) * 3
    assert [r.path for r in large.tmdb.requests if "export" in r.path] == ["/p/exports/movie_ids_03_02_2026.json.gz"]


def test_yesterdays_export_serves_until_todays_is_there(world: World) -> None:
    world.tmdb.missing_exports = {date(2026, 3, 2)}
    world.ingest(CATALOGUE)
    assert len(world.ids()) == 5
    world.tmdb.missing_exports = set()
    world.now = NOON.replace(hour=7) + timedelta(days=1)
    assert "/p/exports/movie_ids_03_02_2026.json.gz" in world.asked(CATALOGUE)


def test_a_damaged_export_is_fetched_again(world: World) -> None:
    path = "/p/exports/movie_ids_03_02_2026.json.gz"
    for spoilt in (faults.truncated_json(), faults.cut_connection(), faults.sign_in_page(), faults.bad_gateway()):
        world.tmdb.faults.put(spoilt, path=path)
    world.ingest(CATALOGUE)
    assert len(world.ids()) == 5


def test_an_export_that_stays_damaged_ends_the_ingestion_and_changes_nothing(world: World) -> None:
    world.ingest(IT)
    world.tmdb.faults.put(faults.sign_in_page(), path="/p/exports/movie_ids_03_02_2026.json.gz", times=9)
    with pytest.raises(TmdbResponseError, match="not a whole gzip file"):
        world.ingest(CATALOGUE)
    assert world.ids() == [1562, 10010, 346364]


def test_a_second_run_with_nothing_changed_asks_for_the_changes_alone(larger: World) -> None:
    first = larger.ingest(CATALOGUE)
    second = larger.asked(CATALOGUE)
    assert second == ["/3/movie/changes"]
    assert len(second) + 1 < first.requests / 100


def test_changed_films_are_fetched_and_little_else(larger: World) -> None:
    larger.ingest(CATALOGUE)
    larger.now += timedelta(hours=2)
    for number in range(1000, 1100):
        larger.tmdb.catalogue.edit(number, larger.now.date(), runtime=42)
    asked = Counter(path.rsplit("/", 1)[0] for path in larger.asked(CATALOGUE))
    assert asked == {"/3/movie": 101}
    assert sum(film["runtime_minutes"] == 42 for film in larger.films()) == 100


def test_a_change_reported_after_it_was_fetched_costs_one_request_without_a_body(large: World) -> None:
    large.now += timedelta(hours=1)
    large.tmdb.catalogue.edit(1000, large.now.date(), runtime=42)
    large.ingest(CATALOGUE)
    large.now += timedelta(hours=1)
    assert large.ingest(CATALOGUE).unchanged_films == 1
    assert large.rows(published_films())[0]["fetched_at"] == large.now


def test_films_and_lists_are_read_again_when_they_are_old(world: World) -> None:
    world.ingest(IT)
    world.tmdb.catalogue.add(details(3, "It Again", vote_count=5))
    world.tmdb.catalogue.add({**FILMS[2], "vote_count": 20000})
    world.now += timedelta(days=6)
    assert world.asked(IT) == ["/3/movie/changes"]
    world.now += timedelta(days=2)
    report = world.ingest(IT)
    assert world.ids() == [3, 1562, 10010, 346364]
    assert (report.new_films, report.fetched_films, report.unchanged_films) == (1, 2, 2)
    assert world.films()[3]["vote_count"] == 20000


def test_more_pages_of_changes_than_films_are_not_read(world: World) -> None:
    world.ingest(IT)
    world.now += timedelta(days=1)
    for number in range(100_000, 100_500):
        world.tmdb.catalogue.changes.append((world.now.date(), number))
    assert Counter(world.asked(IT)) == Counter(
        ["/3/movie/changes", "/3/movie/1562", "/3/movie/10010", "/3/movie/346364"]
    )


def test_after_a_gap_longer_than_tmdb_tells_changes_the_export_is_compared(large: World) -> None:
    large.ingest(POPULAR)
    large.publish()
    large.tmdb.catalogue.edit(1000, NOON.date() + timedelta(days=1), original_title="Renamed")
    large.tmdb.catalogue.edit(1001, NOON.date() + timedelta(days=16), runtime=42)
    large.tmdb.catalogue.remove(1002)
    large.now += timedelta(days=20)
    asked = large.asked(POPULAR)
    assert {"/3/movie/1000", "/3/movie/1001", "/3/movie/1002"} <= set(asked)
    assert "/p/exports/movie_ids_03_22_2026.json.gz" in asked
    assert len([path for path in asked if path.startswith("/3/movie/1")]) == 4  # 1002 twice
    (window,) = {
        (r.params["start_date"], r.params["end_date"]) for r in large.tmdb.requests if "start_date" in r.params
    }
    assert window == ("2026-03-09", "2026-03-22")


def test_a_change_seen_in_a_smaller_scope_is_not_forgotten(large: World) -> None:
    large.ingest(CATALOGUE)
    large.now += timedelta(hours=26)
    large.tmdb.catalogue.edit(1000, large.now.date(), runtime=42)
    large.ingest(brands(large.films()[1]["title"]))
    large.now += timedelta(hours=50)
    large.ingest(CATALOGUE)
    assert large.films()[0]["runtime_minutes"] == 42


def test_a_deleted_film_becomes_a_tombstone_once_it_was_missed_twice(world: World) -> None:
    world.ingest(IT)
    world.publish()
    world.tmdb.catalogue.remove(10010)
    world.now += timedelta(days=8)
    asked = world.asked(IT)
    assert asked.count("/3/movie/10010") == 2
    assert world.ids() == [1562, 346364]
    (tombstone,) = world.deleted()
    assert (tombstone["tmdb_id"], tombstone["title"], tombstone["release_date"]) == (10010, "It", "1990-11-18")
    assert (tombstone["fetched_at"], tombstone["confirmed_at"]) == (NOON, world.now)
    assert world.asked(IT) == ["/3/movie/changes"]


def test_a_film_that_is_missed_once_stays(world: World) -> None:
    world.tmdb.faults.put(faults.code(34), path="/3/movie/10010")
    report = world.ingest(IT)
    assert world.ids() == [1562, 10010, 346364]
    assert report.deleted_films == 0


def test_a_deleted_film_that_comes_back_is_fetched_again(world: World) -> None:
    test_a_deleted_film_becomes_a_tombstone_once_it_was_missed_twice(world)
    world.tmdb.catalogue.add(COPY(FILMS[3]))
    world.now += timedelta(days=8)
    world.ingest(IT)
    assert world.ids() == [1562, 10010, 346364]
    assert world.deleted() == []


def test_a_listed_film_that_is_not_there_is_not_asked_for_at_every_run(world: World) -> None:
    world.tmdb.faults.put(faults.code(34), path="/3/movie/10010", times=2)
    assert world.ingest(IT).deleted_films == 1
    assert world.asked(IT) == ["/3/movie/changes"]


def test_many_films_that_vanish_at_once_stay_until_a_day_has_passed(large: World) -> None:
    large.ingest(POPULAR)
    large.publish()
    for number in range(1000, 1050):
        large.tmdb.catalogue.remove(number)
    large.now += timedelta(days=31)
    with pytest.raises(IngestionError, match="no longer has 50 of 120 films"):
        large.ingest(POPULAR)
    assert large.database.scalar("SELECT count(*) FROM movies_ingest.films") == FILMS_IN_LARGE
    large.now += timedelta(hours=25)
    assert large.ingest(POPULAR).deleted_films == 50
    assert large.ids() == list(ALL)[50:]


def test_a_film_of_another_shape_is_named_and_its_old_row_stays(world: World) -> None:
    world.ingest(IT)
    world.tmdb.faults.put(faults.changed(lambda film: film.update(revenue="lots")), path="/3/movie/10010", times=9)
    world.now += timedelta(days=8)
    report = world.ingest(IT)
    assert world.ids() == [1562, 10010, 346364]
    assert report.missing == 1
    assert "GET /movie/10010?append_to_response" in report.problems[0]
    assert 'field "revenue"' in report.problems[0]


def test_many_films_of_another_shape_end_the_ingestion(large: World) -> None:
    large.tmdb.faults.at_random([faults.changed(lambda body: body.update(revenue="lots"))], 1.0, seed=1)
    with pytest.raises(TmdbShapeError, match=r'films cannot be read.*field "revenue"'):
        large.ingest(POPULAR)
    assert len(large.tmdb.requests) < 100


def test_films_out_of_scope_are_purged_after_six_months(world: World) -> None:
    other = brands("Star Wars: The Last Jedi")
    world.ingest(IT)
    world.ingest(other)
    world.now += timedelta(days=181)
    world.ingest(other)
    assert world.database.rows("SELECT tmdb_id FROM movies_ingest.films") == [{"tmdb_id": 181808}]
    assert world.database.scalar("SELECT count(*) FROM movies_ingest.listings WHERE listing LIKE '%query=It&%'") == 0


def test_a_network_that_is_gone_ends_the_run_and_the_next_one_goes_on(large: World) -> None:
    for number in ALL[60:]:
        large.tmdb.faults.put(faults.cut_connection(), path=f"/3/movie/{number}", times=99)
    with pytest.raises(TmdbUnavailableError, match="what was fetched is kept"):
        large.ingest(CATALOGUE)
    kept = int(str(large.database.scalar("SELECT count(*) FROM movies_ingest.films")))
    assert kept > 30
    large.tmdb.faults.clear()
    assert len(large.asked(CATALOGUE)) == FILMS_IN_LARGE - kept
    assert len(large.ids()) == FILMS_IN_LARGE


def test_a_list_that_was_interrupted_goes_on_with_its_missing_pages(large: World) -> None:
    # The first page tells how many there are; the others are asked for all at once.
    large.tmdb.faults.put(faults.changed(lambda _: None), path="/3/discover/movie")
    large.tmdb.faults.put(faults.code(27), path="/3/discover/movie")
    with pytest.raises(TmdbRequestError):
        large.ingest(POPULAR)
    kept = int(str(large.database.scalar("SELECT count(*) FROM movies_ingest.pages WHERE total_pages = 6")))
    assert 1 <= kept < 6
    large.asked(POPULAR)
    assert len([r for r in large.tmdb.requests if r.path == "/3/discover/movie"]) == 6 - kept
    assert len(large.ids()) == FILMS_IN_LARGE


def test_days_are_tmdbs_whatever_the_time_zone_of_the_database(world: World) -> None:
    with world.database.engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {world.database.url.database} SET timezone = 'Pacific/Kiritimati'"))
    world.ingest(IT)
    world.now += timedelta(days=1)
    world.asked(IT)
    window = next(r.params for r in world.tmdb.requests if r.path == "/3/movie/changes")
    assert (window["start_date"], window["end_date"]) == ("2026-03-02", "2026-03-03")


def test_another_plan_takes_over_what_an_interrupted_one_has_fetched(large: World) -> None:
    large.tmdb.faults.put(faults.bad_gateway(), path=f"/3/movie/{ALL[-1]}", times=99)
    with pytest.raises(TmdbUnavailableError):
        large.ingest(CATALOGUE)
    large.tmdb.faults.clear()
    asked = [path for path in large.asked(POPULAR) if path not in {"/3/discover/movie", "/3/movie/changes"}]
    assert 1 <= len(asked) <= 50


def test_a_change_after_an_interrupted_ingestion_is_not_missed_by_one_with_another_plan(large: World) -> None:
    large.tmdb.faults.put(faults.code(27), path=f"/3/movie/{ALL[-1]}")
    with pytest.raises(TmdbRequestError):
        large.ingest(CATALOGUE)
    large.now += timedelta(days=1)
    large.tmdb.catalogue.edit(1000, large.now.date(), runtime=42)
    large.ingest(POPULAR)
    assert large.films()[0]["runtime_minutes"] == 42


def test_an_outage_is_waited_out(large: World) -> None:
    for number in ALL[:40]:
        large.tmdb.faults.put(faults.cut_connection(), path=f"/3/movie/{number}", times=5)
    assert large.ingest(CATALOGUE).films == FILMS_IN_LARGE


def test_two_runs_do_not_fetch_into_one_ledger(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movie_assets.tmdb.ledger._LOCK_PATIENCE_SECONDS", 0.2)
    with open_ledger(world.database), pytest.raises(IngestionError, match="another run is fetching"):
        world.ingest(IT)
    assert world.ingest(IT).films == 3


def test_progress_is_told_with_what_is_left(large: World) -> None:
    large.ingest(CATALOGUE)
    last = large.told[-1]
    assert (last.phase, last.done, last.left) == ("films", FILMS_IN_LARGE, 0)
    assert "films: 120 done, 0 left" in str(last)


def test_every_ingestion_is_told_in_a_table_of_its_own(world: World) -> None:
    for _ in range(3):
        world.ingest(IT)
        world.publish()
    rows = world.database.rows("SELECT * FROM movies.tmdb_ingestions ORDER BY started_at")
    assert [row["new_films"] for row in rows] == [3, 0, 0]
    assert [row["films"] for row in rows] == [3, 3, 3]
    assert rows[0]["requests"] > rows[1]["requests"] == 2


def test_a_ledger_of_an_earlier_layout_is_brought_in_line_and_its_films_are_fetched_anew(world: World) -> None:
    world.ingest(IT)
    with world.database.engine.begin() as connection:
        connection.execute(
            text(
                "ALTER TABLE movies_ingest.films DROP COLUMN overview, ADD COLUMN tagline text NOT NULL DEFAULT '',"
                " ALTER COLUMN runtime_minutes TYPE text; UPDATE movies_ingest.films SET layout = 'earlier'"
            )
        )
    assert world.ingest(IT).fetched_films == 3
    assert [film["runtime_minutes"] for film in world.films()] == [136] * 3
    stored = inspect(world.database.engine).get_columns("films", "movies_ingest")
    assert {column["name"] for column in stored} == set(ledger_tables.films.columns.keys())
