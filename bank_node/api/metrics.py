"""Figures for Prometheus, one registry per bank. Labels are route templates and words, never account numbers.

Durations are counted while requests run; what stands in the books is read when somebody asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from bank_node.bank import Bank
from bank_node.store import desk_queries, figures
from bank_node.store.desk_queries import Horizon
from bank_node.store.queries import queue_depth

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# what an entry of this kind says about a transfer: (direction, status)
_TRANSFERS = {
    "transfer_inside": ("inside", "completed"),
    "transfer_out": ("out", "accepted"),
    "transfer_completed": ("out", "completed"),
    "transfer_refunded": ("out", "rejected"),
    "transfer_in": ("in", "completed"),
}


class HttpMetrics:
    """Durations by method, route template and status."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._durations = Histogram(
            "http_request_duration_seconds",
            "Time from the first byte of a request to the last one of its answer",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._children: dict[tuple[str, str, int], Histogram] = {}  # a look-up of labels() costs as much as the rest

    def saw(self, method: str, route: str, status: int, took_s: float) -> None:
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._durations.labels(method, route, str(status))
        child.observe(took_s)


class BookMetrics(Collector):
    """What the books say. Totals are those of the books, not of the process: a restart does not reset them."""

    def __init__(self, bank: Bank, version: str) -> None:
        self._bank = bank
        self._version = version
        self._lock = Lock()
        self._totals: Counter[tuple[str, str]] = Counter()
        self._last_entry = 0
        self._last_decision_us = 0

    def describe(self) -> list[Metric]:
        """Nothing in advance: registering must not read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        bank = self._bank
        build = {"bank": bank.charter.bank_id, "version": self._version}
        yield InfoMetricFamily("fed_build", "What runs here", build)
        with bank.readers.connection() as connection:
            queue = queue_depth(connection)
            money = figures.money_by_place(connection)
            repeats = figures.repeats_ignored(connection)
            horizon = Horizon.at(bank.clock.now_us(), bank.settings.stuck_after_ms)
            on_desk, conflicts = desk_queries.counts(connection, horizon), desk_queries.conflicts(connection)
            with self._lock:
                kinds, self._last_entry = figures.entries_since(connection, self._last_entry)
                refused, self._last_decision_us = figures.refusals_since(connection, self._last_decision_us)
                self._totals.update({_TRANSFERS[kind]: count for kind, count in kinds.items() if kind in _TRANSFERS})
                self._totals["in", "rejected"] += refused
                totals = dict(self._totals)
        yield GaugeMetricFamily("fed_outbox_pending", "Money messages waiting to be sent", queue.pending)
        age_s = max(0, bank.clock.now_us() - queue.oldest_us) / 1e6 if queue.oldest_us else 0.0
        yield GaugeMetricFamily("fed_outbox_oldest_age_seconds", "How long the oldest of them waits", age_s)
        yield CounterMetricFamily("fed_dedupe_hits", "Messages that came again and changed nothing", repeats)
        yield GaugeMetricFamily("fed_suspect", "1: its books lack what it has told others", int(bank.standing.suspect))
        yield GaugeMetricFamily("fed_conflicts", "Transfers with two contradicting final answers", conflicts)
        waiting = GaugeMetricFamily("fed_desk_items", "Stuck work that nobody has seen or decided", labels=("kind",))
        yield _labelled(waiting, {(kind,): count for kind, count in on_desk.items()})
        if bank.link.lag is not None:
            yield GaugeMetricFamily("fed_consumer_lag_records", "Records not yet read", bank.link.lag)
        yield _labelled(CounterMetricFamily("fed_transfers", "Transfers", labels=("direction", "status")), totals)
        places = GaugeMetricFamily(
            "fed_money_minor_units", "Balances, credit-positive: cash is below zero", labels=("place", "currency")
        )
        yield _labelled(places, money)


def registry_of(bank: Bank, version: str) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(BookMetrics(bank, version))
    return registry


def _labelled(
    family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[Any, int]
) -> CounterMetricFamily | GaugeMetricFamily:
    """`values` by the family's labels, in their order."""
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    return family
