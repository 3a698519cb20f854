"""Business dates are held against what the log says was opened, closed and opened again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from bank_node.operations.business_day import DayOrder, begin_day, close_day, reopen_day
from bank_node.operations.cash import CashOrder, deposit
from bank_node.store.audit import AuditBook
from bank_node.store.books import Books
from tests.support.cast import ALICE, Town, open_town
from tests.support.tampering import found, one, tamper


def live(town: Town) -> None:
    """A day is opened, closed with an entry in it, opened again and closed: rows 1 to 6."""
    town.alfa.do(lambda books, now_us, _: begin_day(books, now_us, "okafor"))
    town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR", "okafor"))
    town.alfa.do(close_day, DayOrder(actor="vogt"))
    town.alfa.do(reopen_day, DayOrder(reason="forgot one", actor="vogt"))
    town.alfa.do(close_day, DayOrder(actor="vogt"))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


CHANGES = {
    "date": "date = '2026-01-01'",
    "act": "act = CASE act WHEN 'opened' THEN 'closed' ELSE 'opened' END",
    "from which entry": "from_entry = from_entry + 1",
    "when": "at_us = at_us + 1",
    "by whom": "actor = 'mallory'",
    "facts": "facts = '{\"queued\":1}'",
    "no json": "facts = 'x'",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("id_", range(1, 7))
def test_a_day_that_was_changed_is_named(town: Town, id_: int, change: str) -> None:
    live(town)
    town.lawful()
    tamper(town.alfa, f"UPDATE business_dates SET {change} WHERE id = ?", id_)
    assert found(town.alfa) == [("business_dates", str(id_))]


def test_days_that_were_swapped_taken_out_or_put_in_are_named(town: Town) -> None:
    live(town)
    tamper(town.alfa, "DELETE FROM business_dates WHERE id = 6")
    assert [table for table, _ in found(town.alfa)] == ["business_dates"]
    town.alfa.do(lambda books, now_us, _: books.dates.say(now_us, "2026-01-01", "opened", "vogt"))
    assert found(town.alfa) == [("business_dates", "6")]
    tamper(town.alfa, "UPDATE business_dates SET id = 0 WHERE id = 2")
    assert found(town.alfa) == [("business_dates", "0")]


def test_a_log_that_names_no_entry_accuses_nobody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def note(self: AuditBook, action: str, subject: str, actor: str, facts: dict[str, object]) -> None:
        plain_note(self, action, subject, actor, {name: fact for name, fact in facts.items() if name != "from_entry"})

    plain_note = AuditBook.note
    with monkeypatch.context() as patch:
        patch.setattr(AuditBook, "note", note)
        live(town)
    assert one(town.alfa, "SELECT facts FROM audit_log WHERE action = 'day_opened'") == "{}"
    town.lawful()


@pytest.mark.parametrize(("action", "facts"), [("day_closed", "{}"), ("day_reopened", '{"from": 5}')])
def test_a_forged_row_about_a_day_never_stops_the_check(town: Town, action: str, facts: str) -> None:
    def forge(books: Books, *_: object) -> None:
        books.audit.note(action, "day/x", "mallory", orjson.loads(facts))

    town.alfa.do(forge)
    assert found(town.alfa) == [("audit_log", str(town.alfa.count("audit_log")))]
