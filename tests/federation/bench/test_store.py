"""The store's yardstick is a fair one: the same rows written, and books that balance on both sides."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bank_node.ledger.chain import Row, first_broken
from bank_node.operations.send_transfer import send_transfer
from federation.bench.conservation import broken, conserved
from federation.bench.ledger_desk import LedgerDesk, open_desk
from federation.bench.raw_books import RawBooks, durable_commits, open_raw_books


def _statements(connection: sqlite3.Connection) -> list[str]:
    """What a connection runs from now on: the beginning of each statement."""
    seen: list[str] = []
    connection.set_trace_callback(lambda sql: seen.append(" ".join(sql.split()[:3])))
    return seen


def _send(desk: LedgerDesk, count: int) -> None:
    for order in desk.orders(count):
        desk.does(send_transfer, order)


def test_the_yardstick_does_in_eight_statements_what_the_project_does(tmp_path: Path) -> None:
    with open_desk(tmp_path / "ours", 2, 1) as desk, open_raw_books(tmp_path / "theirs", 2) as raw:
        _send(desk, 1)  # what is looked up once and then known
        ours, theirs = _statements(desk.connection), _statements(raw.connection)
        _send(desk, 1)
        raw.round(1, 1)
    changes = ("INSERT INTO", "UPDATE accounts")
    assert {sql for sql in ours if sql.startswith(changes)} == {sql for sql in theirs if sql.startswith(changes)}
    assert len(theirs) == 8 + len(("BEGIN", "suspense", "COMMIT"))


def test_the_yardstick_writes_the_same_columns_as_the_project(tmp_path: Path) -> None:
    with open_raw_books(tmp_path, 2) as raw:
        raw.round(1, 1)
        tables = {"entries": "id", "outbox": "seq", "transfers": "created_us", "claims": "at_us", "audit_log": "seq"}
        for table, order in tables.items():
            rows = raw.connection.execute(f"SELECT * FROM {table} ORDER BY {order}").fetchall()
            ours, theirs = rows[-2:]
            assert [value is None for value in ours] == [value is None for value in theirs], table


def test_the_yardsticks_audit_rows_are_a_real_chain(tmp_path: Path) -> None:
    with open_raw_books(tmp_path, 2) as raw:
        raw.round(20, 7)
        rows = [Row(*row) for row in raw.connection.execute("SELECT * FROM audit_log ORDER BY seq")]
    assert first_broken(rows) is None


def test_a_round_of_either_side_leaves_balanced_books(tmp_path: Path) -> None:
    with open_desk(tmp_path / "ours", 3, 4) as desk, open_raw_books(tmp_path / "theirs", 3) as raw:
        _send(desk, 10)
        raw.round(10, 4)
    assert conserved(tmp_path / "ours/bank.db", tmp_path / "theirs/bank.db")


def test_hot_orders_are_all_of_one_account(tmp_path: Path) -> None:
    with open_desk(tmp_path, 3, 4) as desk:
        assert len({order.from_account for order in desk.orders(6)}) == 3
        hot = desk.orders(6, customers=1)
    assert len({order.from_account for order in hot}) == 1
    assert len({order.claim.key for order in hot if order.claim}) == 6


def test_a_cent_that_went_missing_is_found(tmp_path: Path) -> None:
    with open_raw_books(tmp_path, 2) as raw:
        raw.round(5, 5)
        raw.connection.execute("UPDATE accounts SET balance = balance - 1 WHERE code = 'suspense:out'")
    assert broken(tmp_path / "bank.db") == [
        "a balance is the sum of its postings",
        "what is under way is what the open transfers say",
    ]


def test_a_durable_commit_is_timed_one_by_one(tmp_path: Path) -> None:
    assert len(durable_commits(tmp_path / "promises.db", 3)) == 3


def test_raw_books_go_on_where_they_were(tmp_path: Path) -> None:
    with open_raw_books(tmp_path, 2) as raw:
        raw.round(3, 3)
        under_way = raw.in_flight
    again = RawBooks(tmp_path / "bank.db")
    assert again.in_flight == under_way
    again.close()
