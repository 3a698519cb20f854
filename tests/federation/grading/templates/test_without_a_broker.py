"""The bundled submissions in custody, with no broker anywhere: ready, at work, and the gate says what is missing."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from federation.grading.conformance import Reply, conform, gate_of
from federation.grading.custody.stay import Stay
from federation.grading.custody.ward import Ward
from federation.grading.dialect import Ask, Dialect
from federation.grading.town import AUDITOR, CURRENCY, TELLERS, make_town
from tests.support.handed_in import TEMPLATES
from tests.support.kafka import free_ports

TOWN = make_town(1, 2)
ALFA = TOWN.banks[0]
NODE = pytest.param("node", marks=[pytest.mark.slow, pytest.mark.skipif(not shutil.which("npm"), reason="no Node.js")])


class Wards:
    def __init__(self, wards: dict[str, Ward], client: httpx.Client, words: Dialect) -> None:
        self.wards, self.client, self.words = wards, client, words

    def answer(self, bank_id: str, ask: Ask) -> Reply:
        url = f"http://127.0.0.1:{self.wards[bank_id].place.port}{ask.path}"
        said = self.client.request(ask.method, url, headers=dict(ask.headers), json=ask.json, data=ask.form)
        return Reply(said.status_code, said.json())

    def headers(self, username: str = TELLERS[0]) -> dict[str, str]:
        person = ALFA.person(username)
        ask = self.words.sign_in(person)
        assert ask is not None
        reply = self.answer("ALFA", ask)
        return self.words.credentials(person, reply.status, reply.body)

    def pay(self, key: str, username: str = TELLERS[0], **change: Any) -> int:
        payer, payee = ALFA.accounts[:2]
        order = {
            "from_account": payer.number, "to_bank": "ALFA", "to_account": payee.number, "amount_minor": 100,
            "currency": CURRENCY,
        }  # fmt: skip
        ask = self.words.order(order | change, key, local=True)
        return self.answer("ALFA", replace(ask, headers={**self.headers(username), **ask.headers})).status


@contextmanager
def taken_in(name: str, folder: Path) -> Iterator[Wards]:
    """Both banks of the town, ready though nobody is where the broker should be."""
    first = free_ports(len(TOWN.banks) + 1)
    ports = {bank.id: first + 1 + place for place, bank in enumerate(TOWN.banks)}
    peers = {bank: f"http://127.0.0.1:{port}" for bank, port in ports.items()}
    with Stay(folder / "home", TEMPLATES / name) as stay, httpx.Client(timeout=20, trust_env=False) as client:
        stay.set_up()
        for bank in TOWN.banks:
            place = stay.place(bank.id, ports[bank.id], f"127.0.0.1:{first}", peers)
            stay.take_in(place, bank.seed_entry()).start()
        for ward in stay.wards.values():
            assert ward.wait_ready() < 20
        yield Wards(stay.wards, client, Dialect(stay.node.adapter))
        for ward in stay.wards.values():
            assert ward.stop() < 10
            assert ward.complaints == []


@pytest.mark.parametrize("name", ["python", NODE])
def test_it_is_ready_and_works_and_the_gate_says_that_nothing_arrives(name: str, tmp_path: Path) -> None:
    with taken_in(name, tmp_path) as wards:
        steps = conform(TOWN, wards.words, wards.answer, lambda holds: holds())
        (complaint,) = gate_of(steps).sentences
        assert complaint.startswith("A transfer to another bank arrives: no. ALFA does not call ")
        assert [step.what for step in steps][-2] == "the same key again is the same transfer"
        assert wards.pay("k", AUDITOR) == 403
        assert wards.pay("k") == 202
        assert wards.pay("k", amount_minor=10**14) == 422  # another body under the same key


def test_the_first_attempt_is_ready_too_and_works_inside(tmp_path: Path) -> None:
    with taken_in("naive", tmp_path) as wards:
        assert wards.pay("k") == 200
        ask = wards.words.account(ALFA.accounts[1].number)
        reply = wards.answer("ALFA", replace(ask, headers={**wards.headers(), **ask.headers}))
        told = wards.words.told_of_account(reply.status, reply.body)
        assert told.answer["balance_minor"] == ALFA.accounts[1].opening_minor + 100


def test_the_bank_in_python_says_503_while_its_disk_is_full_or_its_file_locked(tmp_path: Path) -> None:
    with taken_in("python", tmp_path) as wards:
        ward = wards.wards["ALFA"]
        if ward.cap_files(1024):
            assert wards.pay("k1") == 503
            ward.cap_files(None)
        assert wards.pay("k1") == 202
        database = ward.node.database(ward.place)
        assert database is not None
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert wards.pay("k2") == 503
            other.execute("ROLLBACK")
        assert wards.pay("k2") == 202
        ward.kill()
        ward.start()
        ward.wait_ready()
        ask = wards.words.account(ALFA.accounts[1].number)
        reply = wards.answer("ALFA", replace(ask, headers={**wards.headers(), **ask.headers}))
        assert wards.words.told_of_account(reply.status, reply.body).answer["balance_minor"] == (
            ALFA.accounts[1].opening_minor + 200
        )


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("npm"), reason="no Node.js")
def test_the_bank_in_node_says_503_while_its_disk_is_full(tmp_path: Path) -> None:
    with taken_in("node", tmp_path) as wards:
        ward = wards.wards["ALFA"]
        assert wards.pay("k0") == 202
        if ward.cap_files(1024):
            assert wards.pay("k1") == 503
            ward.cap_files(None)
        assert wards.pay("k1") == 202
        ward.kill()
        ward.start()
        ward.wait_ready()
        assert wards.pay("k1") == 202
        ask = wards.words.account(ALFA.accounts[1].number)
        reply = wards.answer("ALFA", replace(ask, headers={**wards.headers(), **ask.headers}))
        assert wards.words.told_of_account(reply.status, reply.body).answer["balance_minor"] == (
            ALFA.accounts[1].opening_minor + 200
        )


def test_the_lock_of_the_template_names_no_address() -> None:
    for name in ("package.json", "package-lock.json"):
        assert "://" not in (TEMPLATES / "node" / name).read_text(encoding="utf-8")
