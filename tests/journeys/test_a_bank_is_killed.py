"""A bank is killed with kill -9 twenty times under load: nothing that was accepted is lost or doubled, and whoever asks
meanwhile is told so, and nothing else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.real_federation import RealFederation, a_real_federation, outcome, patiently

KILLS = 20


def send_until(federation: RealFederation, enough: threading.Event, payer: str, payee: str, teller: int) -> list[str]:
    """One teller's transfers. A request whose outcome is unknown is sent again with its own key."""
    ids = []
    with federation.client("ALFA") as alfa:
        for number in count():
            if enough.is_set():
                return ids

            def send(key: str = f"{teller}/{number}") -> str:
                order = {"from_account": payer, "to_bank": "BRVO", "to_account": payee}
                return str(alfa.send(**order, amount_minor=1, currency="EUR", key=key)["transaction_id"])

            ids.append(patiently(send))
    return ids


def kill_twenty_times(federation: RealFederation) -> None:
    for kill in range(KILLS):
        bank = ("ALFA", "BRVO")[kill % 2]
        federation.kill_bank(bank)
        with federation.client(bank):
            pass  # it is there again


def verify_until(federation: RealFederation, enough: threading.Event) -> list[Any]:
    """What `bankfed verify` says again and again; it must say each time that all is well."""
    said = []
    while not enough.is_set():
        said.append(federation.run("verify"))
    return said


@pytest.mark.kafka
@pytest.mark.slow
def test_twenty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    with a_real_federation(tmp_path) as federation, ThreadPoolExecutor(5) as people:
        payer, payee = federation.member("ALFA").accounts[0].number, federation.member("BRVO").accounts[0].number
        paid_before, before = federation.balance("ALFA", payer), federation.balance("BRVO", payee)
        enough = threading.Event()
        verifying = people.submit(verify_until, federation, enough)
        sending = [people.submit(send_until, federation, enough, payer, payee, teller) for teller in range(4)]
        try:
            kill_twenty_times(federation)
        finally:
            enough.set()
        ids = [id_ for future in sending for id_ in future.result()]
        verdicts = verifying.result()

        with federation.client("ALFA") as alfa:
            states = {outcome(alfa, id_) for id_ in ids}

        assert len(set(ids)) == len(ids) > KILLS
        assert states == {"completed"}
        assert federation.balance("ALFA", payer) == paid_before - len(ids)
        assert federation.balance("BRVO", payee) == before + len(ids)
        verdicts.append(federation.run("verify"))
        assert len(verdicts) > 3
        assert [verdict["ok"] for verdict in verdicts] == [True] * len(verdicts)
        assert {bank["bank"]: bank["known_to"] for bank in verdicts[-1]["audit"]} == {
            "ALFA": ["BRVO"],
            "BRVO": ["ALFA"],
        }
