"""What a bank in the lab lays open: its entries, outbox and audit log, in the shape that the checkers read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bank_node.store import bare_books
from federation.grading.books import Books, read_books
from federation.grading.checkers.audit_rows import audit_rows
from federation.grading.checkers.trial_balance import trial_balance
from federation.grading.evidence import Evidence
from federation.grading.history import History
from federation.grading.town import make_town
from tests.bank_node.lab.test_laboratory import Served, a_served_bank
from tests.support.counter import ALICE

PATH = "/lab/ledger"


@pytest.fixture
def alfa(tmp_path: Path) -> Iterator[Served]:
    with a_served_bank(tmp_path, bank_lab=True) as alfa:
        yield alfa


def books_of(bank: Served) -> Books:
    said: dict[str, Any] = bank.get(PATH).json()
    return read_books(said)


def findings(books: Books) -> list[str]:
    evidence = Evidence(make_town(1), History([]), 0, books={"ALFA": books})
    return [one.sentence for checker in (trial_balance, audit_rows) for one in checker(evidence)]


def test_outside_of_the_lab_nobody_sees_the_books(tmp_path: Path) -> None:
    with a_served_bank(tmp_path) as bank:
        assert bank.get(PATH).status_code == 404


def test_all_of_it_is_there_and_holds(alfa: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bare_books, "ROWS_AT_ONCE", 2)
    before = books_of(alfa)
    id_ = alfa.send("k").json()["transaction_id"]
    books = books_of(alfa)
    (entry,) = [one for one in books.entries if one not in before.entries]
    assert entry.transaction_id == id_
    assert {posting.account: posting.amount_minor for posting in entry.postings} == {ALICE: -1, "suspense:out": 1}
    assert [row.transaction_id for row in books.outbox] == [id_]
    assert books.quarantined == 0
    assert books.audit is not None
    assert before.audit is not None
    assert books.audit[: len(before.audit)] == before.audit
    assert entry.entry_id in {row.entry_id for row in books.audit}
    assert findings(books) == []


def test_sent_again_with_its_key_it_is_there_once(alfa: Served) -> None:
    alfa.send("k")
    before = books_of(alfa)
    alfa.send("k")
    assert books_of(alfa).entries == before.entries


def test_one_row_that_was_changed_is_named(alfa: Served) -> None:
    alfa.send("k")
    books = books_of(alfa)
    assert books.audit is not None
    *others, last = books.audit
    (said,) = findings(replace(books, audit=(*others, replace(last, facts=last.facts.replace("1", "2")))))
    assert f"row {last.seq} is not what was written" in said
