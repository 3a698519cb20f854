"""Whoever changes the books past the triggers, or the log itself, is found, and the row is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bank_node.ledger.chain import BEGINNING, link
from bank_node.operations.cancel_transfer import Question, cancel_by_hand
from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.settings import BankSettings
from bank_node.store import audit_check, migrations
from bank_node.store.audit_check import check_by_pieces, check_chain
from bank_node.store.audit_report import FINDINGS_MAX, ChainReport
from bank_node.store.database import Readers, open_database
from tests.support.cast import ALICE, CAROL, NOBODY, Town, an_order, open_town
from tests.support.tampering import checked, found, one, tamper


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A little of everything: cash, transfers inside, completed, refused, cancelled, returned, one under way."""
    town = open_town(tmp_path)
    town.alfa.do(deposit, CashOrder(ALICE, 50_00, "EUR", actor="teller1", reference="birthday"))
    town.alfa.do(withdraw, CashOrder(CAROL, 1_00, "EUR", actor="teller1"))
    town.alfa.do(send_transfer, an_order(2_00, to_bank="ALFA", to_account=CAROL))
    sent = town.alfa.do(send_transfer, an_order(12_50))
    town.alfa.do(send_transfer, an_order(3_00, to_account=NOBODY))
    town.deliver()
    town.brvo.do(return_transfer, ReturnOrder("ALFA", sent.id, 2_50, actor="teller2"))
    town.deliver()
    cancelled = town.alfa.do(send_transfer, an_order(4_00))
    town.alfa.waiting.clear()
    town.alfa.do(cancel_by_hand, Question(cancelled.id, "teller1"))
    town.deliver()
    town.alfa.do(send_transfer, an_order(5_00))
    yield town
    town.close()


def test_untouched_books_hold(town: Town) -> None:
    for bank in town.banks.values():
        report = checked(bank)
        assert (report.ok, report.detail, report.rows) == (True, "holds", bank.count("audit_log"))
        assert (report.seq, report.hash.hex()) == bank.do(lambda books, *_: books.audit.head())


def test_every_piece_says_how_far_it_has_come(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_check, "ROWS_AT_ONCE", 3)
    rows = town.alfa.count("audit_log")

    def come_by(connection: Any) -> list[int]:
        return [report.rows for report in check_by_pieces(connection)]

    assert town.alfa.read(come_by) == [*range(3, rows, 3), rows, rows]
    assert checked(town.alfa).ok


LOG = {
    "who": "UPDATE audit_log SET actor = 'mallory' WHERE seq = 7",
    "when": "UPDATE audit_log SET at_us = at_us + 1 WHERE seq = 7",
    "what": "UPDATE audit_log SET action = 'deposit ' WHERE seq = 7",
    "to what": "UPDATE audit_log SET subject = 'entry/99' WHERE seq = 7",
    "facts": "UPDATE audit_log SET facts = replace(facts, 'EUR', 'USD') WHERE seq = 7",
    "hash": "UPDATE audit_log SET hash = zeroblob(32) WHERE seq = 7",
    "missing": "DELETE FROM audit_log WHERE seq = 7",
}


@pytest.mark.parametrize("sql", LOG.values(), ids=LOG)
def test_a_row_of_the_log_that_was_changed_is_named(town: Town, sql: str) -> None:
    tamper(town.alfa, sql)
    assert found(town.alfa)[0] == ("audit_log", "7")


def test_two_rows_of_the_log_that_were_swapped_are_named(town: Town) -> None:
    columns = ("at_us", "actor", "action", "subject", "facts", "hash")
    swapped = ", ".join(f"{c} = (SELECT b.{c} FROM audit_log b WHERE b.seq = 15 - audit_log.seq)" for c in columns)
    tamper(town.alfa, f"UPDATE audit_log SET {swapped} WHERE seq IN (7, 8)")
    assert found(town.alfa)[0] == ("audit_log", "7")


def test_a_row_put_between_two_is_named(town: Town) -> None:
    tamper(town.alfa, "UPDATE audit_log SET seq = -seq WHERE seq >= 7")
    tamper(town.alfa, "UPDATE audit_log SET seq = 1 - seq WHERE seq < 0")
    forged = (7, 1, "mallory", "note", "nothing", "{}")
    previous = one(town.alfa, "SELECT hash FROM audit_log WHERE seq = 6")
    tamper(town.alfa, "INSERT INTO audit_log VALUES (?, ?, ?, ?, ?, ?, ?)", *forged, link(previous, *forged))
    assert found(town.alfa)[0] == ("audit_log", "8")


