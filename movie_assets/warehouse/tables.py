"""Every published table, declared once.

From these declarations come the DDL, the Arrow schema used for loading, the column schema shown in Dagster and the
comments stored in PostgreSQL. A table's `info["mode"]` says how an output is published: `replace` (the table equals the
output), `upsert` (rows are added or changed by key, none removed) or `append` (history: existing keys are kept). Unless
`info["may_be_empty"]` is set, an empty output is refused: a source that failed quietly must not wipe a table.

Amounts are nominal US dollars. NULL always means unknown, never zero. What does not belong here: how rows get in
(`publishing`) or how they are computed (`assets`).
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

SCHEMA = "movies"

Mode = Literal["replace", "upsert", "append"]

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_name)s_idx",
    },
)


def _table(
    name: str,
    comment: str,
    *parts: Column[Any] | CheckConstraint | Index,
    mode: Mode = "replace",
    may_be_empty: bool = False,
) -> Table:
    return Table(name, metadata, *parts, comment=comment, info={"mode": mode, "may_be_empty": may_be_empty})


def _key(name: str, type_: type[TypeEngine[Any]] | TypeEngine[Any], comment: str) -> Column[Any]:
    return Column(name, type_, primary_key=True, autoincrement=False, comment=comment)


def _some(name: str, type_: type[TypeEngine[Any]] | TypeEngine[Any], comment: str) -> Column[Any]:
    return Column(name, type_, nullable=False, comment=comment)


def _maybe(name: str, type_: type[TypeEngine[Any]] | TypeEngine[Any], comment: str) -> Column[Any]:
    return Column(name, type_, nullable=True, comment=comment)


Timestamp = DateTime(timezone=True)
Texts = ARRAY(Text)
Integers = ARRAY(BigInteger)

raw_brands = _table(
    "raw_brands",
    "The brand file as it was read, one row per accepted line. Repeated brands are kept and reported by a check.",
    _some("brand", Text, "Brand as the file names it, white space collapsed and certain damage repaired."),
    _some("total_gross_usd", BigInteger, "Gross of all the brand's releases in the US and Canada, nominal US dollars."),
    _some("releases", BigInteger, "Number of releases the total covers, re-releases included."),
    _some("top_release", Text, "Title of the brand's highest-grossing release, as Box Office Mojo writes it."),
    _some("top_release_gross_usd", BigInteger, "Gross of that release in the US and Canada, nominal US dollars."),
    _key("source_line", BigInteger, "Line of the brand file on which the record starts; the header is line 1."),
    _some("source_sha256", Text, "SHA-256 of the brand file's bytes."),
    CheckConstraint("brand <> ''", name="brand_not_empty"),
    CheckConstraint("top_release <> ''", name="top_release_not_empty"),
    CheckConstraint("total_gross_usd >= 0 AND top_release_gross_usd >= 0", name="amounts_not_negative"),
    CheckConstraint("releases >= 0", name="releases_not_negative"),
)

raw_brands_rejected = _table(
    "raw_brands_rejected",
    "Lines of the brand file that could not be read, with every reason: nothing that was read is lost.",
    _key("source_line", BigInteger, "Line of the brand file on which the record starts; the header is line 1."),
    _some("raw_text", Text, "The line exactly as it stands in the file."),
    _some("reasons", Texts, "Every reason for which the line was rejected."),
    _some("source_sha256", Text, "SHA-256 of the brand file's bytes."),
    may_be_empty=True,
)

raw_tmdb_movies = _table(
    "raw_tmdb_movies",
    "What TMDB said of each film, unchanged: zero and the empty string still stand where TMDB put them for 'unknown'.",
    _key("tmdb_id", BigInteger, "TMDB's film id."),
    _maybe("imdb_id", Text, "IMDb title id, such as tt0137523."),
    _some("title", Text, "Title in English, or the original one where TMDB has no English title."),
    _maybe("original_title", Text, "Title in the original language."),
    _maybe("original_language", Text, "ISO 639-1 code of the original language."),
    _maybe("overview", Text, "Synopsis as given by TMDB."),
    _maybe("release_date", Text, "Primary release date as TMDB wrote it; may be empty or malformed."),
    _maybe("status", Text, "Production status, such as Released or Post Production; only in film details."),
    _maybe("adult", Boolean, "Whether TMDB classes the film as pornographic."),
    _maybe("video", Boolean, "Whether TMDB classes the entry as a direct-to-video item."),
    _maybe("runtime_minutes", BigInteger, "Runtime in minutes; 0 means unknown. Only in film details."),
    _maybe("budget_usd", BigInteger, "Production budget in nominal US dollars; 0 means unknown. Only in film details."),
    _maybe("revenue_usd", BigInteger, "Worldwide gross in nominal US dollars; 0 means unknown. Only in film details."),
    _maybe("popularity", Double, "TMDB's popularity on the day of the fetch; not comparable between days."),
    _maybe("vote_average", Double, "Mean user rating from 0 to 10; 0 where nobody voted."),
    _maybe("vote_count", BigInteger, "Number of user ratings."),
    _maybe("genre_ids", Integers, "TMDB genre ids."),
    _maybe("genres", Texts, "Genre names in English, in the order of genre_ids where known."),
    _maybe("production_company_ids", Integers, "TMDB company ids. Only in film details."),
    _maybe("production_companies", Texts, "Company names. Only in film details."),
    _maybe("keyword_ids", Integers, "TMDB keyword ids. Only in film details with keywords."),
    _maybe("keywords", Texts, "Keyword names. Only in film details with keywords."),
    _maybe("alternative_titles", Texts, "Alternative titles in any language. Only in film details with them."),
    _some("origin", Text, "Where the row came from: `file` or `tmdb`."),
    _maybe("fetched_at", Timestamp, "When TMDB said so; unknown for files that do not tell."),
    CheckConstraint("tmdb_id > 0", name="tmdb_id_positive"),
    CheckConstraint("origin IN ('file', 'tmdb')", name="origin_known"),
)

raw_tmdb_movies_deleted = _table(
    "raw_tmdb_movies_deleted",
    "Films that TMDB listed or had and has no longer: asked for twice, each time answered as gone.",
    _key("tmdb_id", BigInteger, "TMDB's film id."),
    _maybe("title", Text, "The title when it was last fetched; NULL if it never was."),
    _maybe("release_date", Text, "Primary release date when it was last fetched, as TMDB wrote it."),
    _maybe("fetched_at", Timestamp, "When TMDB last had it; NULL if it was gone before it was fetched."),
    _some("missed_at", Timestamp, "When TMDB first answered that it has no such film."),
    _some("confirmed_at", Timestamp, "When TMDB last repeated that."),
    CheckConstraint("confirmed_at >= missed_at", name="confirmed_after_missed"),
    may_be_empty=True,
)

tmdb_ingestions = _table(
    "tmdb_ingestions",
    "Every completed ingestion from TMDB: what was asked for, came and did not. Empty where films are from a file.",
    _key("started_at", Timestamp, "When the ingestion began; one that was interrupted goes on under its first start."),
    _some("finished_at", Timestamp, "When the last of its films was there."),
    _some("scope", Text, "Which films it was to hold: `brands`, `popular` or `catalogue`."),
    _maybe("min_votes", BigInteger, "Fewest user ratings of the films that `popular` adds; NULL for other scopes."),
    _some("requests", BigInteger, "Requests that it made, repeated ones included."),
    _some("expected", BigInteger, "Entries that TMDB counted in the lists that were read in full, one list at a time."),
    _some("received", BigInteger, "Distinct entries that those lists delivered."),
    _some("repeated", BigInteger, "Entries delivered more than once within a list."),
    _some("missing", BigInteger, "Entries counted but never delivered, and films listed but not readable."),
    _some("films", BigInteger, "Films in scope that TMDB has; the rows of raw_tmdb_movies."),
    _some("new_films", BigInteger, "Films in scope that were not stored before."),
    _some("fetched_films", BigInteger, "Films whose details arrived, new ones included."),
    _some("unchanged_films", BigInteger, "Films that TMDB said are as they were when they were fetched before."),
    _some("deleted_films", BigInteger, "Films found to be deleted at TMDB in this ingestion."),
    _some("problems", Texts, "What a person should look at, in words."),
    CheckConstraint("scope IN ('brands', 'popular', 'catalogue')", name="scope_known"),
    CheckConstraint("missing >= 0 AND repeated >= 0 AND requests >= 0", name="counts_not_negative"),
    may_be_empty=True,
)

normalized_titles = _table(
    "normalized_titles",
    "Every key a film answers to. Two titles may name the same film when they share a key; the weaker tier counts.",
    _key("tmdb_id", BigInteger, "TMDB's film id."),
    _key("title_key", Text, "Normalised title; see movie_assets/matching/titles.py."),
    _some("tier", BigInteger, "How much the key was rewritten: 1 spelling, 2 accents and signs, 3 rewritten, 4 loose."),
    _some("field", Text, "Field the key came from: title, original_title or alternative_title."),
    _some("main", Boolean, "Whether this is the English title without accents and signs, the film's normalized_title."),
    CheckConstraint("title_key <> ''", name="key_not_empty"),
    CheckConstraint("tier BETWEEN 1 AND 4", name="tier_known"),
    CheckConstraint("field IN ('title', 'original_title', 'alternative_title')", name="field_known"),
    Index(None, "title_key"),
)

normalized_movies = _table(
    "normalized_movies",
    "Films with typed columns: unknown is NULL, dates are dates, one row per film.",
    _key("tmdb_id", BigInteger, "TMDB's film id."),
    _maybe("imdb_id", Text, "IMDb title id, such as tt0137523."),
    _some("title", Text, "Title in English, white space trimmed."),
    _maybe("original_title", Text, "Title in the original language."),
    _maybe("original_language", Text, "ISO 639-1 code of the original language."),
    _maybe(
        "normalized_title",
        Text,
        "The title in lower case without accents, signs and extra white space; NULL if nothing remains.",
    ),
    _maybe("release_date", Date, "Primary release date."),
    _maybe("release_year", BigInteger, "Year of the primary release date."),
    _maybe("status", Text, "Production status, such as Released."),
    _some("adult", Boolean, "Whether TMDB classes the film as pornographic; unknown counts as false."),
    _some("video", Boolean, "Whether TMDB classes the entry as direct-to-video; unknown counts as false."),
    _maybe("runtime_minutes", BigInteger, "Runtime in minutes."),
    _maybe("budget_usd", BigInteger, "Production budget, nominal US dollars."),
    _maybe("revenue_usd", BigInteger, "Worldwide gross, nominal US dollars."),
    _maybe("popularity", Double, "TMDB's popularity on the day of the fetch; not comparable between days."),
    _maybe("popularity_percentile", Double, "Share of films with a lower popularity in this snapshot, from 0 to 1."),
    _maybe("vote_average", Double, "Mean user rating from 0 to 10; NULL where nobody voted."),
    _some("vote_count", BigInteger, "Number of user ratings; unknown counts as 0."),
    _maybe("genres", Texts, "Genre names in English."),
    _maybe("production_company_ids", Integers, "TMDB company ids."),
    _maybe("production_companies", Texts, "Company names."),
    _maybe("fetched_at", Timestamp, "When TMDB said so; unknown for files that do not tell."),
    CheckConstraint("vote_average BETWEEN 0 AND 10", name="vote_average_in_range"),
    CheckConstraint("vote_count >= 0", name="vote_count_not_negative"),
    CheckConstraint("popularity_percentile BETWEEN 0 AND 1", name="popularity_percentile_in_range"),
    CheckConstraint("runtime_minutes > 0 AND budget_usd > 0 AND revenue_usd > 0", name="unknown_is_null"),
    Index(None, "normalized_title"),
)

brand_film_candidates = _table(
    "brand_film_candidates",
    "The evidence for and against every film that could be a brand's #1 release.",
    _key("brand", Text, "Brand."),
    _key("tmdb_id", BigInteger, "TMDB id of the candidate."),
    _some("top_release", Text, "Title of the brand's #1 release."),
    _some("top_release_gross_usd", BigInteger, "Its gross in the US and Canada, nominal US dollars."),
    _some("title", Text, "The candidate's title."),
    _maybe("original_title", Text, "The candidate's title in its original language."),
    _maybe("original_language", Text, "ISO 639-1 code of the candidate's original language."),
    _maybe("release_date", Date, "The candidate's primary release date."),
    _some("title_key", Text, "The strongest key that both titles share; the candidate's own where none is shared."),
    _some(
        "key_tier", BigInteger, "The weaker of both sides' tiers for that key, 1 strongest; 5 is no key, only likeness."
    ),
    _some("key_field", Text, "The candidate's field that carries the key."),
    _maybe("likeness", Double, "How alike the titles look, from 0 to 100; only where no key is shared."),
    _maybe("revenue_usd", BigInteger, "The candidate's worldwide gross, nominal US dollars."),
    _maybe("revenue_ratio", Double, "Worldwide gross over the brand file's gross; a true match is rarely below 0.98."),
    _some("vote_count", BigInteger, "The candidate's number of user ratings."),
    _maybe("popularity_percentile", Double, "The candidate's popularity percentile, from 0 to 1; shown, not scored."),
    _some(
        "brand_verdict", Text, "What is known of the brand on the film; see movie_assets/matching/brand_evidence.py."
    ),
    _some("brand_companies", Texts, "Production companies that bear the name of the brand, or of one that shares it."),
    _some("brand_keywords", Texts, "Keywords of the film that hold the brand's name."),
    _maybe("year_fits", Boolean, "Whether the year in the title is the film's; NULL where the title carries none."),
    _some(
        "penalties", Texts, "What makes the entry an unlikely #1 release: adult, video, short, unreleased and others."
    ),
    _some("title_score", Double, "Points for the strength of the shared key."),
    _some("revenue_score", Double, "Points for or against by the gross."),
    _some("audience_score", Double, "Points for the number of ratings beside what the gross lets expect."),
    _some("era_score", Double, "Points against years in which hardly a film sold so many tickets."),
    _some("year_score", Double, "Points for or against by the year in the title."),
    _some("language_score", Double, "Points against films that are not in English."),
    _some("brand_score", Double, "Points for or against by the brand's name on the film."),
    _some("penalty_score", Double, "Points for the penalties."),
    _some("score", Double, "Sum of the points."),
    _some("rank", BigInteger, "Place among the brand's candidates; 1 is best."),
    _some("scoring_version", Text, "Version of the weights that made the score."),
    CheckConstraint("rank >= 1", name="rank_positive"),
    CheckConstraint(
        "key_tier BETWEEN 1 AND 5 AND (key_tier = 5) = (likeness IS NOT NULL)", name="likeness_without_key"
    ),
    CheckConstraint(
        "brand_verdict IN ('own', 'shared', 'keyword', 'none', 'contradicted')", name="brand_verdict_known"
    ),
    may_be_empty=True,
)

brand_film_matches = _table(
    "brand_film_matches",
    "The decision for every brand: which film its #1 release is, or why that is left open.",
    _key("brand", Text, "Brand."),
    _some("top_release", Text, "Title of the brand's #1 release."),
    _some("top_release_gross_usd", BigInteger, "Its gross in the US and Canada, nominal US dollars."),
    _some("status", Text, "`matched`, `review` (a person should decide) or `unmatched` (no film)."),
    _maybe("tmdb_id", BigInteger, "TMDB id of the film; NULL unless matched."),
    _maybe("title", Text, "TMDB title of the matched film."),
    _maybe("release_year", BigInteger, "Release year of the matched film."),
    _maybe(
        "method", Text, "`title` or `title_and_evidence` where matched by rules, `override` where a person decided."
    ),
    _maybe("score", Double, "Score of the best candidate."),
    _maybe("margin", Double, "Lead over the runner-up; NULL where there is none."),
    _some("n_candidates", BigInteger, "Number of candidates."),
    _maybe("runner_up_tmdb_id", BigInteger, "TMDB id of the second-best candidate."),
    _some("reason", Text, "The decision in words; for a review with the best candidates."),
    _some("scoring_version", Text, "Version of the weights that made the decision."),
    CheckConstraint("status IN ('matched', 'review', 'unmatched')", name="status_known"),
    CheckConstraint("(status = 'matched') = (tmdb_id IS NOT NULL)", name="film_only_when_matched"),
    CheckConstraint(
        "(status = 'unmatched') = (n_candidates = 0) OR (method IS NOT NULL AND method = 'override')",
        name="unmatched_without_candidates",
    ),
)

brand_match_overrides = _table(
    "brand_match_overrides",
    "People's decisions on #1 releases, and what became of each.",
    _key("brand", Text, "Brand, as the file of overrides names it."),
    _key("top_release", Text, "Title of the #1 release that the decision is about."),
    _maybe("tmdb_id", BigInteger, "TMDB id of the film that was decided for."),
    _maybe("imdb_id", Text, "IMDb id of the film that was decided for; neither id where it is no film."),
    _some("who", Text, "Who decided."),
    _some("why", Text, "Why."),
    _some("source_line", BigInteger, "Line of the file of overrides."),
    _some("effect", Text, "`decides`, `unnecessary`, `contradicts`, `film_unknown` or `unused`."),
    CheckConstraint(
        "effect IN ('decides', 'unnecessary', 'contradicts', 'film_unknown', 'unused')", name="effect_known"
    ),
    may_be_empty=True,
)

brand_films = _table(
    "brand_films",
    "Which films count for a brand, and why.",
    _key("brand", Text, "Brand."),
    _key("tmdb_id", BigInteger, "TMDB's film id."),
    _some("reason", Text, "Why the film counts: `top_release`."),
    _some("title", Text, "The film's title."),
    _maybe("release_year", BigInteger, "The film's release year."),
    CheckConstraint("reason IN ('top_release')", name="reason_known"),
    may_be_empty=True,
)

brand_stats = _table(
    "brand_stats",
    "The metrics of a brand in a scope. NULL means unknown. Brands overlap, so totals must not be added up.",
    _key("brand", Text, "Brand."),
    _key("scope", Text, "Films the metrics cover: `top_release` is the #1 release alone."),
    _some("total_gross_usd", BigInteger, "Gross of all the brand's releases in the US and Canada, nominal US dollars."),
    _some("releases", BigInteger, "Number of releases the total covers, re-releases included."),
    _maybe("gross_per_release_usd", Double, "total_gross_usd / releases; NULL when there are none."),
    _some("top_release", Text, "Title of the brand's #1 release."),
    _some("top_release_gross_usd", BigInteger, "Its gross in the US and Canada, nominal US dollars."),
    _maybe(
        "top_release_share",
        Double,
        "top_release_gross_usd / total_gross_usd, from 0 to 1; NULL where the file contradicts itself.",
    ),
    _some("match_status", Text, "Decision on the #1 release: matched, review or unmatched."),
    _some("films", BigInteger, "Films in scope: the sample size of what follows unless a column names its own."),
    _some("rated_films", BigInteger, "Films in scope with at least one rating: n of the rating metrics."),
    _maybe("vote_average_mean", Double, "Mean of the films' vote_average, from 0 to 10."),
    _maybe("vote_average_weighted", Double, "Mean of vote_average weighted by vote_count, from 0 to 10."),
    _maybe("vote_count_sum", BigInteger, "Sum of the films' user ratings; NULL without films."),
    _maybe("vote_count_median", Double, "Median of the films' user ratings."),
    _some("popularity_films", BigInteger, "Films in scope with a known popularity: n of the popularity metrics."),
    _maybe("popularity_mean", Double, "Mean popularity; comparable within one snapshot only."),
    _maybe("popularity_percentile_mean", Double, "Mean popularity percentile, from 0 to 1."),
    _some("revenue_films", BigInteger, "Films in scope with a known worldwide gross: n of revenue_sum_usd."),
    _maybe("revenue_sum_usd", BigInteger, "Sum of the films' worldwide gross (TMDB), nominal US dollars."),
    _maybe("first_year", BigInteger, "Release year of the first film in scope."),
    _maybe("last_year", BigInteger, "Release year of the last film in scope."),
    CheckConstraint("scope IN ('top_release')", name="scope_known"),
    CheckConstraint("top_release_share BETWEEN 0 AND 1", name="top_release_share_in_range"),
)


def mode_of(table: Table) -> Mode:
    """How an output for the table is published."""
    mode: Mode = table.info["mode"]
    return mode


def may_be_empty(table: Table) -> bool:
    """Whether an output without rows is meant, not a failure upstream."""
    return bool(table.info["may_be_empty"])


def key_of(table: Table) -> tuple[str, ...]:
    """Names of the primary key's columns, in order of declaration."""
    return tuple(column.name for column in table.primary_key.columns)
