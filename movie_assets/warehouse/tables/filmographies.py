"""Which films count for a brand: the rules that people wrote, what they bring in and what is left out."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Index, Text

from movie_assets.warehouse.tables.declaring import Texts, key, maybe, some, table

REASONS = "'top_release', 'company', 'keyword', 'person', 'curated'"
"""Why a film counts, in the order in which one is named where several hold."""

FILMS_OF_BRANDS = "movies.brand_films AS f INNER JOIN movies.normalized_movies AS m USING (tmdb_id)"
"""The rows over which the formulas of statistics aggregate."""

NO_RATING = "without a rated film"
NO_POPULARITY = "where popularity is known of none of the films"

brand_rules = table(
    "brand_rules",
    "What stands for a brand at TMDB, as people mapped it in the file of rules, and whether TMDB's names agree.",
    key("brand", Text, "Brand."),
    key("kind", Text, "What the value is: `company`, `keyword`, `people`, `included` or `excluded` (single films)."),
    key("value", Text, "TMDB id; of people also several joined by a comma, who count only where they worked together."),
    maybe("tmdb_entity_id", BigInteger, "The value as a number.", null="where it is not one id"),
    maybe("expected_name", Text, "Name that a company is expected to bear.", null="for other kinds"),
    maybe("found_name", Text, "Name it bears on the stored films.", null="where none names it, and for other kinds"),
    maybe(
        "names_agree",
        Boolean,
        "Whether the names can be one company's; a rule for which they cannot is not used.",
        null="where there are not two names",
    ),
    CheckConstraint("kind IN ('company', 'keyword', 'people', 'included', 'excluded')", name="kind_known"),
    may_be_empty=True,
    source="People, by way of the file of rules (MOVIE_ASSETS_BRAND_RULES), held against TMDB's names.",
)

tmdb_people_films = table(
    "tmdb_people_films",
    "The films that TMDB lists for the people in the brands' rules. Empty where films are from a file.",
    key("people", Text, "The value of the rule."),
    key("tmdb_id", BigInteger, "TMDB's film id."),
    may_be_empty=True,
    source="TMDB's API.",
)

brand_films = table(
    "brand_films",
    "Which films count for a brand, and why. A film counts once for a brand, and may count for several brands.",
    key("brand", Text, "Brand."),
    key("tmdb_id", BigInteger, "TMDB's film id."),
    some(
        "reason",
        Text,
        "The first of the reasons: top_release, company, keyword, person, curated (named by a person), in this order.",
    ),
    some("reasons", Texts, "Every reason for which the film counts."),
    some("title", Text, "The film's title."),
    maybe("release_date", Date, "The film's primary release date."),
    maybe("release_year", BigInteger, "The film's release year."),
    some("other_brands", Texts, "Other brands that the film counts for as well."),
    CheckConstraint(f"reason IN ({REASONS})", name="reason_known"),
    Index(None, "tmdb_id"),
    may_be_empty=True,
)

brand_films_left_out = table(
    "brand_films_left_out",
    "Films that a rule brings in and that do not count for the brand all the same.",
    key("brand", Text, "Brand."),
    key("tmdb_id", BigInteger, "TMDB's film id."),
    some("reasons", Texts, "Every reason for which the film would count."),
    some(
        "left_out_as",
        Texts,
        "Why it does not: `excluded` by a person, `adult`, `video`, `tv_movie`, `short` (under 40 minutes) or "
        "`unreleased` (another status than Released, no release date, or one to come).",
    ),
    some("title", Text, "The film's title."),
    maybe("release_year", BigInteger, "The film's release year."),
    may_be_empty=True,
)
