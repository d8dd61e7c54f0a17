"""What is measured of a brand."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Double, Text

from movie_assets.warehouse.tables.declaring import Texts, Timestamp, key, maybe, some, table
from movie_assets.warehouse.tables.filmographies import FILMS_OF_BRANDS, NO_POPULARITY, NO_RATING

_TOO_FEW = "with fewer than 5 films for which it is known, and in scope top_release"
_NO_DATE = "where no film of the scope has a date"

brand_stats = table(
    "brand_stats",
    "The metrics of a brand in a scope. NULL means unknown. Brands overlap, so totals must not be added up.",
    key("brand", Text, "Brand."),
    key(
        "scope",
        Text,
        "Films the metrics cover: `top_release` is the #1 release alone, `filmography` all films of brand_films, for "
        "brands that have a rule.",
    ),
    some("basis", Texts, "Reasons for which films of the scope count; see brand_films.reason."),
    maybe("remark", Text, "What to bear in mind about the row, in words.", null="where there is nothing"),
    some("total_gross_usd", BigInteger, "Gross of all the brand's releases in the US and Canada, nominal US dollars."),
    some("releases", BigInteger, "Number of releases the total covers, re-releases included."),
    maybe(
        "gross_per_release_usd",
        Double,
        "Gross per release, nominal US dollars.",
        formula="total_gross_usd / releases",
        null="when there are none",
    ),
    some("top_release", Text, "Title of the brand's #1 release."),
    some("top_release_gross_usd", BigInteger, "Its gross in the US and Canada, nominal US dollars."),
    maybe(
        "top_release_share",
        Double,
        "Concentration: the #1 release's share in the total, from 0 to 1.",
        formula="top_release_gross_usd / total_gross_usd",
        null="where the file contradicts itself or the total is zero",
    ),
    some("match_status", Text, "Decision on the #1 release: matched, review or unmatched."),
    some("matched_releases", BigInteger, "1 where the #1 release is matched, else 0: brands can be counted."),
    some("review_releases", BigInteger, "1 where the #1 release is in review, else 0."),
    some("candidates", BigInteger, "Films that could be the #1 release."),
    some(
        "films",
        BigInteger,
        "Films in scope: the sample size of what follows unless a column names its own.",
        formula="count(*)",
    ),
    maybe(
        "coverage",
        Double,
        "Films over the releases of the brand file. Releases count re-releases, and stop at the file's date: a "
        "coverage of 1 does not prove that the films are the same.",
        formula="films / releases",
        null="in scope top_release and without releases",
    ),
    maybe(
        "coverage_exceeded",
        Boolean,
        "Whether there are clearly more films than the brand file has releases.",
        formula="coverage > 1.05",
        null="where coverage is",
    ),
    some(
        "rated_films",
        BigInteger,
        "Films in scope with at least one rating: n of the rating metrics.",
        formula="count(vote_average)",
    ),
    maybe(
        "vote_average_mean",
        Double,
        "Mean of the films' vote_average, from 0 to 10.",
        formula="avg(vote_average)",
        null=NO_RATING,
    ),
    maybe(
        "vote_average_median",
        Double,
        "Median of the films' vote_average, from 0 to 10.",
        formula="percentile_cont(0.5) WITHIN GROUP (ORDER BY vote_average)",
        null=NO_RATING,
    ),
    maybe(
        "vote_average_weighted",
        Double,
        "Mean of vote_average weighted by vote_count, from 0 to 10.",
        formula="sum(vote_average * vote_count) / sum(vote_count) FILTER (WHERE vote_average IS NOT NULL)",
        null=NO_RATING,
    ),
    maybe(
        "vote_average_sd",
        Double,
        "Standard deviation (n - 1) of the films' vote_average.",
        formula="stddev_samp(vote_average)",
        null="below two rated films and in scope top_release",
    ),
    maybe(
        "bayesian_rating",
        Double,
        "Mean over the rated films of (v R + m C) / (v + m), where R is vote_average and v is vote_count.",
        null=NO_RATING,
    ),
    maybe(
        "bayesian_m",
        Double,
        "m: median vote_count of all brands' rated films, each film once.",
        null="where no brand has a rated film",
    ),
    maybe(
        "bayesian_c",
        Double,
        "C: mean vote_average of all brands' rated films, each film once.",
        null="where no brand has a rated film",
    ),
    maybe(
        "vote_average_low",
        Double,
        "Lower end of the 95% interval of vote_average_mean; see brand_intervals.",
        null=_TOO_FEW,
    ),
    maybe("vote_average_high", Double, "Upper end of the 95% interval of vote_average_mean.", null=_TOO_FEW),
    maybe(
        "rating_rank",
        BigInteger,
        "Rank by vote_average_mean, 1 is highest: in scope filmography among brands with an interval, in scope "
        "top_release among those with a rating.",
        null="where the brand is not among them",
    ),
    maybe("rating_rank_low", BigInteger, "Best rank within the 95% interval.", null=_TOO_FEW),
    maybe("rating_rank_high", BigInteger, "Worst rank within the 95% interval.", null=_TOO_FEW),
    maybe(
        "vote_count_sum", BigInteger, "Sum of the films' user ratings.", formula="sum(vote_count)", null="without films"
    ),
    maybe(
        "vote_count_median",
        Double,
        "Median of the films' user ratings.",
        formula="percentile_cont(0.5) WITHIN GROUP (ORDER BY vote_count)",
        null="without films",
    ),
    maybe("vote_count_low", Double, "Lower end of the 95% interval of vote_count_median.", null=_TOO_FEW),
    maybe("vote_count_high", Double, "Upper end of the 95% interval of vote_count_median.", null=_TOO_FEW),
    maybe("votes_rank", BigInteger, "Rank by vote_count_median, 1 is highest, as rating_rank.", null="as rating_rank"),
    maybe("votes_rank_low", BigInteger, "Best rank within the 95% interval.", null=_TOO_FEW),
    maybe("votes_rank_high", BigInteger, "Worst rank within the 95% interval.", null=_TOO_FEW),
    some(
        "popularity_films",
        BigInteger,
        "Films in scope with a known popularity: n of the popularity metrics.",
        formula="count(popularity)",
    ),
    maybe(
        "popularity_mean",
        Double,
        "Mean popularity; comparable within one snapshot only.",
        formula="avg(popularity)",
        null=NO_POPULARITY,
    ),
    maybe(
        "popularity_median",
        Double,
        "Median popularity; comparable within one snapshot only.",
        formula="percentile_cont(0.5) WITHIN GROUP (ORDER BY popularity)",
        null=NO_POPULARITY,
    ),
    maybe(
        "popularity_percentile_mean",
        Double,
        "Mean popularity percentile, from 0 to 1.",
        formula="avg(popularity_percentile)",
        null=NO_POPULARITY,
    ),
    maybe(
        "popularity_percentile_median",
        Double,
        "Median popularity percentile, from 0 to 1.",
        formula="percentile_cont(0.5) WITHIN GROUP (ORDER BY popularity_percentile)",
        null=NO_POPULARITY,
    ),
    maybe(
        "popularity_percentile_low",
        Double,
        "Lower end of the 95% interval of popularity_percentile_mean.",
        null=_TOO_FEW,
    ),
    maybe(
        "popularity_percentile_high",
        Double,
        "Upper end of the 95% interval of popularity_percentile_mean.",
        null=_TOO_FEW,
    ),
    maybe(
        "popularity_rank",
        BigInteger,
        "Rank by popularity_percentile_mean, 1 is highest, as rating_rank.",
        null="as rating_rank",
    ),
    maybe("popularity_rank_low", BigInteger, "Best rank within the 95% interval.", null=_TOO_FEW),
    maybe("popularity_rank_high", BigInteger, "Worst rank within the 95% interval.", null=_TOO_FEW),
    some(
        "revenue_films",
        BigInteger,
        "Films in scope with a known worldwide gross: n of revenue_sum_usd.",
        formula="count(revenue_usd)",
    ),
    maybe(
        "revenue_coverage",
        Double,
        "Share of the films whose worldwide gross is known, from 0 to 1.",
        formula="revenue_films / films",
        null="without films",
    ),
    maybe(
        "revenue_sum_usd",
        BigInteger,
        "Sum of the films' worldwide gross (TMDB), nominal US dollars.",
        formula="sum(revenue_usd)",
        null="where it is known of none of the films",
    ),
    maybe(
        "domestic_share_mixed_sources",
        Double,
        "top_release_gross_usd (Box Office Mojo, US and Canada) / worldwide gross (TMDB) of the matched film. Two "
        "sources with different cut-offs, so it is a rough figure.",
        null="where unmatched, unknown or above 1",
    ),
    some(
        "return_films",
        BigInteger,
        "Films in scope with known budget and worldwide gross: n of return_median.",
        formula="count(*) FILTER (WHERE budget_usd IS NOT NULL AND revenue_usd IS NOT NULL)",
    ),
    maybe(
        "return_median",
        Double,
        "Median of worldwide gross / budget (both TMDB), before the cinemas' share.",
        formula="percentile_cont(0.5) WITHIN GROUP (ORDER BY revenue_usd / budget_usd)",
        null="where no film has both",
        unit="multiples of the budget",
    ),
    some(
        "dated_films",
        BigInteger,
        "Films in scope with a known release year: n of the years.",
        formula="count(m.release_year)",
    ),
    maybe(
        "first_year",
        BigInteger,
        "Release year of the first film in scope.",
        formula="min(m.release_year)",
        null=_NO_DATE,
    ),
    maybe(
        "last_year", BigInteger, "Release year of the last film in scope.", formula="max(m.release_year)", null=_NO_DATE
    ),
    maybe(
        "films_per_decade",
        Double,
        "Films per ten years between the first and the last. By year: yearly_stats.",
        formula="10 * dated_films / (last_year - first_year + 1)",
        null="in scope top_release and without dated films",
    ),
    some(
        "genre_films",
        BigInteger,
        "Films in scope with known genres: n of main_genre_share.",
        formula="count(*) FILTER (WHERE cardinality(genres) > 0)",
    ),
    maybe(
        "main_genre",
        Text,
        "Genre with the largest share; of equals the first by name. All: genre_stats.",
        null="without known genres",
    ),
    maybe(
        "main_genre_share",
        Double,
        "Its share, from 0 to 1, where a film of k genres counts 1 / k for each.",
        null="without known genres",
    ),
    maybe(
        "fetched_from",
        Timestamp,
        "When the oldest of the films' facts were fetched.",
        formula="min(fetched_at)",
        null="where unknown for all",
    ),
    maybe(
        "fetched_to",
        Timestamp,
        "When the newest of the films' facts were fetched.",
        formula="max(fetched_at)",
        null="where unknown for all",
    ),
    CheckConstraint("scope IN ('top_release', 'filmography')", name="scope_known"),
    CheckConstraint("top_release_share BETWEEN 0 AND 1", name="top_release_share_in_range"),
    CheckConstraint(
        "scope <> 'top_release' OR (vote_average_sd IS NULL AND vote_average_low IS NULL AND vote_count_low IS NULL"
        " AND popularity_percentile_low IS NULL AND coverage IS NULL)",
        name="no_spread_of_one_film",
    ),
    over=FILMS_OF_BRANDS,
)
