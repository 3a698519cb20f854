"""N30: of two processes on one bank's database one is stopped (SIGSTOP) for longer than its lease, and woken.

The other one takes over; whatever the sleeper had in hand when it fell asleep is refused; money stays right. Both
processes of a bank take orders all the time. Real processes, real Kafka.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from federation.authority import Authority
from federation.client import BankAway, BankClient, BankRefused
from federation.folder import Folder
from federation.launcher.child import errand_for
from tests.support.kafka import free_ports
from tests.support.real_federation import RealFederation, a_real_federation, outcome, patiently

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

LEASE_MS, SLEEP_S, WORK_S, NAPS = 1_500, 6.0, 1.0, 8
PATIENCE_S, PAUSE_S = 120.0, 0.05


class Process:
    """One of a bank's processes, wherever it came from."""

    def __init__(self, federation: RealFederation, bank: str, url: str, pid: int) -> None:
        self.member = replace(federation.member(bank), url=url)
        self.pid = pid

    def client(self) -> BankClient:
        found: BankClient = patiently(lambda: BankClient.of(self.member, "teller", timeout_s=10))
        return found

    def has_the_post_room(self) -> bool:
        with BankClient.of(self.member, None, timeout_s=10) as client:
            try:
                return client.readyz().get("post_room") == "here"
            except (BankAway, BankRefused):
                return False


@contextmanager
def second_process(federation: RealFederation, bank: str, more: dict[str, str]) -> Iterator[Process]:
    """Another whole bank process over the same database, ready for orders."""
    folder = Folder(federation.data)
    spec = folder.read_spec()
    own = next(one for one in spec.banks if one.id == bank)
    bootstrap = str(federation.run("ps", ok=(0, 1))["broker"]["bootstrap"])
    authority = Authority(folder.authority, spec.federation_id).public_key
    port = free_ports(1)
    environment = errand_for(own, spec, folder, bootstrap, authority, {**os.environ, **more}).env
    process = subprocess.Popen([sys.executable, "-m", "bank_node"], env={**environment, "PORT": str(port)})
    try:
        second = Process(federation, bank, f"http://127.0.0.1:{port}", process.pid)
        second.client().close()
        yield second
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)
        process.terminate()
        process.wait(20)


def whose(processes: tuple[Process, Process]) -> Process:
    """The one of the two that has the post room, as soon as exactly one has."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = [process for process in processes if process.has_the_post_room()]
        if len(found) == 1:
            return found[0]
        time.sleep(0.05)
    raise AssertionError("not exactly one process has the post room")


def nap(process: Process, other: Process) -> None:
    """Sleeps until the other one has taken over and worked for a while; awake again, it does not have the post room.

    Who falls asleep in the middle of a commit on SQLite holds the file's lock: nobody can write, nobody can take over.
    It then sleeps again, at another moment.
    """
    until = time.monotonic() + PATIENCE_S
    while not _sleeps(process, other):
        assert time.monotonic() < until, "it was never overtaken"
    assert whose((process, other)) is other


def _sleeps(process: Process, other: Process) -> bool:
    """Whether it was overtaken."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        asleep_at = time.monotonic()
        while not (overtaken := other.has_the_post_room()) and time.monotonic() < asleep_at + SLEEP_S:
            time.sleep(0.05)
        if overtaken:
            time.sleep(WORK_S)
        return overtaken
    finally:
        os.kill(process.pid, signal.SIGCONT)


def send_until(enough: threading.Event, process: Process, payer: str, payee: str, teller: str) -> list[str]:
    """One teller's transfers at one process. A request whose outcome is unknown is sent again with its own key."""
    ids = []
    with process.client() as client:
        for number in count():
            if enough.wait(PAUSE_S):  # else a process is hardly ever out of a commit when it falls asleep
                break

            def send(key: str = f"{teller}/{number}") -> str:
                order = {"from_account": payer, "to_bank": "BRVO", "to_account": payee}
                return str(client.send(**order, amount_minor=1, currency="EUR", key=key)["transaction_id"])

            ids.append(patiently(send))
    return ids


def test_naps_longer_than_the_lease_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    more = {"LEASE_MS": str(LEASE_MS)}
    with (
        a_real_federation(tmp_path, env=more) as federation,
        second_process(federation, "ALFA", more) as second_alfa,
        second_process(federation, "BRVO", more) as second_brvo,
        ThreadPoolExecutor(4) as tellers,
    ):
        alfas, brvos = (
            (Process(federation, bank, federation.member(bank).url, federation.pid(bank)), second)
            for bank, second in (("ALFA", second_alfa), ("BRVO", second_brvo))
        )
        payer, payee = federation.member("ALFA").accounts[0].number, federation.member("BRVO").accounts[0].number
        paid_before, before = federation.balance("ALFA", payer), federation.balance("BRVO", payee)
        enough = threading.Event()
        sending = [
            tellers.submit(send_until, enough, alfas[number % 2], payer, payee, f"teller {number}")
            for number in range(4)
        ]
        try:
            for number in range(NAPS):
                pair = (alfas, brvos)[number % 2]
                holder = whose(pair)
                nap(holder, next(process for process in pair if process is not holder))
        finally:
            enough.set()
        ids = [id_ for future in sending for id_ in future.result()]
        with alfas[0].client() as alfa:
            states = {outcome(alfa, id_) for id_ in ids}

        assert len(set(ids)) == len(ids) > NAPS
        assert states == {"completed"}
        assert federation.balance("ALFA", payer) == paid_before - len(ids)
        assert federation.balance("BRVO", payee) == before + len(ids)
        assert federation.run("verify")["ok"] is True
