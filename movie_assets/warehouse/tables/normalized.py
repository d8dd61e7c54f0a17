"""Films with typed columns, and the keys of their titles."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Double, Index, Text

from movie_assets.warehouse.tables.declaring import Integers, Texts, Timestamp, key, maybe, some, table

normalized_titles = table(
    "normalized_titles",
    "Every key a film answers to. Two titles may name the same film when they share a key; the weaker tier counts.",
    key("tmdb_id", BigInteger, "TMDB's film id."),
    key("title_key", Text, "Normalised title; see movie_assets/matching/titles.py."),
    some("tier", BigInteger, "How much the key was rewritten: 1 spelling, 2 accents and signs, 3 rewritten, 4 loose."),
    some("field", Text, "Field the key came from: title, original_title or alternative_title."),
    some("main", Boolean, "Whether this is the English title without accents and signs, the film's normalized_title."),
    CheckConstraint("title_key <> ''", name="key_not_empty"),
    CheckConstraint("tier BETWEEN 1 AND 4", name="tier_known"),
    CheckConstraint("field IN ('title', 'original_title', 'alternative_title')", name="field_known"),
    Index(None, "title_key"),
)

normalized_movies = table(
    "normalized_movies",
    "Films with typed columns: unknown is NULL, dates are dates, one row per film.",
    key("tmdb_id", BigInteger, "TMDB's film id."),
    maybe("imdb_id", Text, "IMDb title id, such as tt0137523."),
    some("title", Text, "Title in English, white space trimmed."),
    maybe("original_title", Text, "Title in the original language."),
    maybe("original_language", Text, "ISO 639-1 code of the original language."),
    maybe(
        "normalized_title",
        Text,
        "The title in lower case without accents, signs and extra white space.",
        null="if nothing remains",
    ),
    maybe("release_date", Date, "Primary release date.", null="where TMDB has none, or none that is a date"),
    maybe(
        "release_year",
        BigInteger,
        "Year of the primary release date.",
        formula="extract(YEAR FROM release_date)",
        null="where that is",
    ),
    maybe("status", Text, "Production status, such as Released."),
    some("adult", Boolean, "Whether TMDB classes the film as pornographic; unknown counts as false."),
    some("video", Boolean, "Whether TMDB classes the entry as direct-to-video; unknown counts as false."),
    maybe("runtime_minutes", BigInteger, "Runtime in minutes."),
    maybe("budget_usd", BigInteger, "Production budget, nominal US dollars."),
    maybe("revenue_usd", BigInteger, "Worldwide gross, nominal US dollars."),
    maybe("popularity", Double, "TMDB's popularity on the day of the fetch; not comparable between days."),
    maybe(
        "popularity_percentile",
        Double,
        "Share of films with a lower popularity in this snapshot, from 0 to 1.",
        null="where popularity is",
    ),
    maybe("vote_average", Double, "Mean user rating from 0 to 10.", null="where nobody voted"),
    some("vote_count", BigInteger, "Number of user ratings; unknown counts as 0."),
    maybe("genres", Texts, "Genre names in English."),
    maybe("production_company_ids", Integers, "TMDB company ids."),
    maybe("production_companies", Texts, "Company names."),
    maybe("fetched_at", Timestamp, "When TMDB said so.", null="where a film file does not tell"),
    CheckConstraint("vote_average BETWEEN 0 AND 10", name="vote_average_in_range"),
    CheckConstraint("vote_count >= 0", name="vote_count_not_negative"),
    CheckConstraint("popularity_percentile BETWEEN 0 AND 1", name="popularity_percentile_in_range"),
    CheckConstraint("runtime_minutes > 0 AND budget_usd > 0 AND revenue_usd > 0", name="unknown_is_null"),
    Index(None, "normalized_title"),
)
