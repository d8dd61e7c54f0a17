"""What each piece of evidence is worth, in points: natural logarithms of likelihood ratios, so that they add up.

A point of evidence compares how often it is seen for the film meant with how often for another film of the same title.
Three points make a film about twenty times as likely to be the one meant. The numbers in `Weights` were fitted on
titles with known US and Canadian grosses and on worldwide grosses and ratings of films; docs/matching.md derives them
and `python -m benchmarks.matching` refits the fitted ones for its cross-validation. No film or brand is named.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from movie_assets.matching.titles import ALIKE, LOOSE, PLAIN, REWRITTEN, SPELLING

FIELD_POINTS: Final = MappingProxyType({"title": 0.0, "original_title": -0.3, "alternative_title": -0.6})
BRAND_POINTS: Final = MappingProxyType({"own": 2.5, "shared": 2.0, "keyword": 2.0, "none": 0.0, "contradicted": -3.0})
TITLE_YEAR_POINTS: Final = MappingProxyType({True: 2.5, False: -5.0})
FOREIGN_POINTS: Final = -1.0
PENALTY_POINTS: Final = MappingProxyType(
    {
        "adult": -4.0,
        "video": -1.5,
        "short": -3.0,
        "unreleased": -4.0,
        "undated": -1.0,
        "television": -2.0,
        "documentary": -1.0,
        "newer than its sequel": -4.0,
    }
)

# Average price of a US cinema ticket in dollars, as the National Association of Theatre Owners published it.
_TICKET_PRICES: Final = (
    *((1935, 0.24), (1940, 0.24), (1950, 0.46), (1960, 0.69), (1970, 1.55), (1975, 2.05), (1980, 2.69), (1985, 3.55)),
    *((1990, 4.23), (1995, 4.35), (2000, 5.39), (2005, 6.41), (2010, 7.89), (2015, 8.43), (2020, 9.37), (2024, 11.31)),
)


@dataclass(frozen=True, slots=True)
class Weights:
    """The fitted numbers. Ratios are worldwide gross over US and Canadian gross; ratings are decimal logarithms."""

    title: MappingProxyType[int, float] = field(
        default_factory=lambda: MappingProxyType({SPELLING: 3.0, PLAIN: 2.8, REWRITTEN: 2.0, LOOSE: 0.5, ALIKE: -2.0})
    )
    ratio_log_2000: float = 0.71
    """Mean natural logarithm of the ratio for a film of 2000."""
    ratio_log_per_decade: float = 0.09
    ratio_log_sd: float = 0.33
    ratings_log_at_100m: float = 3.56
    """Mean decimal logarithm of the number of ratings of a film that took $100 million."""
    ratings_log_per_decade_of_gross: float = 1.15
    ratings_log_sd: float = 0.60
    ratings_log_shift: float = 0.0
    """Decimal logarithm of the factor that the catalogue's ratings lack to the snapshots of the fit; see `vintage`."""
    tickets_exponent: float = 1.5
    """How steeply grosses thin out: twice the tickets are 2 ** exponent times as rare."""


DEFAULT_WEIGHTS: Final = Weights()

RATIO_FLOOR: Final = 0.9
"""Below this share of the US and Canadian gross, a worldwide gross contradicts it."""
RATIO_CEILING: Final = MappingProxyType({False: 8.0, True: 500.0})
"""Above this, it contradicts as well: for films in English or an unknown language, and for others."""
_COPIED: Final = 0.0002
_COPIED_UNTIL, _COPIED_OLD, _COPIED_RECENT = 1985, 4.0, 2.5
_FOREIGN_RATIO_LOG, _FOREIGN_RATIO_SD, _FOREIGN_RATIO_BEST = 1.6, 1.2, 1.0
_RATIO_BEST, _RATIO_AT_HOME, _RATIO_WORST, RATIO_CONTRADICTED = 2.0, 0.2, -1.7, -4.0
_WIDE_RELEASE_USD: Final = 10_000_000
_REVENUE_MISSING: Final = -1.0
_RATIO_DOUBTFUL_BELOW: Final = 0.98
_RATIO_DOUBTFUL: Final = -1.0
_ROUND_USD: Final = 1_000
_ROUND_ABROAD, _NOT_ROUND_ABROAD, _ROUND_ABROAD_UNTIL = 4.0, -1.0, 1999

