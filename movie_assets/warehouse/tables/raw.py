"""What came in, unchanged: brand files line by line, films as TMDB describes them, and the fetching of them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Double, Text

from movie_assets.warehouse.tables.declaring import Integers, Texts, Timestamp, key, maybe, some, table

_NO_DETAILS = "where TMDB's details of the film were not read or lack it"
_NOT_ASKED_FOR = "where details were read without them, or not at all"

raw_brands = table(
    "raw_brands",
    "The brand file as it was read, one row per accepted line. Repeated brands are kept and reported by a check.",
    some("brand", Text, "Brand as the file names it, white space collapsed and certain damage repaired."),
    some("total_gross_usd", BigInteger, "Gross of all the brand's releases in the US and Canada, nominal US dollars."),
    some("releases", BigInteger, "Number of releases the total covers, re-releases included."),
    some("top_release", Text, "Title of the brand's highest-grossing release, as Box Office Mojo writes it."),
    some("top_release_gross_usd", BigInteger, "Gross of that release in the US and Canada, nominal US dollars."),
    key("source_line", BigInteger, "Line of the brand file on which the record starts; the header is line 1."),
    some("source_sha256", Text, "SHA-256 of the brand file's bytes."),
    CheckConstraint("brand <> ''", name="brand_not_empty"),
    CheckConstraint("top_release <> ''", name="top_release_not_empty"),
    CheckConstraint("total_gross_usd >= 0 AND top_release_gross_usd >= 0", name="amounts_not_negative"),
    CheckConstraint("releases >= 0", name="releases_not_negative"),
    source="Box Office Mojo, by way of the brand file (MOVIE_ASSETS_BRANDS_CSV).",
)

raw_brands_rejected = table(
    "raw_brands_rejected",
    "Lines of the brand file that could not be read, with every reason: nothing that was read is lost.",
    key("source_line", BigInteger, "Line of the brand file on which the record starts; the header is line 1."),
    some(
        "raw_text",
        Text,
        "The line exactly as it stands in the file.",
        withheld="a line that nothing is known of may hold anything",
    ),
    some("reasons", Texts, "Every reason for which the line was rejected."),
    some("source_sha256", Text, "SHA-256 of the brand file's bytes."),
    may_be_empty=True,
    source="The brand file (MOVIE_ASSETS_BRANDS_CSV).",
)

raw_tmdb_movies = table(
    "raw_tmdb_movies",
    "What TMDB said of each film, unchanged: zero and the empty string still stand where TMDB put them for 'unknown'.",
    key("tmdb_id", BigInteger, "TMDB's film id."),
    maybe("imdb_id", Text, "IMDb title id, such as tt0137523."),
    some("title", Text, "Title in English, or the original one where TMDB has no English title."),
    maybe("original_title", Text, "Title in the original language."),
    maybe("original_language", Text, "ISO 639-1 code of the original language."),
    maybe(
        "overview",
        Text,
        "Synopsis as given by TMDB.",
        withheld="a synopsis is its writer's text, and no figure needs it",
    ),
    maybe("release_date", Text, "Primary release date as TMDB wrote it; may be empty or malformed."),
    maybe("status", Text, "Production status, such as Released or Post Production.", null=_NO_DETAILS),
    maybe("adult", Boolean, "Whether TMDB classes the film as pornographic."),
    maybe("video", Boolean, "Whether TMDB classes the entry as a direct-to-video item."),
    maybe("runtime_minutes", BigInteger, "Runtime in minutes; 0 means unknown.", null=_NO_DETAILS),
    maybe("budget_usd", BigInteger, "Production budget in nominal US dollars; 0 means unknown.", null=_NO_DETAILS),
    maybe("revenue_usd", BigInteger, "Worldwide gross in nominal US dollars; 0 means unknown.", null=_NO_DETAILS),
    maybe("popularity", Double, "TMDB's popularity on the day of the fetch; not comparable between days."),
    maybe("vote_average", Double, "Mean user rating from 0 to 10; 0 where nobody voted."),
    maybe("vote_count", BigInteger, "Number of user ratings."),
    maybe("genre_ids", Integers, "TMDB genre ids."),
    maybe("genres", Texts, "Genre names in English, in the order of genre_ids where known."),
    maybe("production_company_ids", Integers, "TMDB company ids.", null=_NO_DETAILS),
    maybe("production_companies", Texts, "Company names.", null=_NO_DETAILS),
    maybe("keyword_ids", Integers, "TMDB keyword ids.", null=_NOT_ASKED_FOR),
    maybe("keywords", Texts, "Keyword names.", null=_NOT_ASKED_FOR),
    maybe("alternative_titles", Texts, "Alternative titles in any language.", null=_NOT_ASKED_FOR),
    some("origin", Text, "Where the row came from: `file` or `tmdb`."),
    maybe("fetched_at", Timestamp, "When TMDB said so.", null="where a film file does not tell"),
    CheckConstraint("tmdb_id > 0", name="tmdb_id_positive"),
    CheckConstraint("origin IN ('file', 'tmdb')", name="origin_known"),
    source="TMDB: its API, or a file of its movie objects (MOVIE_ASSETS_FILMS).",
)

raw_tmdb_movies_deleted = table(
    "raw_tmdb_movies_deleted",
    "Films that TMDB listed or had and has no longer: asked for twice, each time answered as gone.",
    key("tmdb_id", BigInteger, "TMDB's film id."),
    maybe("title", Text, "The title when it was last fetched.", null="if it never was"),
    maybe(
        "release_date",
        Text,
        "Primary release date when it was last fetched, as TMDB wrote it.",
        null="if it was never fetched or had none",
    ),
    maybe("fetched_at", Timestamp, "When TMDB last had it.", null="if it was gone before it was fetched"),
    some("missed_at", Timestamp, "When TMDB first answered that it has no such film."),
    some("confirmed_at", Timestamp, "When TMDB last repeated that."),
    CheckConstraint("confirmed_at >= missed_at", name="confirmed_after_missed"),
    may_be_empty=True,
    source="TMDB's API.",
)

tmdb_ingestions = table(
    "tmdb_ingestions",
    "Every completed ingestion from TMDB: what was asked for, came and did not. Empty where films are from a file.",
    key("started_at", Timestamp, "When the ingestion began; one that was interrupted goes on under its first start."),
    some("finished_at", Timestamp, "When the last of its films was there."),
    some("scope", Text, "Which films it was to hold: `brands`, `popular` or `catalogue`."),
    maybe("min_votes", BigInteger, "Fewest user ratings of the films that `popular` adds.", null="for other scopes"),
    some("requests", BigInteger, "Requests that it made, repeated ones included."),
    some("expected", BigInteger, "Entries that TMDB counted in the lists that were read in full, one list at a time."),
    some("received", BigInteger, "Distinct entries that those lists delivered."),
    some("repeated", BigInteger, "Entries delivered more than once within a list."),
    some("missing", BigInteger, "Entries counted but never delivered, and films listed but not readable."),
    some("films", BigInteger, "Films in scope that TMDB has; the rows of raw_tmdb_movies."),
    some("new_films", BigInteger, "Films in scope that were not stored before."),
    some("fetched_films", BigInteger, "Films whose details arrived, new ones included."),
    some("unchanged_films", BigInteger, "Films that TMDB said are as they were when they were fetched before."),
    some("deleted_films", BigInteger, "Films found to be deleted at TMDB in this ingestion."),
    some("problems", Texts, "What a person should look at, in words."),
    CheckConstraint("scope IN ('brands', 'popular', 'catalogue')", name="scope_known"),
    CheckConstraint("missing >= 0 AND repeated >= 0 AND requests >= 0", name="counts_not_negative"),
    may_be_empty=True,
    source="The ledger of what was fetched from TMDB's API.",
)
