"""Answers Prometheus over HTTP: /metrics, and /healthz for whoever only asks whether this process lives."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

METRICS_PATH = "/metrics"
HEALTH_PATH = "/healthz"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    # A scrape every few seconds is nothing to write down.
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write nothing."""


def application(collector: Collector) -> WSGIApplication:
    """The WSGI application that tells what `collector` and this very process have to tell."""
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    metrics: WSGIApplication = make_wsgi_app(registry)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == METRICS_PATH:
            return metrics(environ, start_response)
        status = HTTPStatus.OK if path in {"/", HEALTH_PATH} else HTTPStatus.NOT_FOUND
        start_response(f"{status.value} {status.phrase}", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"{status.phrase}: metrics are at {METRICS_PATH}\n".encode()]

    return answer


@contextmanager
def serving(host: str, port: int, app: WSGIApplication) -> Iterator[None]:
    """Answer requests, in threads, until the block ends."""
    with make_server(host, port, app, _Server, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
