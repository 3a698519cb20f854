"""The contract in a node's own words, there and back: the reference's own, and that of a naive first attempt."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

import federation.grading
from bank_node.opening import close_bank, open_bank
from bank_node.settings import BankSettings
from federation.grading.amounts import read, written
from federation.grading.calls import COMPLETED, DEPOSIT, FAIL, INFO, MISSING, OK, PENDING, REJECTED
from federation.grading.dialect import Ask, Dialect, Told
from federation.grading.misfit import Misfit
from federation.grading.submission import read_submission
from federation.grading.town import AUDITOR, TELLERS
from tests.support.counter import Http, app_of
from tests.support.graded_run import ALFA, ALICE, ANNA, BOB, NOBODY

NAIVE = Dialect(read_submission(Path(federation.grading.__file__).parent / "templates" / "naive").adapter)
OWN = Dialect()
ORDER = {"from_account": ALICE, "to_bank": "BRVO", "to_account": BOB, "amount_minor": 12_50, "currency": "EUR"}
TELLER = ALFA.person(TELLERS[0])


class Counter:
    """The reference itself behind its API, asked in the words of a dialect."""

    def __init__(self, http: Http) -> None:
        self.http, self.headers = http, dict[str, str]()
        sign_in = OWN.sign_in(TELLER)
        assert sign_in is not None
        answer = self.ask(sign_in)
        self.headers = OWN.credentials(TELLER, answer.status_code, answer.json())

    def ask(self, ask: Ask) -> httpx.Response:
        headers = {**self.headers, **ask.headers}
        return self.http.request(ask.method, ask.path, headers=headers, json=ask.json, data=ask.form)

    def told(self, ask: Ask, means: Callable[[int, Any], Told]) -> Told:
        answer = self.ask(ask)
        return means(answer.status_code, answer.json())

    def statement(self, account: str, opening_minor: int) -> list[dict[str, Any]]:
        pages, ask = [], OWN.statement(account)
        while ask:
            pages.append(self.ask(ask).json())
            ask = OWN.next_page(pages[-1])  # type: ignore[assignment]
        lines: list[dict[str, Any]] = OWN.told_of_statement(pages, opening_minor).answer["lines"]
        return lines


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("graded")
    seed = folder / "seed.json"
    seed.write_text(json.dumps(ALFA.seed_entry()), encoding="utf-8")
    peers = {"ALFA": "http://127.0.0.1:9", "BRVO": "http://127.0.0.1:9"}
    bank = open_bank(BankSettings(bank_id="ALFA", data_dir=folder, seed_file=seed, peers=peers))  # type: ignore[arg-type]
    try:
        with closing(Http(app_of(bank))) as http:
            yield Counter(http)
    finally:
        close_bank(bank)


def test_the_reference_speaks_as_the_contract_does(counter: Counter) -> None:
    opening = ALFA.accounts[0].opening_minor
    assert counter.told(OWN.account(ALICE), OWN.told_of_account) == Told(OK, {"balance_minor": opening})
    assert counter.statement(ALICE, opening) == []
    sent = counter.told(OWN.order(ORDER, "k1"), OWN.told_of_order)
    assert (sent.outcome, sent.answer["status"]) == (OK, PENDING)
    assert counter.told(OWN.order(ORDER, "k1"), OWN.told_of_order) == sent
    assert counter.told(OWN.lookup(sent.answer["transaction_id"]), OWN.told_of_lookup).answer == {"status": PENDING}
    inside = ORDER | {"to_bank": "ALFA", "to_account": ANNA, "amount_minor": 1_00}
    moved = counter.told(OWN.order(inside, "k2", local=True), OWN.told_of_order)
    assert moved.answer["status"] == COMPLETED
    paid_in = counter.told(
        OWN.cash(DEPOSIT, {"account": ALICE, "amount_minor": 5_00, "currency": "EUR"}, "k3"), OWN.told_of_cash
    )
    lines = counter.statement(ALICE, opening)
    assert [(line["amount_minor"], line["balance_minor"] - opening) for line in lines] == [
        (-12_50, -12_50),
        (-1_00, -13_50),
        (5_00, -8_50),
    ]
    ids = [sent.answer["transaction_id"], moved.answer["transaction_id"], ""]
    assert [line["transaction_id"] for line in lines] == ids
    assert lines[2]["id"] == paid_in.answer["transaction_id"]


def test_what_the_reference_refuses_is_a_definite_no(counter: Counter) -> None:
    too_much = ORDER | {"amount_minor": 10**12}
    assert counter.told(OWN.order(too_much, "k9"), OWN.told_of_order) == Told(FAIL)
    assert counter.told(OWN.lookup("no-such-transfer"), OWN.told_of_lookup) == Told(OK, {"status": MISSING})
    other_body = ORDER | {"amount_minor": 13_00}
    assert counter.told(OWN.order(other_body, "k1"), OWN.told_of_order) == Told(FAIL)


def test_the_auditor_of_the_seed_file_may_not_send(counter: Counter) -> None:
    auditor = ALFA.person(AUDITOR)
    sign_in = OWN.sign_in(auditor)
    assert sign_in is not None
    answer = counter.ask(sign_in)
    wrong_role = Counter.__new__(Counter)
    wrong_role.http, wrong_role.headers = counter.http, OWN.credentials(auditor, answer.status_code, answer.json())
    assert wrong_role.ask(OWN.order(ORDER, "k10")).status_code == 403


def test_a_naive_node_is_asked_in_its_own_words() -> None:
    said = {"from": ALICE, "bank": "BRVO", "to": BOB, "amount": 12.5, "request_id": "k1"}
    assert NAIVE.order(ORDER, "k1") == Ask("POST", "/external-transfer", json=said)
    inside = ORDER | {"to_bank": "ALFA", "to_account": ANNA}
    said = {"from": ALICE, "to": ANNA, "amount": 12.5, "request_id": "k2"}
    assert NAIVE.order(inside, "k2", local=True) == Ask("POST", "/transfer", json=said)
    assert NAIVE.sign_in(TELLER) == Ask("POST", "/login", json={"user": "teller1", "password": TELLER.password})
    assert NAIVE.credentials(TELLER, 200, {"token": "abc"}) == {"Authorization": "Bearer abc"}
    assert NAIVE.account(ALICE) == Ask("GET", f"/balance?account={ALICE}")
    assert NAIVE.lookup("a/b") == Ask("GET", "/tx/a%2Fb")


def test_and_its_answers_are_understood() -> None:
    assert NAIVE.told_of_order(200, {"tx_id": 17, "state": "SENT"}).answer == {
        "transaction_id": "17",
        "status": PENDING,
    }
    assert NAIVE.told_of_order(200, {"tx_id": 18}, local=True).answer["status"] == COMPLETED
    assert NAIVE.told_of_lookup(200, {"tx_id": 17, "state": "RETURNED"}).answer == {"status": REJECTED}
    assert NAIVE.told_of_account(200, {"balance": 0.1 + 0.2}).answer == {"balance_minor": 30}
    rows = [{"kind": "debit", "amount": 12.5, "tx_id": 17}, {"kind": "credit", "amount": 3, "tx_id": None}]
    lines = NAIVE.told_of_statement([rows]).answer["lines"]
    assert [(line["amount_minor"], line["transaction_id"]) for line in lines] == [(-12_50, "17"), (3_00, "")]


@pytest.mark.parametrize(
    ("status", "outcome"), [(400, FAIL), (404, FAIL), (422, FAIL), (500, INFO), (503, INFO), (302, INFO)]
)
def test_only_a_4xx_is_a_definite_no(status: int, outcome: str) -> None:
    assert OWN.told_of_order(status, {}) == Told(outcome)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: OWN.told_of_order(202, {}), "your transfer answer has no id: there is no transaction_id"),
        (lambda: OWN.told_of_order(202, "ok"), "your transfer answer has no id"),
        (lambda: OWN.told_of_order(202, {"transaction_id": "t1", "status": "FINE"}), "'FINE' is no status"),
        (lambda: OWN.told_of_lookup(200, {"id": "t1"}), "the answer about a transfer has no status"),
        (lambda: OWN.told_of_account(200, {"balance": 5}), "the answer about an account has no balance"),
        (lambda: OWN.told_of_account(200, {"balance_minor": 12.5}), "12.5, not a whole number of minor units"),
        (lambda: OWN.told_of_account(200, {"balance_minor": True}), "True, not a whole number"),
        (lambda: OWN.told_of_statement([[]]), "the statement has no list of lines: items is none"),
        (lambda: OWN.told_of_statement([{"items": [{}]}]), "a line of the statement has no amount"),
        (lambda: NAIVE.told_of_account(200, {"balance": 12.345}), "no whole number of cents"),
        (lambda: NAIVE.told_of_account(200, {"balance": float("nan")}), "balance is nan"),
        (lambda: NAIVE.told_of_account(200, {"balance": "12.50"}), "'12.50', not a number"),
        (lambda: OWN.credentials(TELLER, 401, {}), "teller1 of the seed file can not sign in"),
        (lambda: OWN.credentials(TELLER, 200, {"jwt": "x"}), "has no access_token"),
    ],
)
def test_what_does_not_fit_is_told_in_words(ask: Callable[[], Any], words: str) -> None:
    with pytest.raises(Misfit, match=words):
        ask()


@pytest.mark.parametrize("minor", [1, 10, 30, 12_50, 4**23, 2 * 10**14 + 1])
@pytest.mark.parametrize("form", ["minor", "text", "float"])
def test_an_amount_comes_back_as_it_was_in_every_form(minor: int, form: Any) -> None:
    assert read(json.loads(json.dumps(written(minor, form))), form, "amount") == minor


def test_an_opening_balance_that_is_a_line_is_left_out_once() -> None:
    page = {"items": [{"amount_minor": 5, "transaction_id": "t1"}, {"amount_minor": 100}], "next": None}
    assert [line["amount_minor"] for line in OWN.told_of_statement([page], 100).answer["lines"]] == [5]
    assert [line["amount_minor"] for line in OWN.told_of_statement([page], 0).answer["lines"]] == [100, 5]
    no_opening_line = {"items": [{"amount_minor": 100, "transaction_id": "t1"}]}
    assert len(OWN.told_of_statement([no_opening_line], 100).answer["lines"]) == 1


def test_members_may_lie_deeper() -> None:
    adapter = OWN.adapter.model_copy(
        update={
            "account": OWN.adapter.account.model_copy(
                update={"answer": type(OWN.adapter.account.answer)(balance="data.money.minor")}
            )
        }
    )
    assert Dialect(adapter).told_of_account(200, {"data": {"money": {"minor": 7}}}).answer == {"balance_minor": 7}
    assert NOBODY not in Dialect(adapter).account(ALICE).path


def test_a_line_that_was_pushed_into_the_next_page_by_a_newer_one_is_the_same_line() -> None:
    new, mid, old = ({"entry_id": f"e{n}", "amount_minor": n, "transaction_id": f"t{n}"} for n in (3, 2, 1))
    pages = [{"items": [new, mid], "next": "/2"}, {"items": [mid, old], "next": None}]
    told = OWN.told_of_statement(pages).answer["lines"]
    assert [line["id"] for line in told] == ["e1", "e2", "e3"]
    twice = [{"items": [new, mid, mid], "next": "/2"}, {"items": [old], "next": None}]
    assert len(OWN.told_of_statement(twice).answer["lines"]) == 4
    for line in (new, mid, old):
        del line["entry_id"]
    assert len(OWN.told_of_statement(pages).answer["lines"]) == 4  # nobody can tell


@pytest.mark.parametrize(
    ("value", "form"), [(10**4000, "minor"), ("1e99999", "text"), ("1e999999", "text"), (1e300, "float")]
)
def test_numbers_that_only_serve_to_be_too_long_are_no_amounts(value: Any, form: Any) -> None:
    with pytest.raises(Misfit):
        read(value, form, "balance_minor")
