"""The lab is there with its flag and on loopback, and nowhere else; and every place is really on the road."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bank_node.__main__ import CANNOT_START
from bank_node.broker.memory import MemoryBroker
from bank_node.lab.failpoints import AT_START, POINTS, LabProblem
from bank_node.lab.laboratory import laboratory
from bank_node.main import bank_of, create_app
from bank_node.settings import BankSettings
from federation.authority import Authority
from tests.support.checkout import ROOT
from tests.support.counter import ALICE, BOB, PEERS, Http, seed_entry, token_of

PATH = "/lab/failpoints"
JSON = {"Content-Type": "application/json"}


class Served(Http):
    """A whole bank as `create_app` makes it, its post room open."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self.bank = bank_of(app)

    def lab(self) -> dict[str, Any]:
        told: dict[str, Any] = self.get(PATH).json()
        return told

    def arm(self, words: str) -> dict[str, Any]:
        told: dict[str, Any] = self.post(PATH, json={"arm": words}).json()
        return told

    def send(self, key: str) -> httpx.Response:
        order = {
            "from_account": ALICE,
            "to_bank": "BRVO",
            "to_account": BOB,
            "amount_minor": 1,
            "currency": "EUR",
        }
        return self.post(
            "/api/v1/transfers",
            json=order,
            headers={**self.bearer(), "Idempotency-Key": key},
        )

    def outcome(self, transaction_id: str) -> str:
        """Asked again at every news of it, for a minute at most."""
        for _ in range(12):
            answer = self.get(f"/api/v1/transfers/{transaction_id}?wait=5", headers=self.bearer())
            if answer.json()["status"] != "pending":
                break
        return str(answer.json()["status"])

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {token_of(self.bank, 'teller')}"}


def settings_of(folder: Path, bank_id: str = "ALFA", **chosen: Any) -> BankSettings:
    return BankSettings(bank_id=bank_id, data_dir=folder, **chosen)


@contextmanager
def a_served_bank(
    folder: Path,
    bank_id: str = "ALFA",
    broker: MemoryBroker | None = None,
    **chosen: Any,
) -> Iterator[Served]:
    folder.mkdir(exist_ok=True)
    entry = json.dumps(seed_entry()) if bank_id == "ALFA" else json.dumps(seed_entry()).replace(ALICE, BOB)
    seed = folder / "seed.json"
    seed.write_text(entry, encoding="utf-8")
    settings = settings_of(folder, bank_id, seed_file=seed, peers=PEERS, **chosen)
    app = create_app(settings, broker or MemoryBroker())
    hours = app.router.lifespan_context(app)
    with closing(Served(app)) as bank:
        bank.run(hours.__aenter__())
        try:
            yield bank
        finally:
            bank.run(hours.__aexit__(None, None, None))


@pytest.fixture
def alfa(tmp_path: Path) -> Iterator[Served]:
    with a_served_bank(tmp_path, bank_lab=True) as alfa:
        yield alfa


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    """ALFA and BRVO, quick to say again what stayed quiet."""
    folder, broker = tmp_path_factory.mktemp("pair"), MemoryBroker()
    authority = Authority(folder / "authority", "standalone")
    lab = {
        "bank_lab": True,
        "redrive_after_ms": 100,
        "sweep_every_ms": 10,
        "backoff_ms_max": 100,
    }
    with ExitStack() as open_ones:
        alfa, brvo = (
            open_ones.enter_context(
                a_served_bank(data, name, broker, authority_public_key=authority.certify(name, data), **lab)
            )
            for name, data in (("ALFA", folder / "alfa"), ("BRVO", folder / "brvo"))
        )
        yield alfa, brvo


@pytest.mark.parametrize("chosen", [{"bank_lab": False}, {"bank_lab": True, "host": "0.0.0.0"}])
def test_outside_of_the_lab_the_routes_do_not_exist(tmp_path: Path, chosen: dict[str, Any]) -> None:
    with a_served_bank(tmp_path, **chosen) as bank:
        assert bank.get(PATH).status_code == 404
        assert bank.post(PATH, json={"arm": "api.start=kill"}).status_code == 404
        assert bank.request("DELETE", PATH).status_code == 404


