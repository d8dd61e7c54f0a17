"""What the server sends back for one request, and TMDB's error bodies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

_MESSAGES = {
    6: (404, "Invalid id: The pre-requisite id is invalid or not found."),
    7: (401, "Invalid API key: You must be granted a valid key."),
    9: (503, "Service offline: This service is temporarily offline, try again later."),
    10: (401, "Suspended API key: Access to your account has been suspended, contact TMDB."),
    11: (500, "Internal error: Something went wrong, contact TMDB."),
    20: (422, "Invalid date range: Should be a range no longer than 14 days."),
    21: (200, "Entry not found: The item you are trying to edit cannot be found."),
    22: (400, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."),
    24: (504, "Your request to the backend server timed out. Try again."),
    25: (429, "Your request count (#) is over the allowed limit of (40)."),
    27: (400, "Too many append to response objects: The maximum number of remote calls is 20."),
    34: (404, "The resource you requested could not be found."),
    43: (504, "Couldn't connect to the backend server."),
    46: (503, "The API is undergoing maintenance. Try again later."),
}


@dataclass(frozen=True)
class Answer:
    """A response. `cut` closes the connection after half of the body, `stalled` never sends anything."""

    status: int
    body: bytes
    content_type: str = "application/json;charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    stalled: bool = False


def json_answer(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def error_answer(code: int) -> Answer:
    """TMDB's numbered error, with the HTTP status that belongs to it."""
    status, message = _MESSAGES[code]
    return json_answer({"success": False, "status_code": code, "status_message": message}, status)


def refused_parameters(*errors: str) -> Answer:
    return json_answer({"errors": list(errors)}, 422)
