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
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from bank_node.ledger.account import make_number
from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.client import BankClient, BankRefused
from tests.support.hostile import Enemy, Hostile
from tests.support.outage import CI_MARGIN, Order, order, send
from tests.support.real_federation import PATIENCE_S, RealFederation, a_real_federation, outcome

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


class Topic:
    """The topic of money, for somebody who reads and writes it as he likes."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap, linger_ms=20, batch_size=256 * 1024, max_request_size=1_040_000
        )
        self._partitions = len(self._producer.partitions_for(EXTERNAL_TRANSFERS))

    def throw(self, records: list[Hostile]) -> None:
        for one in records:
            own = partition_for(one.bank.encode(), self._partitions)
            partition = (own + 1) % self._partitions if one.astray else own
            self._producer.send(
                EXTERNAL_TRANSFERS, value=one.value, key=one.key, headers=list(one.headers), partition=partition
            )
        self._producer.flush(60)

    def samples(self) -> list[bytes]:
        with closing(KafkaConsumer(bootstrap_servers=self._bootstrap, group_id=None)) as consumer:
            own = {partition_for(bank.encode(), self._partitions) for bank in BANKS}
            partitions = [TopicPartition(EXTERNAL_TRANSFERS, number) for number in own]
            consumer.assign(partitions)
            consumer.seek_to_beginning()
            ends, found = consumer.end_offsets(partitions), []
            while any(consumer.position(one) < ends[one] for one in partitions):
                found += [r.value for records in consumer.poll(timeout_ms=500).values() for r in records]
        return found

    def close(self) -> None:
        self._producer.close(timeout=5)


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
        with closing(Topic(federation.bootstrap())) as topic:
            enemy = Enemy(SEED, topic.samples())
            waits_s = []
            for number, batch in enumerate(in_batches(enemy.records(RECORDS), -(-RECORDS // BATCHES))):
                topic.throw(batch)
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
