"""An outage of the broker under load, with a stop-watch: what the banks themselves wrote down of it afterwards."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from federation.brokers.cluster import ask
from federation.client import BankClient
from tests.support.real_federation import PATIENCE_S, RealFederation, patiently

TELLERS = 4
CASH_MINOR = 500
CI_MARGIN = float(os.environ.get("CI_MARGIN", "3"))  # of every promised second: a machine of CI is shared; 1 measures


@dataclass(frozen=True, slots=True)
class Order:
    """From one account of one bank to one of another."""

    here: str
    payer: str
    there: str
    payee: str


@dataclass(frozen=True, slots=True)
class Healing:
    """Seconds after the broker was there again."""

    first_effect_s: float
    all_final_s: float
    ids: tuple[str, ...]
    decided_meanwhile: int  # during the outage: none, if it was one


def order(federation: RealFederation, here: str = "ALFA", there: str = "BRVO") -> Order:
    return Order(here, federation.member(here).accounts[0].number, there, federation.member(there).accounts[0].number)


def accept(federation: RealFederation, order: Order, count: int, seconds: float) -> list[str]:
    """So many transfers of one cent, evenly over so many seconds, by a few tellers; every one must be accepted."""
    gate, started = threading.Event(), time.monotonic()

    def teller(number: int) -> list[str]:
        ids = []
        with federation.client(order.here) as client:
            for turn in islice(range(count), number, None, TELLERS):
                gate.wait(max(0.0, started + seconds * turn / count - time.monotonic()))
                ids.append(send(client, order, f"outage {started} {turn}"))
        return ids

    with ThreadPoolExecutor(TELLERS) as tellers:
        return [id_ for ids in tellers.map(teller, range(TELLERS)) for id_ in ids]


def outage(federation: RealFederation, how: str, seconds: float, count: int) -> Healing:
    """The broker is killed or paused (`kill`, `pause`) for so long while `count` transfers are accepted."""
    way = order(federation)
    with federation.client(way.here) as client:
        _until_final(federation, way, [send(client, way, f"before {time.monotonic()}")])
    pid, address = federation.broker_pid(), _address(federation)
    os.kill(pid, signal.SIGKILL if how == "kill" else signal.SIGSTOP)
    began_us = _now_us()
    try:
        ids = accept(federation, way, count, seconds)
        with federation.client(way.here) as client:  # work that needs no broker
            client.deposit(way.payer, CASH_MINOR, "EUR", f"cash {began_us}")
    finally:
        healed_us = _heal(federation, how, pid, address)
    _until_final(federation, way, ids)
    decided, concluded = _decided_us(federation, way, ids), _concluded_us(federation, way, ids)
    return Healing(
        first_effect_s=(min(decided) - healed_us) / 1e6,
        all_final_s=(max(concluded) - healed_us) / 1e6,
        ids=tuple(ids),
        decided_meanwhile=sum(began_us <= at_us < healed_us for at_us in decided),
    )


def _heal(federation: RealFederation, how: str, pid: int, address: str) -> int:
    """When the broker was there again: woken, or the first answer of the new process."""
    if how == "pause":
        os.kill(pid, signal.SIGCONT)
        return _now_us()
    with ThreadPoolExecutor(1) as watch:
        answered = watch.submit(_first_answer_us, address)
        federation.run("start", "broker")
        return answered.result()


def _first_answer_us(address: str) -> int:
    until, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while ask(address, 0.5) is None:
        assert time.monotonic() < until, "the broker did not come back"
        pause.wait(0.01)
    return _now_us()


def _address(federation: RealFederation) -> str:
    return federation.bootstrap().split(",")[0]


def send(client: BankClient, order: Order, key: str) -> str:
    """One cent, for certain and once, whatever becomes of the bank meanwhile; the transfer's id."""
    sent = patiently(
        lambda: client.send(
            from_account=order.payer,
            to_bank=order.there,
            to_account=order.payee,
            amount_minor=1,
            currency="EUR",
            key=key,
        )
    )
    return str(sent["transaction_id"])


def _until_final(federation: RealFederation, order: Order, ids: list[str]) -> None:
    until, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while len(_concluded_us(federation, order, ids)) < len(ids):
        assert time.monotonic() < until, "not final in time"
        pause.wait(0.1)


def _concluded_us(federation: RealFederation, order: Order, ids: list[str]) -> list[int]:
    return _moments(federation, order.here, "SELECT transaction_id, concluded_us FROM transfers", ids)


def _decided_us(federation: RealFederation, order: Order, ids: list[str]) -> list[int]:
    return _moments(federation, order.there, "SELECT transaction_id, decided_us FROM decisions", ids)


def _moments(federation: RealFederation, bank: str, query: str, ids: list[str]) -> list[int]:
    wanted = set(ids)
    return [at_us for id_, at_us in federation.books(bank, query) if id_ in wanted and at_us is not None]


def _now_us() -> int:
    return time.time_ns() // 1_000
