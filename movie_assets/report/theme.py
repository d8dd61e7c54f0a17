"""How the charts look. Colours are the page's CSS variables, so that light, dark and print follow the page."""

from __future__ import annotations

from typing import Any

INK = "var(--ink)"
QUIET = "var(--quiet)"
LINE = "var(--line)"
SERIES = "var(--series)"
OTHER = "var(--other)"
LOWER = "var(--lower)"
PAPER = "var(--paper)"
BLANK = "var(--blank)"

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"

CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "labelFontSize": 12,
        "labelLimit": 230,
        "titleColor": QUIET,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
    },
    "axisY": {"domain": False, "ticks": False},
    "legend": {"labelColor": INK, "titleColor": QUIET, "titleFontWeight": "normal", "labelFontSize": 12},
    "text": {"color": INK, "fontSize": 12},
}
