"""Whoever changes the archive, or what is sealed in it, is found, and the month is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.store.archive import balances_at_end, next_span, read_seal
from bank_node.store.audit_check import check_chain
from bank_node.store.books import Books
from tests.support.archive import live, seal_all
from tests.support.cast import Town, open_town
from tests.support.postgresql import PostgresqlForTests
from tests.support.tampering import checked, found, one, tamper

NOVEMBER, DECEMBER, JANUARY = "2026-11", "2026-12", "2027-01"
ALICES = 1  # her account's id


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Three months are sealed; February is not."""
    town = open_town(tmp_path)
    live(town.alfa)
    assert seal_all(town.alfa) == [NOVEMBER, DECEMBER, JANUARY]
    town.lawful()
    yield town
    town.close()


def sealed(town: Town) -> list[tuple[str, str]]:
    return [name for name in found(town.alfa) if name[0] in ("sealed_months", "archived_balances")]


CHANGES = ("up_to_entry = up_to_entry + 1", "postings = 9", "hash = 'x'", "sealed_us = 5", "actor = 'mallory'")


def test_a_seal_that_was_changed_is_named(town: Town) -> None:
    for month in (NOVEMBER, JANUARY):
        for change in CHANGES:
            column = change.split()[0]
            was = one(town.alfa, f"SELECT {column} FROM sealed_months WHERE month = '{month}'")
            tamper(town.alfa, f"UPDATE sealed_months SET {change} WHERE month = ?", month)
            assert found(town.alfa) == [("sealed_months", month)], change
            tamper(town.alfa, f"UPDATE sealed_months SET {column} = ? WHERE month = ?", was, month)
    town.lawful()


def test_a_seal_that_is_gone_or_never_was_is_named(town: Town) -> None:
    tamper(town.alfa, "DELETE FROM sealed_months WHERE month = ?", DECEMBER)
    assert found(town.alfa) == [("sealed_months", DECEMBER)]
    tamper(town.alfa, "INSERT INTO sealed_months VALUES ('2027-02', 99, 0, 'x', 0, 'x')")
    assert found(town.alfa) == [("sealed_months", DECEMBER), ("sealed_months", "2027-02")]


def test_an_archived_balance_that_was_changed_taken_out_or_put_in_is_named(town: Town) -> None:
    tamper(town.alfa, "UPDATE archived_balances SET amount = amount + 1 WHERE account_id = 1 AND month = ?", DECEMBER)
    assert found(town.alfa) == [("archived_balances", f"{ALICES}/{DECEMBER}")]
    assert "all postings up to there sum to 10600" in checked(town.alfa).detail
    tamper(town.alfa, "DELETE FROM archived_balances WHERE account_id = 1 AND month = ?", DECEMBER)
    assert found(town.alfa) == [("archived_balances", f"{ALICES}/{DECEMBER}")]
    tamper(town.alfa, "INSERT INTO archived_balances VALUES (1, '2026-12', 10600)")
    tamper(town.alfa, "INSERT INTO archived_balances VALUES (1, '2027-02', 0)")
    assert found(town.alfa) == [("archived_balances", f"{ALICES}/2027-02")]
    tamper(town.alfa, "DELETE FROM archived_balances WHERE month = '2027-02'")
    tamper(town.alfa, "INSERT INTO accounts (id, code, currency, kind, opened_us) VALUES (77, 'x', 'EUR', 'vault', 0)")
    tamper(town.alfa, "INSERT INTO archived_balances VALUES (77, '2026-11', 0)")
    assert sealed(town) == [("archived_balances", f"77/{NOVEMBER}")]


POSTING = "account_id = 1 AND entry_id = 5"  # in December


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE entries SET text = 'Miete' WHERE id = 5",
        "UPDATE entries SET at_us = at_us + 1 WHERE id = 5",
        f"UPDATE postings SET balance_after = balance_after + 1 WHERE {POSTING}",
    ],
)
def test_a_sealed_entry_that_was_changed_is_named_and_so_is_its_month(town: Town, sql: str) -> None:
    tamper(town.alfa, sql)
    assert sealed(town) == [("sealed_months", DECEMBER)]
    assert {table for table, _ in found(town.alfa)} == {"sealed_months", sql.split()[1]}


