"""Fifty thousand records that somebody wrote to hurt: no consumer dies, no cent moves, the next good payment flows.

The seed is printed; HOSTILE_SEED=… throws the same records again, HOSTILE_RECORDS=… more or fewer of them.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bank_node.ledger.account import make_number
from federation.client import BankClient, BankRefused
from tests.support.hostile import Enemy, Hostile
from tests.support.outage import CI_MARGIN, Order, order, send
from tests.support.real_federation import PATIENCE_S, RealFederation, a_real_federation, outcome
from tests.support.topic import Topic

SEED = int(os.environ.get("HOSTILE_SEED") or random.randrange(10**9))
RECORDS = int(os.environ.get("HOSTILE_RECORDS", "50000"))
BATCHES = 10
GOOD_WITHIN_S = 5.0
BANKS = ("ALFA", "BRVO")
ORDINARY = 20  # transfers each way, whose records are what the enemy has seen


def ordinary_life(federation: RealFederation) -> None:
    """Payments both ways, credited and refused, asked after, recalled, and sent back: records of every type."""
    for here, there in (BANKS, BANKS[::-1]):
        way = order(federation, here, there)
        nobody = Order(here, way.payer, there, make_number(there, 999_999))
        with federation.client(here) as client, federation.client(there) as other:
            for number in range(ORDINARY):
                id_ = send(client, nobody if number % 5 == 4 else way, f"ordinary {here} {number}")
                for question in ("ask", "recall")[: number % 3]:
                    with suppress(BankRefused):  # it was answered already
                        ask(client, f"/api/v1/transfers/{id_}/{question}", {}, f"{question} {id_}")
                if outcome(client, id_) == "completed" and number % 4 == 0:
                    ask(other, f"/api/v1/transfers/{id_}/return", {"from_bank": here}, f"return {id_}")
    until_quiet(federation)


def ask(client: BankClient, path: str, body: dict[str, Any], key: str) -> None:
    client._ask("POST", path, json=body, headers={"Idempotency-Key": key})


def throw(topic: Topic, records: list[Hostile]) -> None:
    for one in records:
        partition = (topic.partition(one.bank) + one.astray) % topic.partitions
        topic.send(one.bank, one.key, one.value, headers=list(one.headers), partition=partition)
    topic.flush()


def until_quiet(federation: RealFederation) -> None:
    until, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while any(asked(federation, bank, "SELECT count(*) FROM transfers WHERE due_us IS NOT NULL") for bank in BANKS):
        assert time.monotonic() < until
        pause.wait(0.05)


def asked(federation: RealFederation, bank: str, query: str) -> int:
    return int(federation.books(bank, query)[0][0])


def money(federation: RealFederation) -> dict[str, list[tuple[str, str, int]]]:
    """Of every account of every bank, the banks' own ones too."""
    return {
        bank: federation.books(bank, "SELECT code, currency, balance FROM accounts ORDER BY 1, 2") for bank in BANKS
    }


def complaints(federation: RealFederation) -> list[str]:
    """Lines of the banks' logs that tell of an error."""
    logs = [(federation.data / "banks" / bank / "bank.log").read_text("utf-8") for bank in BANKS]
    return [line for log in logs for line in log.splitlines() if json.loads(line)["level"] in ("error", "critical")]


def in_batches(records: Iterator[Hostile], count: int) -> Iterator[list[Hostile]]:
    while batch := list(islice(records, count)):
        yield batch


@pytest.mark.kafka
def test_hostile_records_kill_no_consumer_and_move_no_cent(tmp_path: Path) -> None:
    print(f"HOSTILE_SEED={SEED}")  # pytest shows it with a failure
    with a_real_federation(tmp_path) as federation:
        ordinary_life(federation)
        before = money(federation)
        ways = [order(federation, *BANKS), order(federation, *BANKS[::-1])]
        with Topic(federation.bootstrap()) as topic:
            enemy = Enemy(SEED, [record.value for record in topic.everything(BANKS)])
            waits_s = []
            for number, batch in enumerate(in_batches(enemy.records(RECORDS), -(-RECORDS // BATCHES))):
                throw(topic, batch)
                thrown_at = time.monotonic()
                for way in ways:
                    good_payment(federation, way, f"good {number}")
                waits_s.append(time.monotonic() - thrown_at)
        until_quiet(federation)

        print(f"a good record was credited after {max(waits_s):.2f} s at most")
        assert max(waits_s) <= GOOD_WITHIN_S * CI_MARGIN
        assert money(federation) == before, "each good payment had one back"
        assert complaints(federation) == [], "nothing was met that nobody had foreseen"
        held = sum(asked(federation, bank, "SELECT count(*) FROM quarantine") for bank in BANKS)
        assert held > RECORDS // 2
        assert federation.run("verify")["ok"] is True


def good_payment(federation: RealFederation, way: Order, key: str) -> None:
    """Until the other bank has credited it and its sender knows."""
    with federation.client(way.here) as client:
        assert outcome(client, send(client, way, key)) == "completed"
