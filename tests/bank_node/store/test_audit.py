"""The audit log as operations write it: one row for each happening, linked, gone with what was rolled back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.clock import Ids
from bank_node.ledger.chain import Row, first_broken
from bank_node.ledger.errors import Refusal
from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.books import Books
from tests.support.cast import ALICE, BOB, NOBODY, Town, an_order, open_town

ZEROS = "00" * 32


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    opened = open_town(tmp_path)
    yield opened
    opened.close()


def rows_of(town: Town, bank: str = "ALFA") -> list[Row]:
    found = town.banks[bank].connection.execute("SELECT * FROM audit_log ORDER BY seq")
    return [Row(*row) for row in found.fetchall()]


def newest(town: Town, bank: str = "ALFA") -> tuple[Row, dict[str, Any]]:
    row = rows_of(town, bank)[-1]
    return row, orjson.loads(row.facts)


def head(books: Books, _now_us: int, _ids: Ids) -> tuple[int, str]:
    return books.audit.head()


def contains(books: Books, _now_us: int, _ids: Ids, seq: int, hash_hex: str) -> bool:
    return books.audit.contains(seq, hash_hex)


def note(books: Books, _now_us: int, _ids: Ids, action: str) -> tuple[int, str]:
    books.audit.note(action, "somebody", "teller1", {})
    return books.audit.head()


def refuse_late(books: Books, _now_us: int, _ids: Ids) -> None:
    books.audit.note("tried", "something", "mallory", {})
    raise Refusal("FF01", "no", "field")


def test_every_entry_has_one_row_that_says_what_was_posted(town: Town) -> None:
    town.alfa.do(deposit, CashOrder(ALICE, 5_00, "EUR", actor="teller1", reference="birthday"))
    row, facts = newest(town)
    assert (row.action, row.subject, row.actor) == ("deposit", f"entry/{facts['entry']}", "teller1")
    assert facts["text"] == "birthday"
    posted = town.alfa.connection.execute(
        "SELECT account_id, amount, balance_after FROM postings WHERE entry_id = ? ORDER BY amount", [facts["entry"]]
    )
    assert [tuple(found) for found in posted.fetchall()] == [tuple(posting) for posting in facts["postings"]]


def test_both_banks_note_the_whole_life_of_a_transfer(town: Town) -> None:
    id_ = town.alfa.do(send_transfer, an_order()).id
    town.deliver()
    sent = [(row.action, orjson.loads(row.facts)["transfer"]["state"]) for row in rows_of(town) if row.subject == id_]
    assert sent == [("transfer_out", "PENDING"), ("transfer_completed", "COMPLETED")]
    row, facts = newest(town, "BRVO")
    assert (row.action, row.subject, row.actor) == ("transfer_in", id_, "ALFA")
    assert facts["decision"]["decision"] == "ACCEPTED"


def test_a_refusal_of_a_transfer_is_noted_without_an_entry(town: Town) -> None:
    id_ = town.alfa.do(send_transfer, an_order(to_account=NOBODY)).id
    town.deliver()
    row, facts = newest(town, "BRVO")
    assert (row.action, row.subject) == ("payment_refused", id_)
    assert (facts["decision"]["code"], facts["decision"]["amount"]) == ("AC01", 12_50)
    assert "entry" not in facts


def test_what_arrives_twice_is_noted_once(town: Town) -> None:
    town.alfa.do(send_transfer, an_order())
    town.deliver(times=3)
    assert [row.action for row in rows_of(town, "BRVO")].count("transfer_in") == 1
    assert [row.action for row in rows_of(town)].count("transfer_completed") == 1


def test_the_chain_holds_over_units_of_work_and_within_one(town: Town) -> None:
    town.alfa.do_all([(deposit, CashOrder(ALICE, amount, "EUR")) for amount in range(1, 50)])
    town.alfa.do(send_transfer, an_order())
    town.deliver()
    for bank in town.banks:
        rows = rows_of(town, bank)
        assert first_broken(rows) is None
        assert town.banks[bank].do(head) == (rows[-1].seq, rows[-1].hash.hex())


def test_a_refused_operation_leaves_no_row(town: Town) -> None:
    before = rows_of(town)
    with pytest.raises(Refusal):
        town.alfa.do(withdraw, CashOrder(ALICE, 10**9, "EUR"))
    with pytest.raises(Refusal):
        town.alfa.do(refuse_late)
    assert rows_of(town) == before


def test_a_refusal_after_a_note_takes_only_itself_back(town: Town) -> None:
    before = len(rows_of(town))
    calls = [(note, "first"), (refuse_late,), (note, "second")]
    outcomes = town.alfa.do_all(calls, keep_errors=True)
    assert isinstance(outcomes[1], Refusal)
    rows = rows_of(town)
    assert [row.action for row in rows[before:]] == ["first", "second"]
    assert first_broken(rows) is None
    assert outcomes[2] == (rows[-1].seq, rows[-1].hash.hex())


def test_a_head_that_was_told_is_the_one_that_is_committed(town: Town) -> None:
    """It may be asked for in the middle of a unit of work: what is noted later comes after it."""
    told = town.alfa.do_all([(note, "first"), (note, "second"), (note, "third")])
    assert [(row.seq, row.hash.hex()) for row in rows_of(town)[-3:]] == told


def test_the_chain_contains_what_it_had_and_nothing_else(town: Town) -> None:
    first, last = rows_of(town)[0], rows_of(town)[-1]
    for known in (first, last):
        assert town.alfa.do(contains, known.seq, known.hash.hex())
        assert not town.alfa.do(contains, known.seq, ZEROS)
    assert not town.alfa.do(contains, last.seq + 1, last.hash.hex())
    assert not town.alfa.do(contains, 2**70, last.hash.hex())
    assert not town.alfa.do(contains, -1, ZEROS)
    assert town.alfa.do(contains, 0, ZEROS)


def test_a_bank_contains_what_was_noted_in_the_same_unit_of_work(town: Town) -> None:
    def note_and_ask(books: Books, _now_us: int, _ids: Ids) -> bool:
        books.audit.note("first", "somebody", "", {})
        seq, hash_hex = books.audit.head()
        books.audit.note("second", "somebody", "", {})
        return books.audit.contains(seq, hash_hex)

    assert town.alfa.do(note_and_ask)


def test_no_row_can_be_changed_or_taken_out(town: Town) -> None:
    for statement in ("UPDATE audit_log SET actor = 'mallory'", "DELETE FROM audit_log"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            town.alfa.connection.execute(statement)


def test_no_account_number_is_in_the_log(town: Town) -> None:
    town.alfa.set_state(ALICE, "debit_frozen")
    town.alfa.set_state(ALICE, "open")
    town.alfa.do(send_transfer, an_order())
    town.deliver()
    for row in [*rows_of(town), *rows_of(town, "BRVO")]:
        assert not [number for number in (ALICE, BOB) if number in row.facts + row.subject]
