"""Telling people of a failed run: the message, and its way to a webhook. Nothing here knows Dagster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import requests
from pydantic import SecretStr
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from movie_assets.errors import MovieAssetsError

TIMEOUT_SECONDS = 10.0
ATTEMPTS = 3
_LONGEST = 500


class NotNotifiedError(MovieAssetsError):
    """The webhook did not take the message."""


class _TryAgainError(Exception):
    """No answer, or one that may be another next time."""


@dataclass(frozen=True)
class FailedRun:
    """A run that failed. `steps` are those that failed; `error` is the first line of what went wrong."""

    run_id: str
    job: str
    steps: Sequence[str]
    error: str

    @property
    def text(self) -> str:
        """One line for people."""
        where = f" in {', '.join(self.steps)}" if self.steps else ""
        return f"Movie Assets: run {self.run_id[:8]} of {self.job} failed{where}: {self.error[:_LONGEST]}"


def notify(webhook: SecretStr, failure: FailedRun, *, wait_seconds: float = 1.0) -> None:
    """POST the failure as JSON: `text`, as chats' incoming webhooks read it, and the fields of `FailedRun`.

    Tried again when there is no answer or the webhook's server has a problem of its own. Raises NotNotifiedError, in
    which the URL, itself a secret, does not show.
    """
    message = {"text": failure.text, **asdict(failure)}
    try:
        Retrying(
            retry=retry_if_exception_type(_TryAgainError),
            wait=wait_random_exponential(multiplier=wait_seconds, max=10),
            stop=stop_after_attempt(ATTEMPTS),
            reraise=True,
        )(_post, webhook, message)
    except _TryAgainError as error:
        raise NotNotifiedError(f"the webhook could not be told of the failed run {failure.run_id}: {error}.") from None


def _post(webhook: SecretStr, message: object) -> None:
    try:
        answer = requests.post(webhook.get_secret_value(), json=message, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        # The error's own text repeats the URL.
        raise _TryAgainError(type(error).__name__) from None
    if answer.status_code >= requests.codes.internal_server_error or answer.status_code == requests.codes.too_many:
        raise _TryAgainError(f"it answered {answer.status_code}")
    if not answer.ok or answer.is_redirect:
        raise NotNotifiedError(
            f"the webhook answered {answer.status_code}. Check MOVIE_ASSETS_NOTIFY_WEBHOOK; the message was: "
            f"{message['text'] if isinstance(message, dict) else ''}"
        )