def test_a_log_that_lost_its_end_leaves_entries_it_does_not_know(town: Town) -> None:
    tamper(town.alfa, "DELETE FROM audit_log WHERE seq = (SELECT max(seq) FROM audit_log)")
    newest = one(town.alfa, "SELECT max(id) FROM entries")
    assert ("entries", str(newest)) in found(town.alfa)


def test_a_log_that_is_gone_is_noticed(town: Town) -> None:
    tamper(town.alfa, "DELETE FROM audit_log")
    report = checked(town.alfa)
    assert not report.ok
    assert report.findings[0].table == "entries"


ENTRIES = {
    "kind": "kind = 'fee'",
    "currency": "currency = 'USD'",
    "transfer": "transaction_id = 'another'",
    "text": "text = 'another'",
    "actor": "actor = 'mallory'",
    "moment": "at_us = at_us - 1",
}


@pytest.mark.parametrize("change", ENTRIES.values(), ids=ENTRIES)
def test_an_entry_that_was_changed_is_named(town: Town, change: str) -> None:
    tamper(town.alfa, f"UPDATE entries SET {change} WHERE id = 5")
    assert found(town.alfa) == [("entries", "5")]


def test_an_entry_that_is_gone_is_named(town: Town) -> None:
    tamper(town.alfa, "DELETE FROM postings WHERE entry_id = 5")
    tamper(town.alfa, "DELETE FROM entries WHERE id = 5")
    assert ("entries", "5") in found(town.alfa)


@pytest.mark.parametrize("id_", [0, 1_000])
def test_an_entry_the_log_does_not_know_is_named(town: Town, id_: int) -> None:
    tamper(
        town.alfa, "INSERT INTO entries (id, kind, currency, actor, at_us) VALUES (?, 'deposit', 'EUR', 'm', 1)", id_
    )
    assert found(town.alfa) == [("entries", str(id_))]


POSTINGS = {
    "amount": "UPDATE postings SET amount = amount + sign(amount) WHERE entry_id = 5",
    "one amount": "UPDATE postings SET amount = amount + 1 WHERE entry_id = 5 AND amount > 0",
    "balance": "UPDATE postings SET balance_after = 0 WHERE entry_id = 5",
    "account": "UPDATE postings SET account_id = 2 WHERE entry_id = 3 AND amount > 0",
    "gone": "DELETE FROM postings WHERE entry_id = 5",
}


@pytest.mark.parametrize("sql", POSTINGS.values(), ids=POSTINGS)
def test_a_posting_that_was_changed_is_named(town: Town, sql: str) -> None:
    tamper(town.alfa, sql)
    (table, row), *more = found(town.alfa)
    assert (table, row.split("/")[1]) == ("postings", "3" if "= 3" in sql else "5")
    assert not more


def test_postings_added_to_an_entry_are_named(town: Town) -> None:
    account = one(town.alfa, "SELECT max(id) FROM accounts")
    tamper(town.alfa, "INSERT INTO postings VALUES (?, 3, 5, 5)", account)
    assert found(town.alfa) == [("postings", f"{account}/3")]


DECISIONS = {
    "decision": "decision = 'REJECTED'",
    "hash": f"content_hash = '{'0' * 64}'",
    "amount": "amount = amount + 1",
    "kind": "kind = 'return'",
}


