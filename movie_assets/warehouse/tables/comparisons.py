"""Brands beside each other, and the films of a brand by genre and by year."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Double, Text

from movie_assets.warehouse.tables.declaring import Integers, Texts, key, maybe, some, table
from movie_assets.warehouse.tables.filmographies import FILMS_OF_BRANDS, NO_POPULARITY, NO_RATING

brand_overlaps = table(
    "brand_overlaps",
    "Pairs of brands with films in common; each pair stands in both orders.",
    key("brand", Text, "Brand."),
    key("other_brand", Text, "The other brand."),
    some("shared_films", BigInteger, "Films that count for both."),
    some("share_of_brand", Double, "Share of the brand's films that count for the other as well, from 0 to 1."),
    some("tmdb_ids", Integers, "The shared films, ascending."),
    some("titles", Texts, "Their titles in the same order."),
    may_be_empty=True,
)

_TOO_FEW = "where a side has fewer than 5 films for which it is known"
_VERDICT = "`higher` or `lower` where the interval leaves 0 out, otherwise `undecided`."

brand_comparison = table(
    "brand_comparison",
    "Pairs of brands, in both orders: how their filmographies differ, without the films they share. Differences are "
    "brand minus other_brand, with 95% bootstrap intervals where both sides have 5 films or more.",
    key("brand", Text, "Brand."),
    key("other_brand", Text, "The brand it is compared with."),
    some("films", BigInteger, "Films of the brand that do not count for the other."),
    some("other_films", BigInteger, "Films of the other brand that do not count for the brand."),
    some("shared_films", BigInteger, "Films that count for both and are left out; see brand_overlaps."),
    some("rated_films", BigInteger, "Films of `films` with at least one rating."),
    some("other_rated_films", BigInteger, "Films of `other_films` with at least one rating."),
    maybe(
        "rating_difference",
        Double,
        "Difference of the means of vote_average, in points of 10.",
        null="where a side has no rated film",
    ),
    maybe("rating_low", Double, "Lower end of its 95% interval.", null=_TOO_FEW),
    maybe("rating_high", Double, "Upper end of its 95% interval.", null=_TOO_FEW),
    maybe("rating_verdict", Text, _VERDICT, null="without an interval"),
    maybe("votes_difference", Double, "Difference of the medians of vote_count.", null="where a side has no film"),
    maybe("votes_low", Double, "Lower end of its 95% interval.", null=_TOO_FEW),
    maybe("votes_high", Double, "Upper end of its 95% interval.", null=_TOO_FEW),
    maybe("votes_verdict", Text, _VERDICT, null="without an interval"),
    some("popularity_films", BigInteger, "Films of `films` with a known popularity."),
    some("other_popularity_films", BigInteger, "Films of `other_films` with a known popularity."),
    maybe(
        "popularity_difference",
        Double,
        "Difference of the means of popularity_percentile, from -1 to 1.",
        null="where popularity is known of none of a side's films",
        unit="fraction",
    ),
    maybe("popularity_low", Double, "Lower end of its 95% interval.", null=_TOO_FEW, unit="fraction"),
    maybe("popularity_high", Double, "Upper end of its 95% interval.", null=_TOO_FEW, unit="fraction"),
    maybe("popularity_verdict", Text, _VERDICT, null="without an interval"),
    CheckConstraint("brand <> other_brand", name="of_two_brands"),
    CheckConstraint(
        "rating_verdict IN ('higher', 'lower', 'undecided') AND votes_verdict IN ('higher', 'lower', 'undecided')"
        " AND popularity_verdict IN ('higher', 'lower', 'undecided')",
        name="verdicts_known",
    ),
    may_be_empty=True,
)

genre_stats = table(
    "genre_stats",
    "A brand's films by genre, scope filmography. A film of k genres counts for each of them, in film_weight by 1 / k.",
    key("brand", Text, "Brand."),
    key("genre", Text, "TMDB's genre name in English."),
    some("films", BigInteger, "Films of the genre; a film of several genres is in several rows.", formula="count(*)"),
    some(
        "film_weight",
        Double,
        "Films of the genre, each by 1 / its number of genres; adds up to genre_films.",
        formula="sum(1.0 / cardinality(genres))",
    ),
    some("genre_films", BigInteger, "The brand's films with known genres."),
    some(
        "film_share",
        Double,
        "Share of the genre, from 0 to 1; adds up to 1 over a brand's genres.",
        formula="film_weight / genre_films",
    ),
    some(
        "rated_films",
        BigInteger,
        "Films of the genre with at least one rating: n of vote_average_mean.",
        formula="count(vote_average)",
    ),
    maybe(
        "vote_average_mean",
        Double,
        "Mean of their vote_average, from 0 to 10.",
        formula="avg(vote_average)",
        null=NO_RATING,
    ),
    some("vote_count_sum", BigInteger, "Sum of the user ratings of the genre's films.", formula="sum(vote_count)"),
    maybe(
        "popularity_percentile_mean",
        Double,
        "Mean popularity percentile where known, from 0 to 1.",
        formula="avg(popularity_percentile)",
        null=NO_POPULARITY,
    ),
    may_be_empty=True,
    over=f"{FILMS_OF_BRANDS} CROSS JOIN LATERAL unnest(m.genres) AS genre",
)

yearly_stats = table(
    "yearly_stats",
    "A brand's films by release year, scope filmography. Years without a film have no row.",
    key("brand", Text, "Brand."),
    key("release_year", BigInteger, "Release year."),
    some("decade", BigInteger, "First year of the decade, such as 1990.", formula="10 * floor(release_year / 10)"),
    some("films", BigInteger, "Films of the year.", formula="count(*)"),
    some(
        "films_so_far",
        BigInteger,
        "Films up to and including the year.",
        formula="sum(films) OVER (PARTITION BY brand ORDER BY release_year)",
    ),
    some(
        "rated_films",
        BigInteger,
        "Films of the year with at least one rating: n of vote_average_mean.",
        formula="count(vote_average)",
    ),
    maybe(
        "vote_average_mean",
        Double,
        "Mean of their vote_average, from 0 to 10.",
        formula="avg(vote_average)",
        null=NO_RATING,
    ),
    some("vote_count_sum", BigInteger, "Sum of the user ratings of the year's films.", formula="sum(vote_count)"),
    maybe(
        "popularity_percentile_mean",
        Double,
        "Mean popularity percentile where known, from 0 to 1.",
        formula="avg(popularity_percentile)",
        null=NO_POPULARITY,
    ),
    some(
        "revenue_films",
        BigInteger,
        "Films of the year with a known worldwide gross: n of revenue_sum_usd.",
        formula="count(revenue_usd)",
    ),
    maybe(
        "revenue_sum_usd",
        BigInteger,
        "Sum of their worldwide gross (TMDB), nominal US dollars.",
        formula="sum(revenue_usd)",
        null="where it is known of none of them",
    ),
    may_be_empty=True,
    over=FILMS_OF_BRANDS,
)
