"""One scrape of a collector, to be asked for values."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from movie_assets.monitoring.catalogue import Catalogue, declared
from movie_assets.monitoring.collector import PlatformCollector
from movie_assets.settings import Settings

Labels = frozenset[tuple[str, str]]


class Scraped:
    """The samples of a text as Prometheus gets it."""

    def __init__(self, text: str) -> None:
        self.samples: dict[tuple[str, Labels], float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                assert key not in self.samples, key
                self.samples[key] = sample.value

    def names(self) -> set[str]:
        """Names of everything that has a value, as declared: a histogram's parts count for it."""
        return {name for name, _ in self.samples}

    def value(self, name: str, **labels: str) -> float | None:
        """The value of one series; None where there is none."""
        return self.samples.get((f"movie_assets_{name}", frozenset(labels.items())))

    def by(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """All values of a metric by some of its labels."""
        found = {}
        for (metric, held), value in self.samples.items():
            if metric == f"movie_assets_{name}":
                found[tuple(dict(held)[label] for label in labels)] = value
        return found


class Watcher:
    """A collector without memory, so that each scrape is of that moment, and what it said to its log."""

    def __init__(self, settings: Settings, catalogue: Catalogue | None = None) -> None:
        self.said: list[str] = []
        self.collector = PlatformCollector(
            settings,
            catalogue or declared(),
            say=self.said.append,
            remembered_seconds=0,
            counts_remembered_seconds=0,
        )
        self.registry = CollectorRegistry()
        self.registry.register(self.collector)

    def scrape(self) -> Scraped:
        """What Prometheus would get now."""
        return Scraped(generate_latest(self.registry).decode())


def without(scraped: Scraped, names: Iterable[str]) -> dict[tuple[str, Labels], float]:
    """The samples but those of some metrics, such as durations, that are never twice the same."""
    left_out = {f"movie_assets_{name}" for name in names}
    return {key: value for key, value in scraped.samples.items() if key[0] not in left_out}
