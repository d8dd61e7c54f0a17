"""Text that a spreadsheet program would take for a formula.

Excel, LibreOffice and Google Sheets run a cell of a CSV file that begins with one of these signs, quoted or not. Titles
and names come from people anywhere, so a film called `=HYPERLINK(...)` would become a link in an analyst's sheet.
A single quote in front makes such a cell plain text for Excel and harmless for the others.
"""

from __future__ import annotations

from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

# Signs with which a formula begins; behind white space at the start some programs look for one as well.
_BEGINNING = r"\A([=+\-@\t\r\n])"


def without_formulas(column: pa.Array[Any]) -> pa.Array[Any]:
    """The text with a single quote before every value that a spreadsheet would run; NULL stays NULL."""
    texts = cast("pa.StringArray", column)
    return pc.replace_substring_regex(texts, _BEGINNING, r"'\1")
