"""Which film a brand's #1 release is: the evidence, the decisions, and what people decided."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Double, Text

from movie_assets.warehouse.tables.declaring import Texts, key, maybe, some, table

brand_film_candidates = table(
    "brand_film_candidates",
    "The evidence for and against every film that could be a brand's #1 release.",
    key("brand", Text, "Brand."),
    key("tmdb_id", BigInteger, "TMDB id of the candidate."),
    some("top_release", Text, "Title of the brand's #1 release."),
    some("top_release_gross_usd", BigInteger, "Its gross in the US and Canada, nominal US dollars."),
    some("title", Text, "The candidate's title."),
    maybe("original_title", Text, "The candidate's title in its original language."),
    maybe("original_language", Text, "ISO 639-1 code of the candidate's original language."),
    maybe("release_date", Date, "The candidate's primary release date."),
    some("title_key", Text, "The strongest key that both titles share; the candidate's own where none is shared."),
    some(
        "key_tier", BigInteger, "The weaker of both sides' tiers for that key, 1 strongest; 5 is no key, only likeness."
    ),
    some("key_field", Text, "The candidate's field that carries the key."),
    maybe(
        "likeness",
        Double,
        "How alike the titles look, from 0 to 100.",
        null="where a key is shared",
        unit="points of 100",
    ),
    maybe("revenue_usd", BigInteger, "The candidate's worldwide gross, nominal US dollars."),
    maybe(
        "revenue_ratio",
        Double,
        "Worldwide gross over the brand file's gross; a true match is rarely below 0.98.",
        formula="revenue_usd / top_release_gross_usd",
        null="where either is unknown or zero",
    ),
    some("vote_count", BigInteger, "The candidate's number of user ratings."),
    maybe("popularity_percentile", Double, "The candidate's popularity percentile, from 0 to 1; shown, not scored."),
    some("brand_verdict", Text, "What is known of the brand on the film; see movie_assets/matching/brand_evidence.py."),
    some("brand_companies", Texts, "Production companies that bear the name of the brand, or of one that shares it."),
    some("brand_keywords", Texts, "Keywords of the film that hold the brand's name."),
    maybe(
        "year_fits",
        Boolean,
        "Whether the year in the title is the film's.",
        null="where the title carries none or the film has no date",
    ),
    some(
        "penalties", Texts, "What makes the entry an unlikely #1 release: adult, video, short, unreleased and others."
    ),
    some("title_score", Double, "Points for the strength of the shared key."),
    some("revenue_score", Double, "Points for or against by the gross."),
    some("audience_score", Double, "Points for the number of ratings beside what the gross lets expect."),
    some("era_score", Double, "Points against years in which hardly a film sold so many tickets."),
    some("year_score", Double, "Points for or against by the year in the title."),
    some("language_score", Double, "Points against films that are not in English."),
    some("brand_score", Double, "Points for or against by the brand's name on the film."),
    some("penalty_score", Double, "Points for the penalties."),
    some(
        "score",
        Double,
        "Sum of the points.",
        formula="round(cast(title_score + revenue_score + audience_score + era_score + year_score + language_score"
        " + brand_score + penalty_score AS numeric), 6)",
    ),
    some("rank", BigInteger, "Place among the brand's candidates; 1 is best."),
    some("scoring_version", Text, "Version of the weights that made the score."),
    CheckConstraint("rank >= 1", name="rank_positive"),
    CheckConstraint(
        "key_tier BETWEEN 1 AND 5 AND (key_tier = 5) = (likeness IS NOT NULL)", name="likeness_without_key"
    ),
    CheckConstraint(
        "brand_verdict IN ('own', 'shared', 'keyword', 'none', 'contradicted')", name="brand_verdict_known"
    ),
    may_be_empty=True,
)

brand_film_matches = table(
    "brand_film_matches",
    "The decision for every brand: which film its #1 release is, or why that is left open.",
    key("brand", Text, "Brand."),
    some("top_release", Text, "Title of the brand's #1 release."),
    some("top_release_gross_usd", BigInteger, "Its gross in the US and Canada, nominal US dollars."),
    some("status", Text, "`matched`, `review` (a person should decide) or `unmatched` (no film)."),
    maybe("tmdb_id", BigInteger, "TMDB id of the film.", null="unless matched"),
    maybe("title", Text, "TMDB title of the matched film.", null="unless matched"),
    maybe(
        "release_year",
        BigInteger,
        "Release year of the matched film.",
        null="unless matched, or where the film has no date",
    ),
    maybe(
        "method",
        Text,
        "`title` or `title_and_evidence` where matched by rules, `override` where a person decided.",
        null="unless decided for a film or, by a person, for none",
    ),
    maybe("score", Double, "Score of the best candidate.", null="without candidates"),
    maybe("margin", Double, "Lead over the runner-up.", null="where there is none"),
    some("n_candidates", BigInteger, "Number of candidates."),
    maybe("runner_up_tmdb_id", BigInteger, "TMDB id of the second-best candidate.", null="where there is none"),
    some("reason", Text, "The decision in words; for a review with the best candidates."),
    some("scoring_version", Text, "Version of the weights that made the decision."),
    CheckConstraint("status IN ('matched', 'review', 'unmatched')", name="status_known"),
    CheckConstraint("(status = 'matched') = (tmdb_id IS NOT NULL)", name="film_only_when_matched"),
    CheckConstraint(
        "(status = 'unmatched') = (n_candidates = 0) OR (method IS NOT NULL AND method = 'override')",
        name="unmatched_without_candidates",
    ),
)

brand_match_overrides = table(
    "brand_match_overrides",
    "People's decisions on #1 releases, and what became of each.",
    key("brand", Text, "Brand, as the file of overrides names it."),
    key("top_release", Text, "Title of the #1 release that the decision is about."),
    maybe(
        "tmdb_id",
        BigInteger,
        "TMDB id of the film that was decided for.",
        null="where the IMDb id tells, or it is no film",
    ),
    maybe(
        "imdb_id", Text, "IMDb id of the film that was decided for.", null="where the TMDB id tells, or it is no film"
    ),
    some("who", Text, "Who decided.", withheld="a person's name"),
    some("why", Text, "Why."),
    some("source_line", BigInteger, "Line of the file of overrides."),
    some("effect", Text, "`decides`, `unnecessary`, `contradicts`, `film_unknown` or `unused`."),
    CheckConstraint(
        "effect IN ('decides', 'unnecessary', 'contradicts', 'film_unknown', 'unused')", name="effect_known"
    ),
    may_be_empty=True,
    source="People, by way of the file of overrides (MOVIE_ASSETS_MATCH_OVERRIDES).",
)
