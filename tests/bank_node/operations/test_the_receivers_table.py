"""The receiver's table of decisions, row by row: every decision met by every question, with the same content and with
another. On SQLite alone: each operation has its own tests, and those run on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.ledger.money import AMOUNT_MAX
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.tidy import tidy
from bank_node.transfers import messages
from tests.support.cast import BOB, NOBODY, OPENING, Town, an_order, open_town

AMOUNT = 12_50
DECISIONS = ("ACCEPTED", "REJECTED", "CANCELLED")
QUESTIONS = ("request", "inquiry", "inquiry + flag")
YEAR_MS = 365 * 24 * 3_600_000


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


def a_request(town: Town, **order: Any) -> bytes:
    """Of a payment that ALFA has booked; on its way, and nowhere yet."""
    town.alfa.do(send_transfer, an_order(AMOUNT, **order))
    return bytes(town.alfa.waiting.pop().body)


def ask(request: bytes, how: str) -> bytes:
    """The request itself, or a question about it."""
    if how == "request":
        return request
    return messages.inquiry(request, now_us=0, event_id="a question", cancel_if_unknown=how == "inquiry + flag")


def with_other_content(body: bytes) -> bytes:
    fields = orjson.loads(body) | {"amount_minor": 1}
    del fields["content_hash"]
    return orjson.dumps(fields)


def take(town: Town, body: bytes, times: int = 1) -> dict[Any, int]:
    return dict(town.brvo.take(town.brvo.record(body), times))


def answers(town: Town) -> list[dict[str, Any]]:
    """What BRVO has queued since the last look; the broker has it."""
    rows = list(town.brvo.waiting)
    town.deliver()
    return [orjson.loads(row.body) for row in rows]


@pytest.fixture(params=DECISIONS)
def decided(request: pytest.FixtureRequest, town: Town) -> tuple[bytes, dict[str, Any]]:
    """A request on which BRVO has decided, and its first answer."""
    decision = request.param
    body = a_request(town, **({"to_account": NOBODY} if decision == "REJECTED" else {}))
    take(town, ask(body, "inquiry + flag" if decision == "CANCELLED" else "request"))
    (answer,) = answers(town)
    stored = town.brvo.connection.execute("SELECT decision FROM decisions").fetchall()
    assert stored == [(decision,)]
    return body, answer


def test_an_acceptable_request_is_credited_and_accepted(town: Town) -> None:
    assert take(town, a_request(town), times=3) == {"credited": 1, "repeat": 2}
    (answer,) = answers(town)
    assert answer["type"] == "transfer.accepted"
    assert town.brvo.own_balance("clearing:ALFA") == -AMOUNT
    assert town.brvo.balance(BOB) == OPENING + AMOUNT
    town.lawful()


def test_a_credit_beyond_the_ceiling_is_refused_with_am02(town: Town) -> None:
    body = a_request(town)
    full = AMOUNT_MAX - AMOUNT + 1
    town.brvo.connection.execute(f"UPDATE accounts SET balance = {full} WHERE code = '{BOB}'")
    assert take(town, body, times=2) == {"refused": 1, "repeat": 1}
    town.brvo.connection.execute(f"UPDATE accounts SET balance = {OPENING} WHERE code = '{BOB}'")
    assert answers(town)[0]["reason"]["code"] == "AM02"
    town.lawful()


@pytest.mark.parametrize("how", ["inquiry", "inquiry + flag"])
def test_an_unseen_id_is_unknown_or_buried(town: Town, how: str) -> None:
    body = a_request(town)
    outcome = "unknown" if how == "inquiry" else "buried"
    assert take(town, ask(body, how)) == {outcome: 1}
    (answer,) = answers(town)
    assert answer["answers_hash"] == orjson.loads(body)["content_hash"], "a question repeats the business fields"
    assert answer["type"] == ("transfer.unknown" if how == "inquiry" else "transfer.rejected")
    assert answer.get("reason", {}).get("code") == (None if how == "inquiry" else "AB05")
    assert town.brvo.count("decisions") == (0 if how == "inquiry" else 1)
    assert town.brvo.balance(BOB) == OPENING
    town.lawful()


@pytest.mark.parametrize("how", QUESTIONS)
def test_the_stored_answer_is_given_to_every_question_of_the_same_hash(
    town: Town, decided: tuple[bytes, dict[str, Any]], how: str
) -> None:
    body, first = decided
    balance = town.brvo.balance(BOB)
    assert take(town, ask(body, how)) == {"repeat": 1}
    (again,) = answers(town)
    said_anew = {"repeats_ignored": 1}
    assert again == first | said_anew, "the same event_id, hash, reason and times"
    assert take(town, ask(body, how), times=3) == {"repeat": 3}
    assert town.brvo.count("decisions") == 1
    assert town.brvo.balance(BOB) == balance
    assert town.brvo.count("incidents") == 0
    town.deliver()
    town.lawful()


@pytest.mark.parametrize("how", QUESTIONS)
def test_another_content_under_a_decided_id_gets_am05_for_the_hash_that_was_asked(
    town: Town, decided: tuple[bytes, dict[str, Any]], how: str
) -> None:
    body, first = decided
    balance, other = town.brvo.balance(BOB), with_other_content(ask(body, how))
    assert take(town, other, times=2) == {"conflict": 2}
    one, two = answers(town)
    for answer in (one, two):
        assert (answer["type"], answer["reason"]["code"]) == ("transfer.rejected", "AM05")
        assert answer["answers_hash"] == messages.content_hash(orjson.loads(other)) != first["answers_hash"]
    assert town.brvo.balance(BOB) == balance
    assert town.brvo.count("decisions") == 1
    assert town.brvo.count("incidents") >= 1
    take(town, body)
    assert answers(town)[0]["event_id"] == first["event_id"], "the decision stands"
    town.lawful()


@pytest.mark.parametrize("how", QUESTIONS)
def test_a_decision_is_never_forgotten_however_old(town: Town, decided: tuple[bytes, dict[str, Any]], how: str) -> None:
    body, first = decided
    balance = town.brvo.balance(BOB)
    town.clock.pass_ms(10 * YEAR_MS)
    for bank in town.banks.values():
        while bank.do(tidy):
            pass
    assert take(town, ask(body, how)) == {"repeat": 1}
    assert answers(town)[0]["event_id"] == first["event_id"]
    assert town.brvo.balance(BOB) == balance
    town.lawful()


@pytest.mark.parametrize(("first", "second"), [("request", "return"), ("return", "request")])
def test_request_and_return_share_one_key_whatever_the_kind(town: Town, first: str, second: str) -> None:
    """A key with the kind of message in it would decide twice: both would credit."""
    payment = town.brvo.do(
        send_transfer, an_order(30_00, from_account=BOB, to_bank="ALFA", to_account=an_order().from_account)
    )
    town.deliver()
    before = town.brvo.balance(BOB)
    town.alfa.do(return_transfer, ReturnOrder("BRVO", payment.id, AMOUNT))
    returned = orjson.loads(town.alfa.waiting.pop().body)
    request = orjson.loads(a_request(town)) | {"transaction_id": returned["transaction_id"]}
    del request["content_hash"]
    bodies = {"request": orjson.dumps(request), "return": orjson.dumps(returned)}
    assert take(town, bodies[first]) == {"credited": 1}
    assert take(town, bodies[second]) == {"conflict": 1}
    assert town.brvo.connection.execute(
        f"SELECT count(*) FROM decisions WHERE transaction_id = '{returned['transaction_id']}'"
    ).fetchone() == (1,)
    assert town.brvo.balance(BOB) == before + AMOUNT


@pytest.mark.parametrize(("early", "late"), list(product(["inquiry"], QUESTIONS)))
def test_a_question_without_the_flag_stands_in_nobodys_way(town: Town, early: str, late: str) -> None:
    body = a_request(town)
    for _ in range(3):
        assert take(town, ask(body, early)) == {"unknown": 1}
    outcome = {"request": "credited", "inquiry": "unknown", "inquiry + flag": "buried"}[late]
    assert take(town, ask(body, late)) == {outcome: 1}
    town.deliver()
    town.lawful()
