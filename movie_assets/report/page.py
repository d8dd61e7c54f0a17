"""The report as one HTML page that loads nothing: contents, charts, style and scripts put together."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from movie_assets.report import charts, scatter
from movie_assets.report.contents import MOST_CHARTED, Contents, Row
from movie_assets.report.drawing import BRANDS, PAIRS

MOST_OVERLAPS = 40

_SIGNIFICANT_DIGITS = 7
_UNKNOWN = Markup('<span class="unknown">unknown</span>')


def page(contents: Contents, charting_script: str, made_at: datetime) -> str:
    """The page. `charting_script` defines `vegaEmbed`; `made_at` is a time in UTC that the page names as its own."""
    templates = Environment(
        loader=PackageLoader("movie_assets.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["known"] = _known
    scripts = [_inline(charting_script), _inline(_part("page.js"))]
    return templates.get_template("page.html").render(
        **_values(contents),
        made_at=made_at,
        policy=_policy(scripts),
        # Only what stands in this package, and JSON that cannot end its element, goes into the page as it is.
        css=Markup(_part("page.css")),  # noqa: S704
        data=Markup(_json(_report(contents))),  # noqa: S704
        scripts=[Markup(script) for script in scripts],  # noqa: S704
    )


def _part(name: str) -> str:
    return resources.files("movie_assets.report").joinpath("templates", name).read_text(encoding="utf-8").strip()


def _values(contents: Contents) -> dict[str, Any]:
    brands = contents.brands
    statuses = [row["match_status"] for row in brands]
    scope = scatter.scope_of(contents.charted)
    return {
        "brands": brands,
        "matched": statuses.count("matched"),
        "in_review": statuses.count("review"),
        "unmatched": statuses.count("unmatched"),
        "filmographies": contents.filmographies,
        "without_filmography": [row for row in brands if row["films"] is None],
        "ranked": contents.ranked,
        "unranked": contents.unranked,
        "measures": charts.MEASURES,
        "popularity_scope": scope,
        "popularity_brands": len(scatter.placed(contents.charted, scope)) if scope else 0,
        "shares": _known_of(brands, "top_release_share"),
        "covered": _known_of(brands, "coverage"),
        "compared": _compared(contents),
        "decided": any(row["rating_verdict"] is not None for row in contents.pairs),
        "overlaps": contents.overlaps[:MOST_OVERLAPS],
        "overlap_pairs": len(contents.overlaps),
        "open_releases": contents.open_releases,
        "facts": contents.facts,
        "fetched": _period(contents.facts["fetched_from"], contents.facts["fetched_to"]),
        "most_charted": MOST_CHARTED,
    }


def _compared(contents: Contents) -> list[str]:
    in_pairs = {row["brand"] for row in contents.pairs}
    return [row["brand"] for row in contents.charted if row["brand"] in in_pairs]


def _report(contents: Contents) -> dict[str, Any]:
    """Charts by name and the rows they draw, as page.js expects them."""
    scope = scatter.scope_of(contents.charted)
    names = scatter.named(contents.charted, scope) if scope else set()
    brands = [{**row, "named": row["brand"] in names} for row in contents.charted]
    ranks = {row["brand"]: number for number, row in enumerate(contents.ranked)}
    pairs = [
        {**row, "order": ranks.get(row["brand"]), "other_order": ranks.get(row["other_brand"])}
        for row in contents.pairs
    ]
    drawn = {
        f"ranking_{measure.name}": charts.tall(charts.ranking(measure), _known_of(brands, f"{measure.name}_low"))
        for measure in charts.MEASURES
    }
    drawn["concentration"] = charts.tall(charts.concentration(), _known_of(brands, "top_release_share"))
    drawn["coverage"] = charts.tall(charts.coverage(), _known_of(brands, "coverage"))
    compared = {row["brand"] for row in pairs if row["rating_verdict"] is not None}
    drawn["verdicts"] = charts.tall(charts.verdicts(), len(compared))
    if scope:
        drawn["popularity"] = scatter.popularity_against_rating(scope)
    return {"charts": drawn, "data": {BRANDS: packed(brands), PAIRS: packed(pairs)}}


def _known_of(rows: Sequence[Row], column: str) -> int:
    return sum(row[column] is not None for row in rows)


def packed(rows: Sequence[Row]) -> dict[str, Any]:
    """Rows as a table of values, which takes half the room of records; fractions to seven digits."""
    columns = list(rows[0]) if rows else []
    return {"columns": columns, "rows": [[_short(row[column]) for column in columns] for row in rows]}


def _short(value: object) -> object:
    return float(f"{value:.{_SIGNIFICANT_DIGITS}g}") if isinstance(value, float) else value


def _json(value: object) -> str:
    """JSON that cannot end the element it stands in, whatever the names in it are."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _inline(script: str) -> str:
    # The element's text as a browser hashes it, with line ends as it reads them.
    return script.replace("\r\n", "\n").replace("</script", "<\\/script")


def _policy(scripts: Iterable[str]) -> str:
    """A content security policy that lets these scripts run and no other, and forbids to load anything."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _known(value: object, format_: str = "") -> str | Markup:
    return _UNKNOWN if value is None else format(value, format_)


def _period(start: datetime | None, end: datetime | None) -> str:
    days = [day.strftime("%Y-%m-%d") for day in (start, end) if day is not None]
    return " to ".join(dict.fromkeys(days)) or "unknown"
