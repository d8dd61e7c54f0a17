"""What to do about the brand file: a pure decision from what was seen before and what is there now."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Literal

from movie_assets.brands.settled import SettledFile, Unsettled


@dataclass(frozen=True)
class Seen:
    """What the sensor remembers between ticks."""

    sha256: str | None = None
    missing: bool = False

    @classmethod
    def from_cursor(cls, cursor: str | None) -> Seen:
        """The memory stored in a cursor; an empty or unknown one is no memory."""
        try:
            stored = json.loads(cursor or "{}")
        except json.JSONDecodeError:
            return cls()
        if not isinstance(stored, dict):
            return cls()
        sha256 = stored.get("sha256")
        return cls(sha256 if isinstance(sha256, str) else None, stored.get("missing") is True)

    def to_cursor(self) -> str:
        """The memory as a cursor."""
        return json.dumps(asdict(self), sort_keys=True)


@dataclass(frozen=True)
class Decision:
    """`refresh` starts a run, `report` tells once that the file is gone, `wait` does nothing."""

    action: Literal["refresh", "report", "wait"]
    reason: str
    seen: Seen


def decide(
    seen: Seen, found: SettledFile | Unsettled, *, refresh_in_progress: bool, refresh_was_lost: bool = False
) -> Decision:
    """The decision of one tick. Only a refresh or a report changes what is remembered.

    `refresh_was_lost` tells that the newest refresh of the content seen last was killed, not failed by its own fault.
    """
    if isinstance(found, Unsettled):
        return _unreadable(seen, found)
    changed = found.sha256 != seen.sha256
    if not changed and not refresh_was_lost:
        return Decision("wait", "The brand file has not changed.", replace(seen, missing=False))
    if refresh_in_progress:
        # Two refreshes at once could publish the older one's results last.
        return Decision("wait", "The brand file has changed; the refresh in progress is waited for.", seen)
    why = "The brand file has changed." if changed else "The refresh of the brand file was lost; it is run again."
    return Decision("refresh", why, Seen(found.sha256))


def _unreadable(seen: Seen, found: Unsettled) -> Decision:
    if not found.missing:
        return Decision("wait", f"The brand file is not read now: {found.reason}.", seen)
    if seen.missing:
        return Decision("wait", f"The brand file is still not there: {found.reason}.", seen)
    return Decision("report", f"{found.reason}. The stored brands stay as they are.", replace(seen, missing=True))
