"""Messages about failed runs, on a real webhook and real failed runs."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr

from movie_assets.automation.failed_runs import failed_runs
from movie_assets.automation.notifying import FailedRun, NotNotifiedError, notify
from movie_assets.errors import MovieAssetsError
from movie_assets.settings import Settings

FAILURE = FailedRun(run_id="0123456789abcdef", job="refresh", steps=["raw_brands"], error="brands.csv: no such file")


class Webhook:
    """A server that takes messages, with the answers it is told to give; 200 when it is told nothing."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.answers: list[int] = []
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                webhook.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(webhook.answers.pop(0) if webhook.answers else 200)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = SecretStr(f"http://127.0.0.1:{self.server.server_port}/T0/canary-of-the-webhook")


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    made = Webhook()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_the_message_has_a_line_for_people_and_the_facts(webhook: Webhook) -> None:
    notify(webhook.url, FAILURE)
    [message] = webhook.messages
    assert message["text"] == "Movie Assets: run 01234567 of refresh failed in raw_brands: brands.csv: no such file"
    assert (message["run_id"], message["job"], message["steps"]) == (FAILURE.run_id, "refresh", ["raw_brands"])


@pytest.mark.parametrize("trouble", [500, 503, 429])
def test_a_webhook_in_trouble_is_asked_again(webhook: Webhook, trouble: int) -> None:
    webhook.answers = [trouble, trouble]
    notify(webhook.url, FAILURE, wait_seconds=0)
    assert len(webhook.messages) == 3


@pytest.mark.parametrize("answers", [[404], [302], [500, 500, 500]])
def test_a_webhook_that_does_not_take_it_is_told_without_its_address(webhook: Webhook, answers: list[int]) -> None:
    webhook.answers = list(answers)
    with pytest.raises(NotNotifiedError) as caught:
        notify(webhook.url, FAILURE, wait_seconds=0)
    assert str(answers[-1]) in str(caught.value)
    assert "canary" not in str(caught.value)
    assert len(webhook.messages) == len(answers)


def test_without_a_server_the_error_does_not_show_the_address() -> None:
    with pytest.raises(NotNotifiedError) as caught:
        notify(SecretStr("http://127.0.0.1:1/canary"), FAILURE, wait_seconds=0)
    assert "ConnectionError" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


@dg.op
def failing() -> None:
    raise MovieAssetsError("brands.csv, line 3: no total.\nAdd it.")


@dg.job
def refresh() -> None:
    failing()


def told(instance: dg.DagsterInstance, settings: Settings) -> None:
    """What the sensor does about a run of `refresh`, which fails."""
    result = refresh.execute_in_process(instance=instance, raise_on_error=False)
    [event] = [event for event in result.all_events if event.event_type_value == "PIPELINE_FAILURE"]
    context = dg.build_run_status_sensor_context(
        sensor_name="failed_runs",
        dagster_event=event,
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        resources={"settings": settings},
    ).for_run_failure()
    failed_runs(context)


def test_a_failed_run_is_told_with_its_step_and_our_own_error(
    webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    with dg.DagsterInstance.ephemeral() as instance, caplog.at_level(logging.ERROR, "movie_assets"):
        told(instance, Settings(notify_webhook=webhook.url))
    [message] = webhook.messages
    assert message["steps"] == ["failing"]
    assert message["error"].endswith("brands.csv, line 3: no total.")
    assert message["text"] in caplog.messages


def test_without_a_webhook_the_log_tells(caplog: pytest.LogCaptureFixture) -> None:
    with dg.DagsterInstance.ephemeral() as instance, caplog.at_level(logging.ERROR, "movie_assets"):
        told(instance, Settings())
    assert any("of refresh failed in failing: " in message for message in caplog.messages)


def test_a_webhook_that_fails_does_not_fail_the_sensor(webhook: Webhook, caplog: pytest.LogCaptureFixture) -> None:
    webhook.answers = [404]
    with dg.DagsterInstance.ephemeral() as instance, caplog.at_level(logging.ERROR, "movie_assets"):
        told(instance, Settings(notify_webhook=webhook.url))
    assert any("the webhook answered 404" in message for message in caplog.messages)
    assert "canary" not in caplog.text
