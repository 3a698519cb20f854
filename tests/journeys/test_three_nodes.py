"""Three Kafka nodes: the one that leads a bank's partition is killed with kill -9 under load, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count, pairwise
from pathlib import Path

import pytest

from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.brokers.cluster import admin
from federation.failure import Failure
from tests.support.faulty_town import BANKS, eventually
from tests.support.outage import order, send
from tests.support.real_federation import RealFederation, a_real_federation

NOBODY = -1  # leads a partition while its leader is dead
BEFORE, AFTER = 50, 150  # transfers of each bank that are accepted before a node dies, and after it


def leader(federation: RealFederation, bank: str) -> tuple[int, int, list[int]]:
    """The node that leads the partition which this bank reads, the partition, and the nodes that are in sync."""
    with admin(federation.bootstrap(), 10.0) as client:
        (topic,) = client.describe_topics([EXTERNAL_TRANSFERS])
    own = partition_for(bank.encode(), len(topic["partitions"]))
    (found,) = (one for one in topic["partitions"] if one["partition_index"] == own)
    return found["leader_id"], own, found["isr_nodes"]


def leader_if_told(federation: RealFederation, bank: str) -> tuple[int, int, list[int]]:
    """The same while nodes die and come back: there may be nobody to ask."""
    with suppress(Failure):
        return leader(federation, bank)
    return NOBODY, 0, []


def node_pid(federation: RealFederation, node: int) -> int:
    return int(json.loads((federation.data / "run" / f"broker-{node}.json").read_text("utf-8"))["pid"])


@contextmanager
def under_load(federation: RealFederation) -> Iterator[dict[str, list[str]]]:
    """Both banks send to each other all the time; what was accepted so far, by the bank that sent it."""
    accepted: dict[str, list[str]] = {bank: [] for bank in BANKS}
    enough = threading.Event()

    def teller(here: str, there: str) -> None:
        way = order(federation, here, there)
        with federation.client(here) as client:
            for number in count():
                if enough.wait(0.02):
                    return
                accepted[here].append(send(client, way, f"{here} {number}"))

    with ThreadPoolExecutor(2) as tellers:
        sending = [tellers.submit(teller, *way) for way in (BANKS, BANKS[::-1])]
        try:
            yield accepted
        finally:
            enough.set()
        for one in sending:
            one.result()


@pytest.mark.kafka
@pytest.mark.slow
def test_the_leader_of_a_banks_partition_is_killed_under_load_and_nothing_is_lost(tmp_path: Path) -> None:
    with a_real_federation(tmp_path, 2, "--brokers", "3") as federation:
        ways = [order(federation, *BANKS), order(federation, *BANKS[::-1])]
        before = {way.here: federation.balance(way.here, way.payer) for way in ways}
        with under_load(federation) as accepted:
            for bank in BANKS:
                done = {name: len(ids) for name, ids in accepted.items()}
                eventually(lambda done=done: all(len(accepted[name]) >= done[name] + BEFORE for name in BANKS))
                node, _, in_sync = leader(federation, bank)
                assert len(in_sync) == 3
                os.kill(node_pid(federation, node), signal.SIGKILL)
                done = {name: len(ids) for name, ids in accepted.items()}
                eventually(lambda done=done: all(len(accepted[name]) >= done[name] + AFTER for name in BANKS))
                eventually(lambda bank=bank, node=node: leader_if_told(federation, bank)[0] not in (node, NOBODY))
                federation.run("start", "broker")
                eventually(lambda bank=bank: len(leader_if_told(federation, bank)[2]) == 3)
        open_ = "SELECT count(*) FROM transfers WHERE due_us IS NOT NULL"
        eventually(lambda: all(federation.books(bank, open_) == [(0,)] for bank in BANKS))

        for way in ways:
            ids = accepted[way.here]
            assert len(set(ids)) == len(ids) >= 2 * (BEFORE + AFTER)
            states = federation.books(way.here, "SELECT state, count(*) FROM transfers GROUP BY state")
            assert states == [("COMPLETED", len(ids))]
        alfa, brvo = (len(accepted[bank]) for bank in BANKS)
        change = {way.here: federation.balance(way.here, way.payer) - before[way.here] for way in ways}
        assert change == {"ALFA": brvo - alfa, "BRVO": alfa - brvo}
        assert federation.run("verify")["ok"] is True
        print(f"the longest time without a credit was {longest_silence_s(federation):.1f} s")


def longest_silence_s(federation: RealFederation) -> float:
    rows = [federation.books(bank, "SELECT decided_us FROM decisions") for bank in BANKS]
    moments = sorted(at_us for row in rows for (at_us,) in row)
    return max(later - earlier for earlier, later in pairwise(moments)) / 1e6
