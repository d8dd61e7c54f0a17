"""What one of a column's values is: US dollars, ratings, films.

Most units follow from the column's name, as a name that means two units would mislead readers anyway. Where the name
does not tell, the declaration does (`unit=`). A test holds that every number has a unit.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Text

_BY_NAME = tuple(
    (re.compile(pattern), unit)
    for pattern, unit in (
        (r"_usd$", "nominal US dollars"),
        (r"_minutes$", "minutes"),
        (r"(^|_)year$|^decade$", "calendar year"),
        (r"(^|_)ids?$", "identifier"),
        (r"(^|_)line$", "line number"),
        (r"(^|_)tier$", "tier"),
        (r"(^|_)rank(_low|_high)?$", "rank, 1 is first"),
        (r"^ranked_brands$", "brands"),
        (r"^films_per_decade$", "films per decade"),
        (r"(^|_)(films|candidates)(_so_far)?$|^film_weight$", "films"),
        (r"(^|_)releases$", "releases"),
        (r"^vote_count|^votes_|_votes$|^bayesian_m$", "ratings"),
        (r"^vote_average|^rating_|^bayesian_", "points of 10"),
        (r"percentile|(^|_)share(_|$)|coverage$", "fraction"),
        (r"_ratio$", "ratio"),
        (r"^popularity(_mean|_median)?$", "TMDB's points of popularity"),
        (r"(^|_)score$|^margin$", "points of evidence"),
        (r"^requests$", "requests"),
        (r"^(expected|received|repeated|missing)$", "entries of lists"),
        (r"^replicates$", "samples"),
    )
)


def unit_of(column: Column[Any]) -> str | None:
    """The unit of the column's values, or of its elements where it holds lists; None for text and where none is known.

    The declared one comes first, then that of the type, then that of the name.
    """
    declared: str | None = column.info.get("unit")
    if declared is not None:
        return declared
    type_ = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    if isinstance(type_, Text):
        return None
    if isinstance(type_, Boolean):
        return "true or false"
    if isinstance(type_, DateTime):
        return "moment, stored in UTC"
    if isinstance(type_, Date):
        return "day"
    return next((unit for pattern, unit in _BY_NAME if pattern.search(column.name)), None)
