"""What is measured of a brand, and over which films."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Double, Text

from movie_assets.warehouse.tables.declaring import key, maybe, some, table

brand_films = table(
    "brand_films",
    "Which films count for a brand, and why.",
    key("brand", Text, "Brand."),
    key("tmdb_id", BigInteger, "TMDB's film id."),
    some("reason", Text, "Why the film counts: `top_release`."),
    some("title", Text, "The film's title."),
    maybe("release_year", BigInteger, "The film's release year."),
    CheckConstraint("reason IN ('top_release')", name="reason_known"),
    may_be_empty=True,
)

brand_stats = table(
    "brand_stats",
    "The metrics of a brand in a scope. NULL means unknown. Brands overlap, so totals must not be added up.",
    key("brand", Text, "Brand."),
    key("scope", Text, "Films the metrics cover: `top_release` is the #1 release alone."),
    some("total_gross_usd", BigInteger, "Gross of all the brand's releases in the US and Canada, nominal US dollars."),
    some("releases", BigInteger, "Number of releases the total covers, re-releases included."),
    maybe("gross_per_release_usd", Double, "total_gross_usd / releases; NULL when there are none."),
    some("top_release", Text, "Title of the brand's #1 release."),
    some("top_release_gross_usd", BigInteger, "Its gross in the US and Canada, nominal US dollars."),
    maybe(
        "top_release_share",
        Double,
        "top_release_gross_usd / total_gross_usd, from 0 to 1; NULL where the file contradicts itself.",
    ),
    some("match_status", Text, "Decision on the #1 release: matched, review or unmatched."),
    some("films", BigInteger, "Films in scope: the sample size of what follows unless a column names its own."),
    some("rated_films", BigInteger, "Films in scope with at least one rating: n of the rating metrics."),
    maybe("vote_average_mean", Double, "Mean of the films' vote_average, from 0 to 10."),
    maybe("vote_average_weighted", Double, "Mean of vote_average weighted by vote_count, from 0 to 10."),
    maybe("vote_count_sum", BigInteger, "Sum of the films' user ratings; NULL without films."),
    maybe("vote_count_median", Double, "Median of the films' user ratings."),
    some("popularity_films", BigInteger, "Films in scope with a known popularity: n of the popularity metrics."),
    maybe("popularity_mean", Double, "Mean popularity; comparable within one snapshot only."),
    maybe("popularity_percentile_mean", Double, "Mean popularity percentile, from 0 to 1."),
    some("revenue_films", BigInteger, "Films in scope with a known worldwide gross: n of revenue_sum_usd."),
    maybe("revenue_sum_usd", BigInteger, "Sum of the films' worldwide gross (TMDB), nominal US dollars."),
    maybe("first_year", BigInteger, "Release year of the first film in scope."),
    maybe("last_year", BigInteger, "Release year of the last film in scope."),
    CheckConstraint("scope IN ('top_release')", name="scope_known"),
    CheckConstraint("top_release_share BETWEEN 0 AND 1", name="top_release_share_in_range"),
)
