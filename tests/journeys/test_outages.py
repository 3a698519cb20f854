"""The broker is gone for longer than its client waits: all that was accepted meanwhile arrives once, and soon.

Two federations side by side, one whose Kafka is killed with kill -9 and started again, one whose Kafka is paused and
woken. The bounds are the promise of the product; OUTAGE_LONG=1 adds an outage of 150 seconds, CI_MARGIN=1 is strict.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.outage import CASH_MINOR, CI_MARGIN, Healing, order, outage
from tests.support.real_federation import RealFederation, a_real_federation

BACKLOG = 1_000
FIRST_EFFECT_S, ALL_FINAL_S = 2.0, 30.0
LONG = pytest.mark.skipif("OUTAGE_LONG" not in os.environ, reason="three minutes; OUTAGE_LONG=1 runs it")
WAYS = ("kill", "pause")


@pytest.fixture
def federations(tmp_path: Path) -> Iterator[dict[str, RealFederation]]:
    with ExitStack() as both:
        yield {how: both.enter_context(a_real_federation(tmp_path / how)) for how in WAYS}


def lived_through(federation: RealFederation, how: str, seconds: float) -> Healing:
    """The outage, and that nobody's money was lost or doubled by it."""
    way = order(federation)
    before = federation.balance(way.here, way.payer), federation.balance(way.there, way.payee)

    healing = outage(federation, how, seconds, BACKLOG)

    sent = BACKLOG + 1 - CASH_MINOR  # one before it; the counter took cash meanwhile
    assert len(set(healing.ids)) == BACKLOG, "every one was accepted while the broker was away"
    assert healing.decided_meanwhile == 0, "it was away"
    assert federation.balance(way.here, way.payer) == before[0] - sent
    assert federation.balance(way.there, way.payee) == before[1] + BACKLOG + 1
    assert federation.books(way.here, "SELECT count(*) FROM transfers WHERE state <> 'COMPLETED'") == [(0,)]
    in_order = "SELECT \"offset\" FROM outbox WHERE type = 'transfer.requested' AND attempt = 1 ORDER BY seq"
    offsets = [offset for (offset,) in federation.books(way.here, in_order)]
    assert offsets == sorted(offsets), "the queue drains in its order"
    assert federation.run("verify")["ok"] is True
    return healing


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.parametrize("seconds", [45, pytest.param(150, marks=LONG)])
def test_what_is_accepted_in_an_outage_arrives_once_and_soon(
    federations: dict[str, RealFederation], seconds: int
) -> None:
    with ThreadPoolExecutor(len(WAYS)) as both:
        living = {how: both.submit(lived_through, federations[how], how, seconds) for how in WAYS}
        healings = {how: future.result() for how, future in living.items()}
    for how, healing in healings.items():
        print(f"{how} {seconds} s: first effect {healing.first_effect_s:.2f} s, all {healing.all_final_s:.2f} s later")
    for healing in healings.values():
        assert healing.first_effect_s <= FIRST_EFFECT_S * CI_MARGIN
        assert healing.all_final_s <= ALL_FINAL_S * CI_MARGIN
