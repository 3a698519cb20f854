"""Kafka is killed with kill -9 while 200 transfers are accepted; it comes back, and all arrive once."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.real_federation import RealFederation, a_real_federation, outcome

TRANSFERS, KILLED_AFTER = 200, 60


def accept(federation: RealFederation, payer: str, payee: str) -> list[str]:
    """200 transfers by 8 clients at once; the broker dies among them."""
    broker = federation.broker_pid()
    with federation.client("ALFA") as alfa, ThreadPoolExecutor(8) as clients:

        def send(number: int) -> str:
            if number == KILLED_AFTER:
                os.kill(broker, signal.SIGKILL)
            order = {"from_account": payer, "to_bank": "BRVO", "to_account": payee}
            sent = alfa.send(**order, amount_minor=1, currency="EUR", key=f"k{number}")
            return str(sent["transaction_id"])

        return list(clients.map(send, range(TRANSFERS)))


@pytest.mark.kafka
def test_two_hundred_transfers_survive_the_death_of_the_broker(tmp_path: Path) -> None:
    with a_real_federation(tmp_path / "a fedération") as federation:
        payer, payee = federation.member("ALFA").accounts[0].number, federation.member("BRVO").accounts[0].number
        before = federation.balance("BRVO", payee)
        paid_before = federation.balance("ALFA", payer)

        ids = accept(federation, payer, payee)
        assert len(set(ids)) == TRANSFERS, "every one was accepted while the broker was dead"
        waiting = next(b for b in federation.run("ps", ok=(0, 1))["banks"] if b["id"] == "ALFA")["outbox_pending"]
        assert waiting >= TRANSFERS - KILLED_AFTER - 20
        assert federation.run("ps", ok=(1,))["broker"]["state"] != "up", "nobody starts the broker but a person"

        federation.run("start", "broker")
        with federation.client("ALFA") as alfa:
            states = [outcome(alfa, id_) for id_ in ids]

        assert states == ["completed"] * TRANSFERS
        assert federation.balance("BRVO", payee) == before + TRANSFERS
        assert federation.balance("ALFA", payer) == paid_before - TRANSFERS
        assert federation.run("verify")["ok"] is True
