"""The tables. Amounts are integers in minor units, credit-positive; moments are microseconds since the epoch, UTC."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from bank_node.ledger.account import STATES
from bank_node.ledger.money import AMOUNT_MAX, EXPONENTS

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_name)s",
        "uq": "%(table_name)s_%(column_0_name)s_once",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)
Big = BigInteger().with_variant(Integer(), "sqlite")  # SQLite's INTEGER has 64 bits
Words = Text().with_variant(Text(collation="C"), "postgresql")  # one order everywhere, whatever the server's locale


def _table(name: str, *parts: Any, rowid: bool = True) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rowid)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _number(name: str, **options: Any) -> Column[int]:
    return Column(name, Big, nullable=False, **options)


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Words, nullable=False, **options)


def _maybe(name: str, kind: Any = Words) -> Column[Any]:
    return Column(name, kind, nullable=True)


bank_facts = _table("bank_facts", _text("name", primary_key=True), _text("value"))

customers = _table(
    "customers",
    Column("id", Big, primary_key=True),
    _text("name"),
    _text("search_name"),  # folded to lower case, for the search box
    _maybe("phone"),
    _maybe("born"),
    _number("since_us"),
    Index(None, "search_name"),
)

accounts = _table(
    "accounts",
    Column("id", Big, primary_key=True),
    _text("code"),  # the account number, or the chart's code
    _text("currency"),
    _text("kind"),  # bank_node.ledger.chart
    _maybe("type"),
    Column("customer_id", Big, ForeignKey("customers.id"), nullable=True),
    _number("balance", server_default="0"),
    _number("held", server_default="0"),
    _number("floor", server_default="0"),
    _text("state", server_default="open"),
    _number("version", server_default="1"),
    _number("opened_us"),
    Index("accounts_code_currency", "code", "currency", unique=True),
    Index(
        "accounts_customer",
        "customer_id",
        sqlite_where=text("customer_id IS NOT NULL"),
        postgresql_where=text("customer_id IS NOT NULL"),
    ),
    _one_of("state", STATES),
    _one_of("currency", tuple(EXPONENTS)),
    CheckConstraint("balance >= floor AND held >= 0", name="floor"),
    CheckConstraint(f"kind <> 'customer' OR balance BETWEEN {-AMOUNT_MAX} AND {AMOUNT_MAX}", name="ceiling"),
)

entries = _table(
    "entries",
    Column("id", Big, primary_key=True),
    _text("kind"),
    _text("currency"),
    _maybe("transaction_id"),
    _maybe("text"),
    _text("actor"),
    _number("at_us"),
)

postings = _table(
    "postings",
    Column("account_id", Big, ForeignKey("accounts.id"), primary_key=True),
    Column("entry_id", Big, ForeignKey("entries.id"), primary_key=True),
    _number("amount"),
    _number("balance_after"),
    CheckConstraint("amount <> 0", name="moves"),
    rowid=False,
)

transfers = _table(
    "transfers",
    _text("transaction_id", primary_key=True),
    _text("kind"),
    _maybe("original_transaction_id"),
    _maybe("original_hash"),
    _number("account_id"),
    _text("from_account"),
    _text("from_name"),
    _text("to_bank"),
    _text("to_account"),
    _maybe("to_name"),
    _number("amount"),
    _text("currency"),
    _maybe("reference"),
    _text("state"),
    _maybe("reason_code"),
    _maybe("reason_text"),
    _number("conflict", server_default="0"),
    _number("returned", server_default="0"),
    _text("content_hash"),
    _number("outbox_seq", server_default="0"),
    _text("actor"),
    _number("created_us"),
    _maybe("expires_us", Big),
    _maybe("sent_us", Big),
    _maybe("concluded_us", Big),
    _number("attempt", server_default="1"),
    _number("quiet_ms", server_default="0"),  # the current back-off of the re-drive
    _maybe("due_us", Big),  # when the re-drive is due; null once final
    _maybe("answer"),  # JSON: what the other bank said of its clock (read_at, decided_at, repeats_ignored)
    Index(
        "transfers_due", "due_us", sqlite_where=text("due_us IS NOT NULL"), postgresql_where=text("due_us IS NOT NULL")
    ),
    Index("transfers_account", "account_id", "transaction_id"),
    _one_of("kind", ("payment", "return", "inside")),
    _one_of("state", ("PENDING", "SENT", "CANCELLING", "COMPLETED", "REJECTED")),
    CheckConstraint("amount > 0 AND returned BETWEEN 0 AND amount", name="amount"),
    rowid=False,
)

transfer_events = _table(
    "transfer_events",
    Column("id", Big, primary_key=True),
    _text("transaction_id"),
    _number("at_us"),
    _text("kind"),
    _maybe("facts"),  # JSON
    Index("transfer_events_of", "transaction_id", "id"),
)

outbox = _table(
    "outbox",
    Column("seq", Big, primary_key=True, autoincrement=True),
    _text("lane"),
    _text("topic"),
    _text("key"),
    _text("type"),
    _maybe("transaction_id"),
    Column("body", LargeBinary, nullable=False),
    _number("attempt", server_default="1"),
    _number("created_us"),
    _maybe("published_us", Big),
    _maybe("partition", Big),
    _maybe("offset", Big),
    _maybe("parked"),  # why it can never be sent
    Index(
        "outbox_waiting",
        "lane",
        "seq",
        sqlite_where=text("published_us IS NULL AND parked IS NULL"),
        postgresql_where=text("published_us IS NULL AND parked IS NULL"),
    ),
    _one_of("lane", ("money", "news")),
)

decisions = _table(
    "decisions",
    _text("from_bank", primary_key=True),
    _text("transaction_id", primary_key=True),
    _text("kind"),
    _text("decision"),
    _maybe("reason_code"),
    _maybe("reason_text"),
    _text("content_hash"),
    _maybe("original_transaction_id"),
    _maybe("account_id", Big),
    _maybe("to_account"),
    _maybe("from_account"),
    _maybe("from_name"),
    _maybe("amount", Big),
    _maybe("currency"),
    _maybe("reference"),
    _number("reserved", server_default="0"),  # by returns that are not REJECTED
    _text("answer_event_id"),
    _number("answer_seq", server_default="0"),
    _number("read_us"),
    _number("decided_us"),
    _number("repeats_ignored", server_default="0"),
    Index("decisions_newest", "decided_us"),
    _one_of("kind", ("payment", "return", "tombstone")),
    _one_of("decision", ("ACCEPTED", "REJECTED", "CANCELLED")),
    CheckConstraint("decision <> 'ACCEPTED' OR (account_id IS NOT NULL AND amount > 0)", name="accepted"),
    rowid=False,
)

positions = _table(
    "positions",
    _text("cluster_id", primary_key=True),
    _text("topic_id", primary_key=True),
    _text("topic", primary_key=True),
    Column("partition", Big, primary_key=True, autoincrement=False),
    _number("next_offset"),
    rowid=False,
)

quarantine = _table(
    "quarantine",
    Column("id", Big, primary_key=True),
    _number("at_us"),
    _text("code"),
    _text("text"),
    _text("topic"),
    _number("partition"),
    _number("offset"),
    _maybe("from_bank"),
    _maybe("transaction_id"),
    _maybe("key", LargeBinary),
    _maybe("value", LargeBinary),  # at most 64 KiB of it
    _text("sha256"),
    _maybe("seen_by"),
    _maybe("seen_us", Big),
    Index("quarantine_once", "topic", "partition", "offset", "sha256", unique=True),
)

incidents = _table(
    "incidents",
    Column("id", Big, primary_key=True),
    _number("at_us"),
    _text("kind"),
    _maybe("peer"),
    _maybe("transaction_id"),
    _text("text"),
    _maybe("seen_by"),
    _maybe("seen_us", Big),
)

claims = _table(  # idempotency keys of accepted requests, with their answers
    "claims",
    _text("scope", primary_key=True),
    _text("key", primary_key=True),
    _text("request_hash"),
    _text("answer"),
    _number("at_us"),
    rowid=False,
)

staff = _table(
    "staff",
    Column("id", Big, primary_key=True),
    _text("username", unique=True),
    _text("name"),
    _text("role"),
    _text("password_hash"),
    _number("active", server_default="1"),
    _number("epoch", server_default="1"),  # raised by whatever ends all sessions
    _number("created_us"),
    _one_of("role", ("teller", "supervisor", "auditor", "admin")),
)

sessions = _table(
    "sessions",
    _text("id_hash", primary_key=True),
    Column("staff_id", Big, ForeignKey("staff.id"), nullable=False),
    _text("kind"),
    _number("created_us"),
    _number("seen_us"),
    _number("expires_us"),
    _maybe("ended_us", Big),
    _maybe("address"),
    Index("sessions_staff", "staff_id"),
    _one_of("kind", ("browser", "token")),
    rowid=False,
)
