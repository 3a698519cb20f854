"""Rows that somebody plants with a plain shell, no trigger touched, are found whatever numbers they bear; and so are
rows that are replaced, which no trigger of SQLite sees."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bank_node.operations.answer_recall import Agreement, agree_to_recall
from bank_node.operations.approvals import Request, Verdict, ask_approval, reject
from bank_node.operations.business_day import DayOrder, close_day
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.drawers import DrawerClaim, DrawerCount, claim_drawer, close_drawer
from bank_node.operations.holds import HoldOrder, place_hold
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.reversal import ReversalOrder, reverse
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.unclaimed import PayOut, pay_out_unclaimed
from tests.support.archive import live, seal_all
from tests.support.cast import ALICE, CAROL, NOBODY, SmallBank, Town, an_order, open_town
from tests.support.tampering import checked, found

LAST = 2**63 - 1
STRANGE = (-(2**63), -5, 0, 10**12, LAST)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


def in_a_shell(bank: SmallBank, *statements: tuple[Any, ...]) -> None:
    with closing(sqlite3.connect(bank.settings.data_dir / "bank.db")) as shell:
        for sql, *parameters in statements:
            assert shell.execute(sql, parameters).rowcount > 0
        shell.commit()


def moved_past_the_log(bank: SmallBank, entry_id: int, *, with_entry: bool) -> None:
    """50.00 from Carol to Alice: balances, postings and laws agree."""
    entry = ("INSERT INTO entries VALUES (?, 'transfer_inside', 'EUR', NULL, NULL, 'mallory', 5)", entry_id)
    in_a_shell(
        bank,
        *([entry] if with_entry else []),
        ("INSERT INTO postings SELECT id, ?, 5000, balance + 5000 FROM accounts WHERE id = 1", entry_id),
        ("INSERT INTO postings SELECT id, ?, -5000, balance - 5000 FROM accounts WHERE id = 2", entry_id),
        ("UPDATE accounts SET balance = balance + 5000 WHERE id = 1",),
        ("UPDATE accounts SET balance = balance - 5000 WHERE id = 2",),
    )


@pytest.mark.parametrize("sealed", [False, True], ids=["unsealed", "sealed"])
@pytest.mark.parametrize("with_entry", [True, False], ids=["entry", "postings alone"])
@pytest.mark.parametrize("entry_id", STRANGE)
def test_money_moved_under_a_strange_number_is_found(town: Town, entry_id: int, with_entry: bool, sealed: bool) -> None:
    if sealed:
        live(town.alfa)
        assert seal_all(town.alfa)
    moved_past_the_log(town.alfa, entry_id, with_entry=with_entry)
    assert town.alfa.balance(ALICE) >= 150_00
    assert found(town.alfa) == [("entries", str(entry_id))]


def test_money_moved_under_a_strange_number_stays_found_when_the_bank_goes_on(town: Town) -> None:
    moved_past_the_log(town.alfa, 10**12, with_entry=True)
    moved_past_the_log(town.alfa, -5, with_entry=False)
    town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR", "okafor"))
    assert found(town.alfa) == [("entries", str(10**12)), ("entries", "-5")]


@pytest.mark.parametrize("entry_id", [3, 10**12])
def test_a_posting_on_an_account_that_is_not_there_is_found(town: Town, entry_id: int) -> None:
    in_a_shell(town.alfa, ("INSERT INTO postings VALUES (-9, ?, 5, 5)", entry_id))
    assert found(town.alfa) == [("postings", f"-9/{entry_id}")]


@pytest.mark.parametrize("seq", [-7, 0])
def test_a_row_of_the_log_before_its_first_is_found(town: Town, seq: int) -> None:
    in_a_shell(town.alfa, ("INSERT INTO audit_log VALUES (?, 5, 'mallory', 'recall_asked', 'x', 'x', x'')", seq))
    assert found(town.alfa) == [("audit_log", str(seq))]


@pytest.fixture
def lived_in(town: Town) -> Town:
    """Rows in every table that matters for money; the older months are sealed."""
    alfa, brvo = town.alfa, town.brvo
    live(alfa)
    alfa.do(close_day, DayOrder(actor="vogt"))
    alfa.do(place_hold, HoldOrder(account=CAROL, amount_minor=5, currency="EUR", reason="court", actor="okafor"))
    alfa.do(claim_drawer, DrawerClaim(1, {"EUR": 50_00}, "okafor"))
    alfa.do(close_drawer, DrawerCount(1, {"EUR": {"500": 10}}, None, None, "okafor"))
    entry_id = alfa.do(deposit, CashOrder(CAROL, 5, "EUR", "okafor")).entry_id
    alfa.do(reverse, ReversalOrder(entry_id, "wrong", "okafor"))
    alfa.do(ask_approval, Request("deposit", CashOrder(ALICE, 5, "EUR", "okafor")))
    alfa.do(reject, Verdict(1, "vogt", "no"))
    alfa.do(claim_drawer, DrawerClaim(2, {"EUR": 50_00}, "okafor"))
    payment = alfa.do(send_transfer, an_order(12_50)).id
    town.deliver()
    recall_id = alfa.do(recall_transfer, RecallOrder(payment, "sent twice", "okafor")).id
    town.deliver()
    brvo.do(agree_to_recall, Agreement("ALFA", recall_id, 5_00, "vogt"))
    brvo.do(return_transfer, ReturnOrder("ALFA", payment, 2_50, "vogt"))
    alfa.do(send_transfer, an_order(alfa.balance(ALICE), to_account=NOBODY))
    alfa.set_state(ALICE, "closed")
    town.deliver()
    alfa.do(pay_out_unclaimed, PayOut(1, CAROL, "vogt"))
    assert seal_all(alfa)
    town.lawful()
    return town


# what of a copied row is other, one after the other
COPIES = {
    "decisions": ("transaction_id", "from_bank"),
    "transfers": ("transaction_id",),
    "recalls": ("recall_id",),
    "recall_requests": ("recall_id", "from_bank"),
    "unclaimed": ("id",),
    "holds": ("id",),
    "drawers": ("id",),
    "reversals": ("entry_id, reversal_id", "entry_id"),
    "approvals": ("id",),
    "business_dates": ("id",),
    "sealed_months": ("month",),
    "archived_balances": ("account_id", "month"),
}
OTHERWISE = {"from_bank": ["CHRL", ""], "month": ["2029-01", "9999-12", "x"], "account_id": [-7, 10**12]}
IDS = [-7, 0, 10**12, LAST]
WORDS = ["", "another", "-7"]


def copies(bank: SmallBank, table: str) -> Iterator[tuple[list[str], list[Any]]]:
    for changed in COPIES[table]:
        cursor = bank.connection.execute(f"SELECT * FROM {table}")
        columns = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            names = changed.split(", ")
            usual = WORDS if isinstance(row[columns.index(names[0])], str) else IDS
            for other in OTHERWISE.get(changed, usual):
                copy = list(row)
                for name in names:
                    copy[columns.index(name)] = other
                yield columns, copy


@pytest.mark.parametrize("table", COPIES)
def test_a_copied_row_is_found_whatever_its_number(lived_in: Town, table: str) -> None:
    tried = 0
    for bank in lived_in.banks.values():
        for columns, copy in list(copies(bank, table)):
            marks = ", ".join("?" * len(copy))
            with closing(sqlite3.connect(bank.settings.data_dir / "bank.db")) as shell:
                try:
                    shell.execute(f"INSERT INTO {table} VALUES ({marks})", copy)
                except sqlite3.IntegrityError:
                    continue  # it is not let in
                for (name,) in shell.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                    shell.execute(f"DROP TRIGGER {name}")  # so that it can be taken out again
                shell.commit()
                tried += 1
                assert table in {finding.table for finding in checked(bank).findings}, copy
                same = " AND ".join(f'"{column}" IS ?' for column in columns)
                assert shell.execute(f"DELETE FROM {table} WHERE {same}", copy).rowcount == 1
                shell.commit()
    assert tried > 2
    lived_in.lawful()


REPLACED = [
    ("entries", "kind", "'fee'"),
    ("entries", "at_us", "at_us - 1"),
    ("postings", "amount", "amount + 1"),
    ("postings", "account_id", "account_id + 1"),
    ("decisions", "amount", "amount + 1"),
    ("decisions", "account_id", "account_id + 1"),
    ("transfers", "state", "'REJECTED'"),
    ("transfers", "amount", "amount + 1"),
    ("transfers", "account_id", "account_id + 1"),
    ("audit_log", "actor", "'mallory'"),
    ("recalls", "state", "'ASKED'"),
    ("unclaimed", "amount", "amount + 1"),
    ("holds", "amount", "amount + 1"),
    ("drawers", "floats", "'{}'"),
    ("reversals", "reversal_id", "1"),
    ("approvals", "state", "'APPROVED'"),
    ("business_dates", "from_entry", "from_entry + 1"),
]


@pytest.mark.parametrize(("table", "column", "other"), REPLACED, ids=[f"{row[0]}-{row[1]}" for row in REPLACED])
def test_a_row_that_was_replaced_past_the_triggers_is_found(
    lived_in: Town, table: str, column: str, other: str
) -> None:
    """REPLACE deletes the old row, and SQLite runs no delete trigger for it."""
    names = [row[1] for row in lived_in.alfa.connection.execute(f"PRAGMA table_info({table})")]
    listed = ", ".join(other if name == column else f'"{name}"' for name in names)
    rows = f"SELECT {listed} FROM {table} WHERE {column} <> {other}"
    in_a_shell(lived_in.alfa, (f"INSERT OR REPLACE INTO {table} {rows} ORDER BY 1 LIMIT 1",))
    assert table in {finding.table for finding in checked(lived_in.alfa).findings}


@pytest.mark.parametrize(("table", "column"), [("sealed_months", "hash"), ("archived_balances", "amount")])
def test_what_is_sealed_is_not_even_replaced(lived_in: Town, table: str, column: str) -> None:
    """What keeps it in order is asked before anything is put in."""
    names = [row[1] for row in lived_in.alfa.connection.execute(f"PRAGMA table_info({table})")]
    listed = ", ".join("5" if name == column else name for name in names)
    with pytest.raises(sqlite3.IntegrityError, match="what is sealed takes in no more"):
        in_a_shell(lived_in.alfa, (f"INSERT OR REPLACE INTO {table} SELECT {listed} FROM {table}",))
    lived_in.lawful()


def test_an_account_that_another_one_took_the_number_of_is_found(lived_in: Town) -> None:
    names = [row[1] for row in lived_in.alfa.connection.execute("PRAGMA table_info(accounts)")]
    listed = ", ".join({"id": "77", "customer_id": "2"}.get(name, name) for name in names)
    in_a_shell(lived_in.alfa, (f"INSERT OR REPLACE INTO accounts SELECT {listed} FROM accounts WHERE id = 1",))
    assert any(finding.table == "postings" for finding in checked(lived_in.alfa).findings)
