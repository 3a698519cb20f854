"""What listeners are told: each piece fits its model, and the rows of the audit log arrive whole, many to a record."""

from __future__ import annotations

from itertools import count
from typing import Any

import orjson
import pytest

from bank_node.ledger.chain import BEGINNING, Row, first_broken, link
from bank_node.transfers.messages import BYTES_MAX
from bank_node.transfers.news import ABOUT_TRANSFERS, Happened, Herald, News, SentTransfer
from bank_node.transfers.news_schemas import NEWS
from tests.support.cast import ALICE, BOB, NOON_US

HERALD = Herald("ALFA", "fed")
SENT = SentTransfer("t1", ALICE, "BRVO", BOB, 12_50, "EUR", "Lunch", ("AC04", "the account is closed"))


def rows(*actions: str, pad: str = "") -> list[Row]:
    found, previous = [], BEGINNING
    for seq, action in zip(count(1), actions, strict=False):
        facts = orjson.dumps({"entry": seq, "currency": "EUR", "postings": [[7, 12_50, 5]], "pad": pad}).decode()
        said = (seq, NOON_US, "teller1", action, "t1", facts)
        previous = link(previous, *said)
        found.append(Row(*said, previous))
    return found


def told(action: str, **also: Any) -> list[News]:
    (row,) = rows(action)
    return list(HERALD.tell(Happened(row, orjson.loads(row.facts), **also)))


def fits(piece: News) -> dict[str, Any]:
    said: dict[str, Any] = orjson.loads(piece.body)
    model = NEWS[piece.type].model_validate_json(piece.body)
    assert model.model_dump(exclude_unset=True) == said
    assert not model.model_extra
    assert said["type"] == piece.type
    return said


@pytest.mark.parametrize(
    ("action", "topics"),
    [
        ("transfer_out", ["transaction_initiated"]),
        ("return_out", ["transaction_initiated"]),
        ("transfer_completed", ["transaction_completed"]),
        ("transfer_refunded", ["transaction_failed"]),
        ("transfer_inside", ["transaction_initiated", "transaction_completed"]),
        ("deposit", []),
        ("signed_in", []),
    ],
)
def test_a_transfer_is_told_of_under_the_payers_account(action: str, topics: list[str]) -> None:
    pieces = told(action, transfer=SENT if action in ABOUT_TRANSFERS else None)
    assert [(piece.topic, piece.key, piece.transaction_id) for piece in pieces] == [(t, ALICE, "t1") for t in topics]
    for piece in pieces:
        said = fits(piece)
        assert (said["account"], said["amount_minor"], said["to_account"]) == (ALICE, 12_50, BOB)
        assert ("reason" in said) == (piece.topic == "transaction_failed")
    assert len({orjson.loads(piece.body)["event_id"] for piece in pieces}) == len(pieces)


def test_money_that_came_is_told_of_under_the_account_it_came_to() -> None:
    (piece,) = told("transfer_in", funded=((BOB, 12_50),))
    said = fits(piece)
    assert (piece.topic, piece.key, said["by"], said["transaction_id"]) == ("account_funded", BOB, "transfer_in", "t1")


def test_cash_has_no_transfer() -> None:
    (row,) = rows("deposit")
    entry = Row(row.seq, row.at_us, row.actor, row.action, "entry/1", row.facts, row.hash)
    (piece,) = HERALD.tell(Happened(entry, orjson.loads(row.facts), funded=((ALICE, 5),)))
    assert "transaction_id" not in fits(piece)


def test_the_rows_of_the_audit_log_can_be_checked_by_whoever_hears_them() -> None:
    log = rows(*["deposit"] * 500, pad="x" * 400)
    pieces = list(HERALD.tell_lines(log, BEGINNING))
    assert 3 < len(pieces) < 20, "many rows to a record"
    heard: list[Row] = []
    for piece in pieces:
        said = fits(piece)
        assert len(piece.body) <= BYTES_MAX
        assert (piece.topic, piece.key) == ("audit_log", "ALFA")
        assert said["previous_hash"] == (heard[-1].hash if heard else BEGINNING).hex()
        heard += [Row(**{**line, "hash": bytes.fromhex(line["hash"])}) for line in said["lines"]]
    assert heard == log
    assert first_broken(heard) is None


def test_a_row_too_long_for_a_record_goes_alone() -> None:
    short, long = rows("deposit", "deposit")[0], rows("deposit", "deposit", pad="x" * BYTES_MAX)[1]
    assert [len(fits(piece)["lines"]) for piece in HERALD.tell_lines([short, long, short], BEGINNING)] == [1, 1, 1]