@pytest.mark.parametrize("change", DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("decision", ["ACCEPTED", "REJECTED", "CANCELLED"])
def test_a_decision_that_was_changed_is_named(town: Town, change: str, decision: str) -> None:
    id_ = one(town.brvo, f"SELECT transaction_id FROM decisions WHERE decision = '{decision}'")
    if decision != "ACCEPTED" and "decision" in change:
        change = "decision = 'CANCELLED'" if decision == "REJECTED" else "decision = 'REJECTED'"
    tamper(town.brvo, f"UPDATE decisions SET {change} WHERE transaction_id = ?", id_)
    assert found(town.brvo) == [("decisions", f"ALFA/{id_}")]


@pytest.mark.parametrize("change", ["account_id = 1", "reason_code = 'AC04'"])
@pytest.mark.parametrize("decision", ["REJECTED", "CANCELLED"])
def test_a_refusal_that_names_an_account_or_another_reason_is_named(town: Town, change: str, decision: str) -> None:
    id_ = one(town.brvo, f"SELECT transaction_id FROM decisions WHERE decision = '{decision}'")
    tamper(town.brvo, f"UPDATE decisions SET {change} WHERE transaction_id = ?", id_)
    assert found(town.brvo) == [("decisions", f"ALFA/{id_}")]


def test_a_decision_on_a_return_is_held_against_the_log_too(town: Town) -> None:
    id_ = one(town.alfa, "SELECT transaction_id FROM decisions WHERE kind = 'return'")
    tamper(town.alfa, "UPDATE decisions SET amount = amount - 1 WHERE kind = 'return'")
    assert found(town.alfa) == [("decisions", f"BRVO/{id_}")]


def test_a_decision_that_is_gone_is_named(town: Town) -> None:
    id_ = one(town.brvo, "SELECT transaction_id FROM decisions WHERE decision = 'CANCELLED'")
    tamper(town.brvo, "DELETE FROM decisions WHERE decision = 'CANCELLED'")
    assert ("decisions", f"ALFA/{id_}") in found(town.brvo)


def test_a_decision_the_log_does_not_know_is_named(town: Town) -> None:
    names = "from_bank, transaction_id, kind, decision, content_hash, answer_event_id, read_us, decided_us"
    tamper(town.brvo, f"INSERT INTO decisions ({names}) VALUES ('ALFA', 'forged', 'payment', 'REJECTED', '', '', 1, 1)")
    assert found(town.brvo) == [("decisions", "forged")]


TRANSFERS = {
    "amount": "amount = amount + 1",
    "to whom": "to_bank = 'CHRL'",
    "hash": f"content_hash = '{'0' * 64}'",
    "state": "state = 'REJECTED'",
    "opened again": "state = 'SENT'",
    "payee": "to_account = from_account",
    "payer": "from_account = to_account",
    "reference": "reference = 'rent'",
    "expiry": "expires_us = 1",
    "an expiry never said": "expires_us = 1000000000000000000",
    "kind": "kind = 'return'",
    "currency": "currency = 'USD'",
    "by whom": "actor = 'mallory'",
    "when": "created_us = created_us - 1",
    "return of what": "original_transaction_id = 'x'",
    "hash of what it returns": "original_hash = 'x'",
}


@pytest.mark.parametrize("change", TRANSFERS.values(), ids=TRANSFERS)
def test_a_transfer_that_was_changed_is_named(town: Town, change: str) -> None:
    sql = "SELECT transaction_id FROM transfers WHERE state = 'COMPLETED' AND kind = 'payment'"
    id_ = one(town.alfa, sql)
    tamper(town.alfa, f"UPDATE transfers SET {change} WHERE transaction_id = ?", id_)
    assert found(town.alfa)[0] == ("transfers", id_)


@pytest.mark.parametrize("change", ["reference = 'rent'", "kind = 'payment'", "currency = 'USD'"])
def test_a_transfer_inside_the_bank_that_was_changed_is_named(town: Town, change: str) -> None:
    id_ = one(town.alfa, "SELECT transaction_id FROM transfers WHERE kind = 'inside'")
    tamper(town.alfa, f"UPDATE transfers SET {change} WHERE transaction_id = ?", id_)
    assert found(town.alfa) == [("transfers", id_)]


@pytest.mark.parametrize("state", ["PENDING", "COMPLETED", "REJECTED"])
def test_a_transfer_whose_money_was_to_go_back_to_another_is_named(town: Town, state: str) -> None:
    id_ = one(town.alfa, f"SELECT transaction_id FROM transfers WHERE state = '{state}'")
    tamper(town.alfa, "UPDATE transfers SET account_id = account_id + 1 WHERE transaction_id = ?", id_)
    assert found(town.alfa) == [("transfers", id_)]


@pytest.mark.parametrize("name", ["ALFA", "BRVO"])
def test_a_decision_that_credited_another_account_is_named(town: Town, name: str) -> None:
    bank = town.banks[name]
    id_ = one(bank, "SELECT transaction_id FROM decisions WHERE decision = 'ACCEPTED'")
    tamper(bank, "UPDATE decisions SET account_id = account_id + 1 WHERE transaction_id = ?", id_)
    assert [row.split("/")[1] for _, row in found(bank)] == [id_]


def test_a_transfer_ended_past_the_log_is_named(town: Town) -> None:
    id_ = one(town.alfa, "SELECT transaction_id FROM transfers WHERE state = 'PENDING'")
    tamper(town.alfa, "UPDATE transfers SET state = 'COMPLETED' WHERE state = 'PENDING'")
    assert found(town.alfa) == [("transfers", id_)]


def test_a_transfer_that_is_gone_is_named(town: Town) -> None:
    id_ = one(town.alfa, "SELECT transaction_id FROM transfers WHERE state = 'PENDING'")
    tamper(town.alfa, "DELETE FROM transfers WHERE state = 'PENDING'")
    assert ("transfers", id_) in found(town.alfa)


FORGED = [
    '{"entry": 9223372036854775808, "currency": "EUR", "postings": []}',
    '{"entry": {}}',
    '{"entry": 1}',
    "[]",
    "not json",
    '{"decision": 3}',
    '{"transfer": {"state": []}}',
    "{}",
]


@pytest.mark.parametrize("facts", FORGED)
def test_a_forged_last_row_never_stops_the_check(town: Town, facts: str) -> None:
    seq, previous = town.alfa.connection.execute("SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1").fetchone()
    forged = (seq + 1, 1, "mallory", "transfer_out", "forged", facts)
    sql = "INSERT INTO audit_log VALUES (?, ?, ?, ?, ?, ?, ?)"
    tamper(town.alfa, sql, *forged, link(bytes(previous), *forged))
    assert found(town.alfa) == ([] if facts == "{}" else [("audit_log", str(seq + 1))])


def test_a_forged_beginning_never_stops_the_check(town: Town) -> None:
    forged = (1, 1, "", "chain_opened", "schema", '{"last_entry": "none"}')
    tamper(town.alfa, "DELETE FROM audit_log")
    tamper(town.alfa, "INSERT INTO audit_log VALUES (?, ?, ?, ?, ?, ?, ?)", *forged, link(BEGINNING, *forged))
    assert ("audit_log", "1") in found(town.alfa)


def test_no_more_is_listed_than_anybody_reads(town: Town) -> None:
    tamper(town.alfa, "UPDATE entries SET actor = 'mallory'")
    for amount in range(1, 30):
        town.alfa.do(deposit, CashOrder(ALICE, amount, "EUR", actor="teller1"))
    tamper(town.alfa, "UPDATE entries SET actor = 'mallory'")
    assert len(checked(town.alfa).findings) == FINDINGS_MAX


@pytest.fixture
def upgraded(town: Town, tmp_path: Path) -> BankSettings:
    """ALFA's rows in a database that was made before there was an audit log, opened by today's program."""
    file = tmp_path / "old" / "bank.db"
    file.parent.mkdir()
    engine = create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    old = sqlite3.connect(file)
    old.execute("ATTACH ? AS today", [str(tmp_path / "ALFA" / "bank.db")])
    for (table,) in old.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
        if table not in ("alembic_version", "bank_facts", "staff", "sessions"):  # they are not its books
            columns = ", ".join(f'"{row[1]}"' for row in old.execute(f"PRAGMA main.table_info({table})"))
            old.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM today.{table}")
    old.commit()
    old.close()
    settings = BankSettings(bank_id="ALFA", data_dir=file.parent, synchronous="OFF")
    open_database(settings).dispose()
    return settings


def check_of(settings: BankSettings) -> ChainReport:
    readers = Readers(settings)
    try:
        with readers.connection() as connection:
            return check_chain(connection)
    finally:
        readers.close()


def in_file(settings: BankSettings, *statements: str) -> None:
    connection = sqlite3.connect(settings.data_dir / "bank.db")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for sql in statements:
        connection.execute(sql)
    connection.commit()
    connection.close()


def test_an_older_database_begins_its_chain_with_what_it_holds(upgraded: BankSettings) -> None:
    report = check_of(upgraded)
    assert (report.rows, report.detail) == (1, "holds")
    connection = sqlite3.connect(upgraded.data_dir / "bank.db")
    action, facts = connection.execute("SELECT action, facts FROM audit_log").fetchone()
    connection.close()
    assert action == "chain_opened"
    assert orjson.loads(facts)["decisions"] == 1


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("DELETE FROM entries WHERE id = 3", "entries"),
        ("DELETE FROM postings WHERE entry_id = 3", "postings"),
        ("UPDATE postings SET amount = amount * 2 WHERE entry_id = 3", "moved_minor"),
        ("DELETE FROM decisions", "decisions"),
        ("UPDATE decisions SET amount = amount + 1", "accepted_minor"),
        ("DELETE FROM transfers WHERE state = 'PENDING'", "transfers"),
        ("UPDATE transfers SET amount = amount + 1 WHERE state = 'PENDING'", "sent_minor"),
        ("UPDATE transfers SET state = 'COMPLETED' WHERE state = 'PENDING'", "transfers"),
    ],
)
def test_what_an_older_database_held_must_still_add_up(upgraded: BankSettings, sql: str, table: str) -> None:
    in_file(upgraded, sql)
    assert table in [finding.table for finding in check_of(upgraded).findings]


def test_a_new_database_has_no_opening_row(town: Town) -> None:
    assert one(town.alfa, "SELECT action FROM audit_log WHERE seq = 1") == "bank_founded"
