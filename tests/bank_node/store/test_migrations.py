"""What an older database keeps when its schema is brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bank_node.settings import BankSettings
from bank_node.store import migrations
from bank_node.store.audit_check import check_chain
from bank_node.store.database import Readers, open_commits, open_database
from bank_node.store.people import all_staff
from bank_node.store.unclaimed import unclaimed
from bank_node.transfers.charter import Charter
from tests.support.archive import seal_all
from tests.support.cast import CountedIds, SmallBank, StandingClock

# Alice sent 60.00 to BRVO, closed her account, and BRVO refused.
AS_OF_0001 = """
INSERT INTO customers (id, name, search_name, since_us) VALUES (1, 'Alice', 'alice', 0);
INSERT INTO accounts (id, code, currency, kind, type, customer_id, balance, state, opened_us, floor) VALUES
    (1, 'XF65ALFA0000000001', 'EUR', 'customer', 'current', 1, 0, 'closed', 0, 0),
    (2, 'vault', 'EUR', 'vault', NULL, NULL, -6000, 'open', 0, -1000000),
    (3, 'suspense:out', 'EUR', 'suspense:out', NULL, NULL, 0, 'open', 0, 0),
    (4, 'unclaimed', 'EUR', 'unclaimed', NULL, NULL, 6000, 'open', 0, 0);
INSERT INTO entries (id, kind, currency, transaction_id, actor, at_us) VALUES
    (1, 'deposit', 'EUR', NULL, 'teller1', 10), (2, 'transfer_out', 'EUR', 't-1', 'teller1', 20),
    (3, 'transfer_refunded', 'EUR', 't-1', 'BRVO', 30);
INSERT INTO postings (account_id, entry_id, amount, balance_after) VALUES
    (2, 1, -6000, -6000), (1, 1, 6000, 6000), (1, 2, -6000, 0), (3, 2, 6000, 6000), (3, 3, -6000, 0),
    (4, 3, 6000, 6000);
INSERT INTO transfers (transaction_id, kind, account_id, from_account, from_name, to_bank, to_account, amount, currency,
    state, content_hash, actor, created_us, concluded_us) VALUES
    ('t-1', 'payment', 1, 'XF65ALFA0000000001', 'Alice', 'BRVO', 'theirs', 6000, 'EUR', 'REJECTED', 'h', 'teller1', 20,
     30);
"""


def make_0001(path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    old = sqlite3.connect(path)
    old.executescript(AS_OF_0001)
    old.close()


def test_unclaimed_money_of_before_there_were_items_gets_its_items(tmp_path: Path) -> None:
    make_0001(tmp_path / "bank.db")
    settings = BankSettings(bank_id="ALFA", data_dir=tmp_path)
    open_database(settings).dispose()
    assert (tmp_path / "bank.db.before-0001").exists()
    readers = Readers(settings)
    with readers.connection() as connection:
        (item,) = unclaimed(connection)
        assert check_chain(connection).ok
    readers.close()
    assert (item.transaction_id, item.account, item.owner, item.amount_minor) == (
        "t-1",
        "XF65ALFA0000000001",
        "Alice",
        6000,
    )
    assert (item.currency, item.entry_id, item.at_us, item.paid_us) == ("EUR", 3, 30, None)


def test_staff_of_before_there_were_logins_can_still_sign_in(tmp_path: Path) -> None:
    make_0001(tmp_path / "bank.db")
    old = sqlite3.connect(tmp_path / "bank.db")
    old.executescript(
        "INSERT INTO staff (id, username, name, role, password_hash, active, created_us)"
        " VALUES (7, 'okafor', 'M. Okafor', 'teller', 'h', 0, 5);"
        "INSERT INTO sessions (id_hash, staff_id, kind, created_us, seen_us, expires_us)"
        " VALUES ('s', 7, 'browser', 1, 1, 2)"
    )
    old.close()
    settings = BankSettings(bank_id="ALFA", data_dir=tmp_path)
    open_database(settings).dispose()
    readers = Readers(settings)
    with readers.connection() as connection:
        (person,) = all_staff(connection)
    readers.close()
    assert (person.staff_id, person.username, person.role, person.active) == (7, "okafor", "teller", False)


def test_what_was_booked_before_there_was_an_archive_is_sealed_and_stays(tmp_path: Path) -> None:
    make_0001(tmp_path / "bank.db")
    settings = BankSettings(bank_id="ALFA", data_dir=tmp_path, synchronous="OFF")
    engine, clock, charter = open_database(settings), StandingClock(), Charter("ALFA")
    bank = SmallBank(charter, settings, clock, open_commits(engine, settings, charter, clock, CountedIds("ALFA")))
    assert seal_all(bank) == ["1970-01"]
    found = bank.connection.execute("SELECT account_id, amount FROM archived_balances ORDER BY account_id").fetchall()
    assert [tuple(row) for row in found] == [(1, 0), (2, -6000), (3, 0), (4, 6000)]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        bank.connection.execute("DELETE FROM postings")
    assert bank.read(check_chain).detail == "holds"
    bank.close()
    engine.dispose()
