"""Every bundled submission that is made of the reference, two banks of each over the broker in memory: what is
planted fits the pieces of a real bank, and the gate lets it through unless the bug is gross.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bank_node.bank import Bank
from bank_node.broker.memory import MemoryBroker
from bank_node.broker.post_room import PostRoom
from bank_node.main import bank_of, create_app
from bank_node.settings import BankSettings
from bank_node.store import queries
from bank_node.transfers.ports import OutgoingRecord
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.grading.conformance import Reply, conform, gate_of
from federation.grading.dialect import Ask, Dialect
from federation.grading.submission import read_submission
from federation.grading.submissions import NAMES, folder_of
from federation.grading.submissions.planted import variants
from federation.grading.submissions.planted.bank import Planted
from federation.grading.submissions.planted.table import PLANTED, both
from federation.grading.town import TELLERS, make_town
from tests.support.counter import Http, StandingClock, hashed, token_of

TOWN = make_town(1, 2)
ALFA, BRVO = TOWN.banks
ALICE, ANNA, BOB = ALFA.accounts[0].number, ALFA.accounts[1].number, BRVO.accounts[0].number
PEERS = {"ALFA": "http://127.0.0.1:8001", "BRVO": "http://127.0.0.1:8002"}
WORDS = Dialect()
PATIENCE_S, NO_PATIENCE_S = 30.0, 0.3
GROSS = {"m13": "does not call", "m14": "The first one was"}  # what the gate says of them


@pytest.fixture(autouse=True)
def _passwords_are_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bank_node.opening.hash_password", hashed)


class Counter:
    """One bank, served: its post room is open."""

    def __init__(self, name: str, planted: Planted, folder: Path, broker: MemoryBroker, news: threading.Event) -> None:
        folder.mkdir()
        seed = folder / "seed.json"
        seed.write_text(json.dumps(TOWN.bank(name).seed_entry()), encoding="utf-8")
        settings = BankSettings(
            bank_id=name,
            data_dir=folder,
            seed_file=seed,
            peers=PEERS,
            federation_id="graded",
            bank_lab=True,
            synchronous="OFF",
            fetch_max_wait_ms=50,
        )
        self.post: PostRoom
        self._planted = planted
        app = create_app(planted.made_ready(settings), broker, self._plant)
        self.bank = bank_of(app)
        self.http = Http(app)
        self._hours = app.router.lifespan_context(app)
        self.bank.writer.on_commit.append(lambda _: news.set())
        self.http.run(self._hours.__aenter__())

    def _plant(self, bank: Bank, post: PostRoom) -> None:
        self.post = post
        self._planted.planted_into(bank, post)

    def answer(self, ask: Ask) -> httpx.Response:
        return self.http.request(ask.method, ask.path, headers=ask.headers, json=ask.json, data=ask.form)

    def pay(self, key: str, amount: int, payee: str = BOB) -> httpx.Response:
        order = {"from_account": ALICE, "to_bank": payee[4:8], "to_account": payee, "amount_minor": amount}
        headers = {"Authorization": f"Bearer {token_of(self.bank, TELLERS[0])}", "Idempotency-Key": key}
        return self.http.post("/api/v1/transfers", json=order | {"currency": "EUR"}, headers=headers)

    def get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {token_of(self.bank, TELLERS[0])}"}
        return self.http.get(f"/api/v1{path}", headers=headers).json()

    def close(self) -> None:
        self.http.run(self._hours.__aexit__(None, None, None))
        self.http.close()


class Pair:
    def __init__(self, alfa: Counter, brvo: Counter, broker: MemoryBroker, news: threading.Event) -> None:
        self.alfa, self.brvo, self.broker, self._news = alfa, brvo, broker, news

    def line(self, bank: str, ask: Ask) -> Reply:
        answer = {"ALFA": self.alfa, "BRVO": self.brvo}[bank].answer(ask)
        return Reply(answer.status_code, answer.json() if answer.content else None)

    def within(self, seconds: float, holds: Any) -> bool:
        """Asked again at every commit of either bank."""
        until_s = time.monotonic() + seconds
        while not holds():
            self._news.clear()
            if not self._news.wait(max(0.0, until_s - time.monotonic())):
                return bool(holds())
        return True


@contextmanager
def a_pair(planted: Planted, folder: Path) -> Iterator[Pair]:
    broker, news = MemoryBroker(), threading.Event()
    with ExitStack() as open_ones:
        alfa, brvo = (Counter(name, planted, folder / name, broker, news) for name in PEERS)
        open_ones.callback(brvo.close)
        open_ones.callback(alfa.close)
        yield Pair(alfa, brvo, broker, news)


def test_every_name_is_a_submission_and_every_program_has_its_name() -> None:
    started = {name: read_submission(folder).submission.start.command for name in NAMES if (folder := folder_of(name))}
    assert list(started) == list(NAMES)
    assert {name: words[-1] for name, words in started.items() if name in PLANTED} == {name: name for name in PLANTED}
    assert set(NAMES) - set(PLANTED) == {"v1", "v2", "v5"}
    assert folder_of("m31") is None


@pytest.mark.parametrize("name", PLANTED)
def test_the_gate_lets_it_through_unless_the_bug_is_gross(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "history", queries.history)  # m30 puts another in its place
    patience_s = NO_PATIENCE_S if name in GROSS else PATIENCE_S
    with a_pair(PLANTED[name], tmp_path) as pair:
        steps = conform(TOWN, WORDS, pair.line, lambda holds: pair.within(patience_s, holds))
    said = " ".join(gate_of(steps).sentences)
    assert GROSS[name] in said if name in GROSS else said == ""


BESIDE = {planted.beside: name for name, planted in PLANTED.items() if planted.beside is not Planted().beside}


@pytest.mark.parametrize("name", BESIDE.values())
def test_what_comes_with_a_bug_is_let_through(name: str, tmp_path: Path) -> None:
    with a_pair(PLANTED[name].without_the_bug(), tmp_path) as pair:
        steps = conform(TOWN, WORDS, pair.line, lambda holds: pair.within(PATIENCE_S, holds))
    assert gate_of(steps).sentences == ()


def test_m28_answers_any_body_with_what_its_key_did_first(tmp_path: Path) -> None:
    with a_pair(PLANTED["m28"], tmp_path) as pair:
        first, other = pair.alfa.pay("k", 5), pair.alfa.pay("k", 6)
    assert other.json()["transaction_id"] == first.json()["transaction_id"]


def test_m25_calls_sent_what_nobody_took(tmp_path: Path) -> None:
    with a_pair(PLANTED["m25"], tmp_path) as pair:
        id_ = pair.alfa.pay("k1", 5).json()["transaction_id"]
        assert pair.within(PATIENCE_S, lambda: pair.alfa.get(f"/transfers/{id_}")["status"] == "completed")
        pair.broker.go_away()
        pair.alfa.pay("k2", 5)
        rows = lambda: pair.alfa.http.get("/lab/ledger").json()["outbox"]  # noqa: E731
        assert pair.within(PATIENCE_S, lambda: [row["published"] for row in rows()] == [True, True])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # that is the bug
def test_m20_reads_nothing_after_what_nobody_can_read(tmp_path: Path) -> None:
    with a_pair(PLANTED["m20"], tmp_path) as pair:
        (reading,) = [loop for loop in pair.brvo.post.loops if loop.name == "consumer"]
        poison = OutgoingRecord(EXTERNAL_TRANSFERS, b"BRVO", b"{", ())
        assert pair.within(PATIENCE_S, lambda: pair.alfa.bank.link.up)
        pair.broker.publisher().publish([poison], 1.0)
        assert reading._thread is not None
        reading._thread.join(PATIENCE_S)
        assert not reading._thread.is_alive()
        assert pair.brvo.http.get("/readyz").status_code == 200


def test_m30_shows_what_came_last_in_the_middle_when_the_clock_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "history", queries.history)
    with a_pair(PLANTED["m30"], tmp_path) as pair:
        clock, commits = StandingClock(), pair.alfa.bank.writer._commits
        for key, hour in (("first", 1), ("second", 3), ("third", 2)):
            commits._clock = clock
            clock.at_us = hour * 3_600_000_000 + pair.alfa.bank.clock.now_us()
            pair.alfa.pay(key, hour, ANNA)
        lines = pair.alfa.get(f"/accounts/{ALICE}/transactions?limit=2")
        more = pair.alfa.get(lines["next"].removeprefix("/api/v1"))
    assert [line["amount_minor"] for line in lines["items"] + more["items"]][:3] == [-3, -2, -1]


def test_v4_says_every_answer_three_times_and_v6_says_not_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "PATIENCE_S", 0.0)
    with a_pair(Planted(both(variants.answers_freely, variants.refuses_while_away)), tmp_path) as pair:
        assert pair.within(PATIENCE_S, lambda: pair.alfa.bank.link.up)
        id_ = pair.alfa.pay("k1", 5).json()["transaction_id"]
        assert pair.within(PATIENCE_S, lambda: pair.alfa.get(f"/transfers/{id_}")["status"] == "completed")
        types = [json.loads(record.value or b"")["type"] for record in pair.broker.records(EXTERNAL_TRANSFERS)]
        pair.broker.go_away()
        assert pair.within(PATIENCE_S, lambda: not pair.alfa.bank.link.up)
        refused, local = pair.alfa.pay("k2", 5), pair.alfa.pay("k3", 5, ANNA)
    assert sorted(types) == ["transfer.accepted"] * 3 + ["transfer.requested"]
    assert (refused.status_code, local.is_success) == (503, True)