_RATINGS_FALL = 1.7
_RATINGS_FLOOR = -4.0
_SMALL_GROSS_LOG, _SMALL_GROSS_SLOPE, _SMALL_GROSS_SD_SLOPE, _SMALL_GROSS_SD_MOST = 7.0, 0.55, 0.15, 0.8
_FOREIGN_RATINGS = -0.4
_UNKNOWN_GROSS_LOG = 7.5
_LEAST_MEAN = 1.0
_MOST_RATINGS = 1_000_000

_TICKETS_OF_A_HIT = 20_000_000
_ERA_WORST = -5.0
_HOME_VIDEO = 1985


def title_points(tier: int, field: str, likeness: float | None, *, weights: Weights = DEFAULT_WEIGHTS) -> float:
    """Points for the tier and field of the key; ten percent less likeness, where no key is shared, cost a point."""
    unlike = 0.0 if likeness is None else (100 - likeness) / 10
    return weights.title[tier] + FIELD_POINTS[field] - unlike


def ratio_contradicts(ratio: float | None, *, foreign: bool) -> bool:
    """Whether a worldwide gross cannot be that of a film with this US and Canadian gross."""
    return ratio is not None and not RATIO_FLOOR <= ratio <= RATIO_CEILING[foreign]


def revenue_points(
    ratio: float | None, gross_usd: int, year: int | None, *, foreign: bool, weights: Weights = DEFAULT_WEIGHTS
) -> float:
    """Points for worldwide gross over the brand file's gross; `ratio` is None where either is unknown."""
    if ratio is None:
        return _REVENUE_MISSING if gross_usd >= _WIDE_RELEASE_USD else 0.0
    if ratio_contradicts(ratio, foreign=foreign):
        return RATIO_CONTRADICTED
    if abs(ratio - 1) <= _COPIED:
        # TMDB holds the US and Canadian gross alone for many old films and a few recent ones; another film of the title
        # hardly has the same by chance.
        return _COPIED_OLD if year is not None and year <= _COPIED_UNTIL else _COPIED_RECENT
    if ratio < _RATIO_DOUBTFUL_BELOW:
        return _RATIO_DOUBTFUL
    log_ratio = math.log(ratio)
    if foreign:
        distance = (log_ratio - _FOREIGN_RATIO_LOG) / _FOREIGN_RATIO_SD
        return max(_FOREIGN_RATIO_BEST - distance**2 / 2, _RATIO_WORST)
    expected = weights.ratio_log_2000 + weights.ratio_log_per_decade * _decades_since_2000(year)
    distance = (log_ratio - expected) / weights.ratio_log_sd
    # Comedies and sports films often take little abroad, in every year; few films take much more than expected.
    return max(_RATIO_BEST - distance**2 / 2, _RATIO_AT_HOME if distance < 0 else _RATIO_WORST)


def abroad_is_round(revenue_usd: int | None, gross_usd: int) -> bool | None:
    """Whether a worldwide gross is the brand file's gross and whole thousands from abroad: equal in its last digits.

    None where this tells nothing: an amount is unknown or itself whole thousands, or the two are equal.
    """
    if not revenue_usd or revenue_usd % _ROUND_USD == 0 or gross_usd % _ROUND_USD == 0 or revenue_usd <= gross_usd:
        return None
    return (revenue_usd - gross_usd) % _ROUND_USD == 0


def digits_points(revenue_usd: int | None, gross_usd: int, year: int | None) -> float:
    """Points for equal last digits, which one film in a thousand has by chance.

    Grosses from abroad were published in round numbers until the nineties, so that these are expected of wide releases.
    """
    is_round = abroad_is_round(revenue_usd, gross_usd)
    if is_round is None:
        return 0.0
    if is_round:
        return _ROUND_ABROAD
    expected = gross_usd >= _WIDE_RELEASE_USD and year is not None and year <= _ROUND_ABROAD_UNTIL
    return _NOT_ROUND_ABROAD if expected else 0.0


