"""How far what is measured of a brand could be another by chance, and what it was on earlier days."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Double, Text

from movie_assets.warehouse.tables.declaring import key, some, table
from movie_assets.warehouse.tables.filmographies import FILMS_OF_BRANDS
from movie_assets.warehouse.tables.statistics import brand_stats

_OF_THE_MEASURE = "the measure's: points of 10, ratings, or a fraction"

brand_intervals = table(
    "brand_intervals",
    "How far a brand's figures could be others by chance: bootstrap intervals over its films, and of its rank.",
    key("brand", Text, "Brand."),
    key(
        "measure",
        Text,
        "`rating` (mean vote_average of the rated films), `votes` (median vote_count of the films) or `popularity` "
        "(mean popularity_percentile of the films for which it is known).",
    ),
    some("films", BigInteger, "Sample size: films for which the measure is known; at least 5."),
    some("estimate", Double, "The measure over all of them.", unit=_OF_THE_MEASURE),
    some("low", Double, "2.5th percentile of the measure over the replicates.", unit=_OF_THE_MEASURE),
    some("high", Double, "97.5th percentile of the measure over the replicates.", unit=_OF_THE_MEASURE),
    some("rank_low", BigInteger, "Best rank that is not unlikely: 2.5th percentile of the rank, rounded down."),
    some("rank_high", BigInteger, "Worst rank that is not unlikely: 97.5th percentile of the rank, rounded up."),
    some("ranked_brands", BigInteger, "Brands with an interval of this measure, among which the rank is."),
    some("replicates", BigInteger, "Samples with replacement that were drawn of each brand's films."),
    CheckConstraint("measure IN ('rating', 'votes', 'popularity')", name="measure_known"),
    CheckConstraint("films >= 5", name="films_enough"),
    CheckConstraint("low <= high AND rank_low BETWEEN 1 AND rank_high AND rank_high <= ranked_brands", name="ordered"),
    may_be_empty=True,
)

brand_stats_history = table(
    "brand_stats_history",
    "brand_stats as it was at the end of each day on which it was computed. For trends take the percentiles: TMDB's "
    "popularity is not comparable between days.",
    key("snapshot_date", Date, "Day of the snapshot, UTC. The last refresh of a day counts."),
    *(
        Column(
            column.name,
            column.type,
            primary_key=bool(column.primary_key),
            autoincrement=False,
            # Early snapshots lack columns that came later.
            nullable=not column.primary_key,
            comment=column.comment,
            info=column.info,
        )
        for column in brand_stats.columns
    ),
    some("brands_sha256", Text, "SHA-256 of the brand file that the snapshot was computed from."),
    some("scoring_version", Text, "Version of the matching's weights."),
    mode="snapshot",
    over=FILMS_OF_BRANDS,
)