@pytest.mark.parametrize(
    "sql", [f"UPDATE postings SET amount = amount + 1 WHERE {POSTING}", f"DELETE FROM postings WHERE {POSTING}"]
)
def test_with_a_sealed_amount_every_balance_after_it_is_wrong(town: Town, sql: str) -> None:
    tamper(town.alfa, sql)
    assert ("postings", "1/5") in found(town.alfa)
    balances = [("archived_balances", f"{ALICES}/{month}") for month in (DECEMBER, JANUARY)]
    assert sealed(town) == [("sealed_months", DECEMBER), *balances]


def test_a_posting_carried_from_one_sealed_month_into_another_breaks_both(town: Town) -> None:
    tamper(town.alfa, "UPDATE postings SET entry_id = 7 WHERE account_id = 1 AND entry_id = 3")
    assert {NOVEMBER, DECEMBER} == {row for table, row in sealed(town) if table == "sealed_months"}


def test_a_row_of_the_log_that_was_broken_accuses_no_other_month(town: Town) -> None:
    seq = one(town.alfa, f"SELECT seq FROM audit_log WHERE subject = 'month/{NOVEMBER}'")
    tamper(town.alfa, "UPDATE audit_log SET actor = 'mallory' WHERE seq = ?", seq)
    assert found(town.alfa) == [("audit_log", str(seq))]


@pytest.mark.parametrize(
    ("subject", "facts"), [("month/x", "{}"), ("month/2027-02", '{"after_entry":1}'), ("x", '{"hash":5}')]
)
def test_a_forged_row_about_a_month_never_stops_the_check(town: Town, subject: str, facts: str) -> None:
    def forge(books: Books, *_: object) -> None:
        books.audit.note("month_sealed", subject, "mallory", orjson.loads(facts))

    town.alfa.do(forge)
    assert found(town.alfa) == [("audit_log", str(town.alfa.count("audit_log")))]


def test_a_month_that_the_log_seals_twice_is_named(town: Town) -> None:
    def forge(books: Books, *_: object) -> None:
        facts = one(town.alfa, f"SELECT facts FROM audit_log WHERE subject = 'month/{NOVEMBER}'")
        books.audit.note("month_sealed", f"month/{NOVEMBER}", "archive", orjson.loads(facts))

    town.alfa.do(forge)
    assert found(town.alfa) == [("sealed_months", NOVEMBER)]


def test_books_that_do_not_add_up_are_not_sealed(town: Town) -> None:
    live(town.alfa, 60)
    tamper(town.alfa, "UPDATE postings SET amount = amount + 1 WHERE account_id = 1 AND entry_id > 12")

    def read(connection: Any) -> None:
        span = next_span(connection, town.clock.at_us, 1)
        assert span is not None
        balances_at_end(connection, read_seal(connection, span))

    with pytest.raises(ValueError, match="account 1 stands at"):
        town.alfa.read(read)


def test_on_postgresql_a_changed_entry_and_a_changed_balance_are_named_too(
    tmp_path: Path, postgresql: PostgresqlForTests
) -> None:
    town = open_town(tmp_path, postgresql.url())
    live(town.alfa)
    seal_all(town.alfa)
    town.lawful()
    with town.alfa.connection.transaction():
        town.alfa.connection.execute("SET session_replication_role = replica")  # no trigger defends the books now
        town.alfa.connection.execute(f"UPDATE postings SET balance_after = 1 WHERE {POSTING}")
        town.alfa.connection.execute(
            "UPDATE archived_balances SET amount = 1 WHERE account_id = 2 AND month = '2026-11'"
        )
        town.alfa.connection.execute("SET session_replication_role = origin")
    report = town.alfa.read(check_chain)
    named = [(finding.table, finding.row) for finding in report.findings]
    assert {("sealed_months", DECEMBER), ("archived_balances", f"2/{NOVEMBER}")} <= set(named)
    town.close()
