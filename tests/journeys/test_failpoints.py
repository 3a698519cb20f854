"""Each failpoint kills a real bank with kill -9 under load, again and again: what was accepted arrives exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from bank_node.lab.failpoints import BOOT_RECOVERY, MIGRATE_MID, POINTS, SWEEPER_MID
from bank_node.settings import BankSettings
from bank_node.store.database import REVISION, open_database
from federation.audit.reading import reading
from federation.audit.verdict import judge
from federation.roster import read_roster
from tests.support.checkout import ROOT
from tests.support.lab import Lab
from tests.support.real_federation import RealFederation, a_real_federation, outcome, patiently

TIMES = int(os.environ.get("KILLS_PER_FAILPOINT", "2"))  # 20 before a release: about ten minutes
PACE_S = 0.05  # between two transfers of a teller: the load is there to be interrupted, not to be large
FIRST_KILLS = 2  # in the migration of a bank's first start; after three its supervisor would give it up
ENV = {
    "REDRIVE_AFTER_MS": "300",
    "SWEEP_EVERY_MS": "100",
    "BANK_FAILPOINTS": ",".join([f"{MIGRATE_MID}=kill"] * FIRST_KILLS),
}
BANKS = ("ALFA", "BRVO")


def send_until(federation: RealFederation, enough: threading.Event, way: tuple[str, str], teller: int) -> list[str]:
    """One teller's transfers. A request whose outcome is unknown is sent again with its own key."""
    here, there = way
    order = {
        "from_account": federation.member(here).accounts[teller].number,
        "to_bank": there,
        "to_account": federation.member(there).accounts[teller].number,
    }
    ids = []
    with federation.client(here) as client:
        for number in count():
            if enough.wait(PACE_S):
                break

            def send(key: str = f"{teller}/{number}") -> str:
                return str(client.send(**order, amount_minor=1, currency="EUR", key=key)["transaction_id"])

            ids.append(patiently(send))
    return ids


@contextmanager
def under_load(federation: RealFederation) -> Iterator[dict[tuple[str, str], list[str]]]:
    """Tellers of both banks send; afterwards the ids of all that was accepted, by the way they went."""
    accepted: dict[tuple[str, str], list[str]] = {}
    enough = threading.Event()
    with ThreadPoolExecutor(2) as tellers:
        ways: dict[tuple[str, str], Future[list[str]]] = {}
        for way in (BANKS, BANKS[::-1]):
            ways[way] = tellers.submit(send_until, federation, enough, way, 0)
        try:
            yield accepted
        finally:
            enough.set()
        accepted |= {way: sent.result() for way, sent in ways.items()}


def lawful(federation: RealFederation) -> None:
    """Under load, as `bankfed verify` asks: what is on the way between two readings is read again."""
    with reading(read_roster(federation.data)) as read:
        assert [law for law in judge(read).laws if not law.ok] == []


def kill_everywhere(federation: RealFederation, labs: dict[str, Lab]) -> None:
    for time_ in range(TIMES):
        for place, name in enumerate(name for name in POINTS if name != MIGRATE_MID):
            bank = BANKS[(time_ + place) % 2]
            if name == SWEEPER_MID:  # the other bank is slow to answer, so that there is something to say again
                labs[BANKS[(time_ + place + 1) % 2]].arm("consumer.before_begin=sleep:1500")
            labs[bank].kill_at(name, 1 + 2 * (time_ % 2) if name not in (SWEEPER_MID, BOOT_RECOVERY) else 1)
            lawful(federation)


@pytest.mark.kafka
@pytest.mark.slow
def test_a_kill_at_any_failpoint_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with a_real_federation(tmp_path, 2, "--lab", env=ENV) as federation:
        labs = {bank: Lab(federation, bank) for bank in BANKS}
        numbers = {bank: federation.member(bank).accounts[0].number for bank in BANKS}
        before = {bank: federation.balance(bank, numbers[bank]) for bank in BANKS}
        with under_load(federation) as accepted:
            kill_everywhere(federation, labs)

        states: Counter[str] = Counter()
        for (here, _), ids in accepted.items():
            assert len(set(ids)) == len(ids) > len(POINTS)
            with federation.client(here) as client:
                states.update(outcome(client, id_) for id_ in ids)
        there, back = (len(accepted[way]) for way in (BANKS, BANKS[::-1]))

        assert states == {"completed": there + back}
        assert federation.balance("ALFA", numbers["ALFA"]) == before["ALFA"] - there + back
        assert federation.balance("BRVO", numbers["BRVO"]) == before["BRVO"] - back + there
        assert federation.run("verify")["ok"] is True
        kills = labs["ALFA"].fired() + labs["BRVO"].fired()
        assert kills == dict.fromkeys(POINTS, TIMES) | {MIGRATE_MID: len(BANKS) * FIRST_KILLS}


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_migration_leaves_a_database_that_opens(tmp_path: Path) -> None:
    own = {"BANK_ID": "ALFA", "DATA_DIR": str(tmp_path), "BANK_LAB": "1"}
    for time_ in range(1, TIMES + 1):
        env = {**os.environ, **own, "BANK_FAILPOINTS": ",".join([f"{MIGRATE_MID}=kill"] * time_)}
        done = subprocess.run([sys.executable, "-m", "bank_node"], env=env, cwd=ROOT, timeout=60, check=False)
        assert done.returncode == -signal.SIGKILL
    engine = open_database(BankSettings(bank_id="ALFA", data_dir=tmp_path))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == REVISION
    engine.dispose()
