"""`bankfed chaos` on real banks and real Kafka: broken in four ways, its keeper killed, healed; nothing lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from federation.chaos.calling import keeper_of
from federation.folder import Folder
from federation.launcher.processes import Process
from tests.support.real_federation import RealFederation, a_real_federation, outcome, patiently

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

PATIENCE_S = 60.0


class Payments:
    def __init__(self, federation: RealFederation) -> None:
        self.federation = federation
        self.sent: list[tuple[str, str]] = []  # bank, id
        self._keys = count()

    def send(self, from_bank: str, to_bank: str, often: int = 3) -> None:
        payer, payee = (self.federation.member(bank).accounts[0].number for bank in (from_bank, to_bank))
        with self.federation.client(from_bank) as client:
            for _ in range(often):
                key = f"chaos-{next(self._keys)}"

                def order(key: str = key) -> Any:
                    return client.send(
                        from_account=payer, to_bank=to_bank, to_account=payee, amount_minor=7, currency="EUR", key=key
                    )

                self.sent.append((from_bank, patiently(order)["transaction_id"]))

    def outcomes(self) -> set[str]:
        clients = {bank: self.federation.client(bank) for bank in ("ALFA", "BRVO")}
        try:
            return {outcome(clients[bank], transfer) for bank, transfer in self.sent}
        finally:
            for client in clients.values():
                client.close()


def until(seen: Callable[[], bool]) -> None:
    """However long it takes, within reason."""
    end_s = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < end_s
        time.sleep(0.1)


def test_broken_in_four_ways_with_its_keeper_killed_a_federation_is_healed_and_no_cent_moved_wrongly(
    tmp_path: Path,
) -> None:
    with a_real_federation(tmp_path / "f", 2, "--lab") as federation:
        payments = Payments(federation)

        def chaos(*words: str) -> Any:
            return federation.run("chaos", *words)

        def states() -> dict[str, str]:
            found = federation.run("ps", ok=(0, 1))
            return {bank["id"]: bank["state"] for bank in found["banks"]} | {"broker": found["broker"]["state"]}

        # late: everything passes the doors, and says how much of it came late
        assert chaos("list")["running"] == []
        chaos("start", "latency", "200ms±50", "--for", "1m")
        payments.send("ALFA", "BRVO", 1)
        assert payments.outcomes() == {"completed"}
        until(lambda: chaos("list")["running"][0]["bit"])
        (late,) = chaos("stop", "latency")["faults"]
        assert "came 200±50 ms later" in late["proof"]

        # cut off, killed, killed: whoever is there goes on taking orders
        chaos("start", "partition", "brvo")
        payments.send("ALFA", "BRVO")
        payments.send("BRVO", "ALFA")
        until(lambda: states() == {"ALFA": "ready", "BRVO": "degraded", "broker": "up"})
        chaos("start", "bank-kill", "ALFA")
        chaos("start", "broker-kill")
        payments.send("BRVO", "ALFA")
        assert states() == {"ALFA": "stopped", "BRVO": "degraded", "broker": "died"}
        assert [fault["bit"] for fault in chaos("list")["running"]] == [True, True, True]

        keeper = keeper_of(Folder(federation.data))
        assert keeper is not None
        os.kill(keeper.pid, signal.SIGKILL)
        assert chaos("heal")["ok"]
        until(lambda: set(states().values()) == {"ready", "up"})
        assert chaos("list")["running"] == []
        assert payments.outcomes() == {"completed"}
        assert federation.run("verify")["open_transfers"] == 0

        left = [keeper_of(Folder(federation.data)), Process.of(federation.broker_pid())]
        assert federation.run("down")["left"] == []
        assert [process.alive for process in left if process is not None] == [False, False]
