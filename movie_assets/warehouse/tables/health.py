"""How sound the other tables are: what the checks found."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Text

from movie_assets.warehouse.tables.declaring import Timestamp, key, maybe, some, table

_UNKNOWN = "where the newest run that was to evaluate the check did not, or none was yet"

check_results = table(
    "check_results",
    "What every check of a published table found when it was last evaluated, as Dagster noted it. A refresh writes it "
    "at its end, also when a table failed; the checks of check_results itself come later and are not in it.",
    key("table_name", Text, "The table that was checked."),
    key("check_name", Text, "The check."),
    some("severity", Text, "What a violation means: `ERROR` (a number would be wrong) or `WARN` (look at the data)."),
    some("blocking", Boolean, "Whether tables that follow are not written when the check fails."),
    some("description", Text, "What must hold, and why its severity is what it is."),
    maybe("passed", Boolean, "Whether it held.", null=_UNKNOWN),
    maybe("found", Text, "What was found, in words.", null=_UNKNOWN),
    maybe(
        "violations",
        BigInteger,
        "Rows that break the rule.",
        unit="rows",
        null=f"for a check that counts none, and {_UNKNOWN}",
    ),
    maybe("evaluated_at", Timestamp, "When it was evaluated.", null=_UNKNOWN),
    maybe("run_id", Text, "The run of Dagster that evaluated it, or was to.", null="where no run was to yet"),
    CheckConstraint("severity IN ('ERROR', 'WARN')", name="severity_known"),
    CheckConstraint("(passed IS NULL) = (evaluated_at IS NULL)", name="judged_when_evaluated"),
    source="the event log of Dagster",
)