def audience_points(vote_count: int, gross_usd: int, *, foreign: bool, weights: Weights = DEFAULT_WEIGHTS) -> float:
    """Points for a number of ratings beside a US and Canadian gross.

    The ratings of the film meant are log-normal around what its gross lets expect; those of another film of the same
    title fall off exponentially on a logarithmic scale. More ratings than the best ratio needs are no evidence against.
    """
    gross_log = _gross_log(gross_usd)
    mean = _expected_ratings_log(gross_log, foreign=foreign, weights=weights)
    sd = min(weights.ratings_log_sd + _SMALL_GROSS_SD_SLOPE * max(0.0, 8 - gross_log), _SMALL_GROSS_SD_MOST)
    best = mean + _RATINGS_FALL * sd**2
    ratings = min(max(_ratings_log(vote_count, weights), 0.0), best)
    meant = -(((ratings - mean) / sd) ** 2) / 2 - math.log(sd * math.sqrt(2 * math.pi))
    another = math.log(_RATINGS_FALL) - _RATINGS_FALL * ratings
    return max(meant - another, _RATINGS_FLOOR)


def ratings_factor(vote_count: int, gross_usd: int, *, foreign: bool, weights: Weights = DEFAULT_WEIGHTS) -> float:
    """How many times the ratings that its US and Canadian gross lets expect a film has."""
    expected = _expected_ratings_log(_gross_log(gross_usd), foreign=foreign, weights=weights)
    return float(10 ** (_ratings_log(vote_count, weights) - expected))


def best_points(gross_usd: int, *, foreign: bool, with_revenue: bool, weights: Weights = DEFAULT_WEIGHTS) -> float:
    """What as many ratings as a film could need and, `with_revenue`, a usual worldwide gross are worth together."""
    best_ratio = _FOREIGN_RATIO_BEST if foreign else _RATIO_BEST
    return best_ratio * with_revenue + audience_points(_MOST_RATINGS, gross_usd, foreign=foreign, weights=weights)


def era_points(gross_usd: int, year: int | None, *, weights: Weights = DEFAULT_WEIGHTS) -> float:
    """Points against a year in which few films, or none, sold as many tickets as the gross would have taken.

    Re-releases lifted the grosses of films until these could be bought to watch at home. The tickets of such a film are
    counted at the mean of the prices in its own year and in that one.
    """
    if year is None:
        return 0.0
    tickets = gross_usd * 2 / (ticket_price(year) + ticket_price(max(year, _HOME_VIDEO)))
    if tickets <= _TICKETS_OF_A_HIT:
        return 0.0
    return max(-weights.tickets_exponent * math.log(tickets / _TICKETS_OF_A_HIT), _ERA_WORST)


def ticket_price(year: int) -> float:
    """Average price of a US cinema ticket in dollars, between the years of the list by straight lines."""
    before = [point for point in _TICKET_PRICES if point[0] <= year] or [_TICKET_PRICES[0]]
    after = [point for point in _TICKET_PRICES if point[0] >= year] or [_TICKET_PRICES[-1]]
    (year_0, price_0), (year_1, price_1) = before[-1], after[0]
    return price_0 if year_0 >= year_1 else price_0 + (price_1 - price_0) * (year - year_0) / (year_1 - year_0)


def _gross_log(gross_usd: int) -> float:
    return math.log10(gross_usd) if gross_usd > 0 else _UNKNOWN_GROSS_LOG


def _ratings_log(vote_count: int, weights: Weights) -> float:
    return math.log10(1 + vote_count) + weights.ratings_log_shift if vote_count else 0.0


def _expected_ratings_log(gross_log: float, *, foreign: bool, weights: Weights) -> float:
    below = max(0.0, _SMALL_GROSS_LOG - gross_log)
    mean = (
        weights.ratings_log_at_100m
        + weights.ratings_log_per_decade_of_gross * (gross_log + below - 8)
        - _SMALL_GROSS_SLOPE * below
        + _FOREIGN_RATINGS * foreign
    )
    # Whatever a cinema showed has some ten ratings.
    return max(mean, _LEAST_MEAN)


def _decades_since_2000(year: int | None) -> float:
    # Before 1970 TMDB's grosses are too uneven for a trend.
    return 0.0 if year is None else (max(year, 1970) - 2000) / 10
