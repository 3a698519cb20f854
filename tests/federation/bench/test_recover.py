"""The yardstick of catching up writes what the project writes, and the figures are read from the right moments."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bank_node.ledger.chain import Row, first_broken
from federation.bench.conservation import conserved
from federation.bench.latency import moments
from federation.bench.ledger_desk import open_desk
from federation.bench.raw_inbox import open_raw_inbox, receive
from federation.bench.recover import rate_of
from federation.bench.road import wait_for
from federation.failure import Failure


def _statements(connection: sqlite3.Connection) -> list[str]:
    seen: list[str] = []
    connection.set_trace_callback(lambda sql: seen.append(" ".join(sql.split()[:3])))
    return seen


def test_the_yardstick_takes_a_payment_in_as_the_project_does(tmp_path: Path) -> None:
    with open_desk(tmp_path / "ours", 2, 1) as desk, open_raw_inbox(tmp_path / "theirs", 2) as raw:
        receive(desk, 0)  # what is looked up once and then known
        receive(desk, 1)
        ours, theirs = _statements(desk.connection), _statements(raw.connection)
        receive(desk, 2)
        raw.round(1, 1)
    changes = ("INSERT INTO", "UPDATE accounts")
    assert {sql for sql in ours if sql.startswith(changes)} == {sql for sql in theirs if sql.startswith(changes)}
    assert len(theirs) == 7 + len(("BEGIN", "clearing", "position", "COMMIT"))


def test_the_yardstick_writes_the_same_columns_as_the_project(tmp_path: Path) -> None:
    with open_raw_inbox(tmp_path, 2) as raw:
        raw.round(1, 1)
        for table, order in {"entries": "id", "outbox": "seq", "decisions": "answer_seq", "audit_log": "seq"}.items():
            rows = raw.connection.execute(f"SELECT * FROM {table} ORDER BY {order}").fetchall()
            ours, theirs = rows[-2:]
            assert [value is None for value in ours] == [value is None for value in theirs], table


def test_a_round_of_the_yardstick_leaves_balanced_books_and_a_real_chain(tmp_path: Path) -> None:
    with open_raw_inbox(tmp_path, 3) as raw:
        raw.round(20, 7)
        raw.round(5, 7)
        rows = [Row(*row) for row in raw.connection.execute("SELECT * FROM audit_log ORDER BY seq")]
        assert raw.connection.execute("SELECT count(DISTINCT transaction_id) FROM decisions").fetchone() == (26,)
    assert first_broken(rows) is None
    assert conserved(tmp_path / "bank.db")


def test_a_rate_is_that_of_all_units_but_the_last_whose_end_nobody_wrote_down() -> None:
    assert rate_of([(1_000_000, 10), (2_000_000, 20), (4_000_000, 500)]) == 10.0


def test_delays_are_those_of_the_round(tmp_path: Path) -> None:
    home, away = tmp_path / "home.db", tmp_path / "away.db"
    with sqlite3.connect(home) as connection:
        connection.execute("CREATE TABLE transfers (transaction_id, created_us, concluded_us)")
        connection.execute("INSERT INTO transfers VALUES ('old', 100, 200), ('a', 1000, 9000), ('b', 2000, 9000)")
    connection.close()
    with sqlite3.connect(away) as connection:
        connection.execute("CREATE TABLE decisions (transaction_id, decided_us)")
        connection.execute("INSERT INTO decisions VALUES ('old', 150), ('a', 4000), ('b', 4000)")
    connection.close()
    credited, confirmed = moments(home, away, 1000)
    assert sorted(credited) == [2.0, 3.0]
    assert sorted(confirmed) == [7.0, 8.0]


def test_what_never_comes_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite3.connect(tmp_path / "x.db").close()
    monkeypatch.setattr("federation.bench.road.SETTLED_S_MAX", -1.0)
    with pytest.raises(Failure):
        wait_for(tmp_path / "x.db", "SELECT 1", 2)