@pytest.mark.parametrize(
    ("chosen", "word"),
    [
        ({}, "BANK_LAB is not set"),
        ({"bank_lab": True, "host": "0.0.0.0"}, "others can reach"),
    ],
)
def test_failpoints_outside_of_the_lab_are_refused(tmp_path: Path, chosen: dict[str, Any], word: str) -> None:
    with pytest.raises(LabProblem, match=word):
        create_app(
            settings_of(tmp_path, bank_failpoints="api.start=kill", **chosen),
            MemoryBroker(),
        )
    assert list(tmp_path.iterdir()) == []


def test_the_process_says_so_in_words(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "BANK_ID": "ALFA",
        "DATA_DIR": str(tmp_path),
        "BANK_FAILPOINTS": "api.start=kill",
    }
    command = [sys.executable, "-m", "bank_node"]
    done = subprocess.run(
        command,
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == CANNOT_START
    assert "ALFA cannot start: BANK_FAILPOINTS is set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistyped_failpoint_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(LabProblem, match=r"relay\.after_tea"):
        laboratory(settings_of(tmp_path, bank_lab=True, bank_failpoints="relay.after_tea=kill"))


def test_a_bank_without_the_lab_is_not_watched(tmp_path: Path) -> None:
    with a_served_bank(tmp_path) as bank:
        assert type(bank.bank.writer).__name__ == "Writer"


def test_a_page_of_another_site_cannot_arm_anything(alfa: Served) -> None:
    arming = b'{"arm":"api.start=kill"}'
    assert alfa.post(PATH, content=arming, headers={"Content-Type": "text/plain"}).status_code == 415
    crossing = {**JSON, "Sec-Fetch-Site": "cross-site"}
    assert alfa.post(PATH, content=arming, headers=crossing).status_code == 403
    assert alfa.lab()["armed"] == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"arm":7}', b'{"arm":"api.start=explode"}'])
def test_what_cannot_be_armed_is_said(alfa: Served, body: bytes) -> None:
    answer = alfa.post(PATH, content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_arming_and_disarming(alfa: Served) -> None:
    told = alfa.arm("migrate.mid=kill,consumer.in_tx=kill@9")
    assert (told["armed"], told["next_start"]) == (
        ["consumer.in_tx=kill@9"],
        ["migrate.mid=kill@1"],
    )
    told = alfa.request("DELETE", PATH).json()
    assert (told["armed"], told["next_start"]) == ([], [])


@pytest.mark.parametrize("name", ["api.start", "api.before_commit", "api.after_commit"])
def test_a_request_that_met_a_failure_can_be_said_again_with_its_key(alfa: Served, name: str) -> None:
    alfa.arm(f"{name}=raise")
    first = alfa.send("k")
    assert first.status_code == 503
    assert alfa.lab()["fired"] == [f"{name}=raise@1"]
    again = alfa.send("k")
    assert again.status_code == 202
    assert (again.headers.get("Idempotency-Replayed") == "true") is (name == "api.after_commit")


@pytest.mark.parametrize(
    "name",
    [name for name in POINTS if name not in AT_START and not name.startswith("api.")],
)
def test_a_failure_anywhere_on_the_road_loses_and_doubles_nothing(pair: tuple[Served, Served], name: str) -> None:
    alfa, brvo = pair
    before = [len(bank.lab()["fired"]) for bank in pair]
    if name == "sweeper.mid":
        brvo.arm("consumer.before_begin=sleep:400")
    for bank in pair:
        bank.arm(f"{name}=raise")
    fired: list[str] = []
    for number in range(20):
        sent = alfa.send(f"{number} at {name}")
        assert sent.status_code == 202
        assert alfa.outcome(sent.json()["transaction_id"]) == "completed"
        fired = [said for bank, known in zip(pair, before, strict=True) for said in bank.lab()["fired"][known:]]
        if f"{name}=raise@1" in fired:
            break
    assert f"{name}=raise@1" in fired
    for bank in pair:
        bank.request("DELETE", PATH)


def test_after_all_that_each_transfer_arrived_once(pair: tuple[Served, Served]) -> None:
    alfa, brvo = pair
    sent = alfa.get("/api/v1/transfers?limit=200", headers=alfa.bearer()).json()["items"]
    path = f"/api/v1/accounts/{BOB}"
    assert brvo.get(path, headers=brvo.bearer()).json()["balance_minor"] == 100_00 + len(sent)
