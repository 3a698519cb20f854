"""The tables. Amounts are integers in minor units, credit-positive; moments are microseconds since the epoch, UTC."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary

from bank_node.ledger.account import STATES
from bank_node.ledger.money import AMOUNT_MAX, EXPONENTS
from bank_node.store.columns import Big, maybe, metadata, number, one_of, partial, table, words
from bank_node.store.counter_tables import (
    approvals,
    archived_balances,
    business_dates,
    cards,
    customer_notes,
    drawers,
    holds,
    reversals,
    sealed_months,
)
from bank_node.store.people_tables import logins, sessions

__all__ = [
    "approvals",
    "archived_balances",
    "business_dates",
    "cards",
    "customer_notes",
    "drawers",
    "holds",
    "logins",
    "metadata",
    "reversals",
    "sealed_months",
    "sessions",
]

NO_BOOKING = """substr(facts, 1, 8) <> '{"entry"'"""

bank_facts = table("bank_facts", words("name", primary_key=True), words("value"))

customers = table(
    "customers",
    Column("id", Big, primary_key=True),
    words("name"),
    words("search_name"),  # folded to lower case, for the search box
    maybe("phone"),
    maybe("born"),
    number("since_us"),
    Index(None, "search_name"),
)

accounts = table(
    "accounts",
    Column("id", Big, primary_key=True),
    words("code"),  # the account number, or the chart's code
    words("currency"),
    words("kind"),  # bank_node.ledger.chart
    maybe("type"),
    Column("customer_id", Big, ForeignKey("customers.id"), nullable=True),
    number("balance", server_default="0"),
    number("held", server_default="0"),
    number("floor", server_default="0"),
    words("state", server_default="open"),
    number("version", server_default="1"),
    number("opened_us"),
    maybe("label"),  # what its owner calls it
    Index("accounts_code_currency", "code", "currency", unique=True),
    partial("accounts_customer", "customer_id", where="customer_id IS NOT NULL"),
    one_of("state", STATES),
    one_of("currency", tuple(EXPONENTS)),
    CheckConstraint("balance >= floor AND held >= 0", name="floor"),
    CheckConstraint(f"kind <> 'customer' OR balance BETWEEN {-AMOUNT_MAX} AND {AMOUNT_MAX}", name="ceiling"),
)

entries = table(
    "entries",
    Column("id", Big, primary_key=True),
    words("kind"),
    words("currency"),
    maybe("transaction_id"),
    maybe("text"),
    words("actor"),
    number("at_us"),
)

postings = table(
    "postings",
    Column("account_id", Big, ForeignKey("accounts.id"), primary_key=True),
    Column("entry_id", Big, ForeignKey("entries.id"), primary_key=True),
    number("amount"),
    number("balance_after"),
    CheckConstraint("amount <> 0", name="moves"),
    rowid=False,
)

transfers = table(
    "transfers",
    words("transaction_id", primary_key=True),
    words("kind"),
    maybe("original_transaction_id"),
    maybe("original_hash"),
    number("account_id"),
    words("from_account"),
    words("from_name"),
    words("to_bank"),
    words("to_account"),
    maybe("to_name"),
    number("amount"),
    words("currency"),
    maybe("reference"),
    words("state"),
    maybe("reason_code"),
    maybe("reason_text"),
    number("conflict", server_default="0"),
    number("returned", server_default="0"),
    words("content_hash"),
    number("outbox_seq", server_default="0"),
    words("actor"),
    number("created_us"),
    maybe("expires_us", Big),
    maybe("sent_us", Big),
    maybe("concluded_us", Big),
    number("attempt", server_default="1"),
    number("quiet_ms", server_default="0"),  # the current back-off of the re-drive
    maybe("due_us", Big),  # when the re-drive is due; null once final
    maybe("answer"),  # JSON: what the other bank said of its clock (read_at, decided_at, repeats_ignored)
    partial("transfers_due", "due_us", "created_us", where="due_us IS NOT NULL"),  # also: what is open too long
    Index("transfers_account", "account_id", "transaction_id"),
    partial("transfers_sent_back", "concluded_us", where="state = 'REJECTED'"),
    partial("transfers_conflict", "created_us", where="conflict = 1"),
    partial("transfers_returning", "original_transaction_id", where="original_transaction_id IS NOT NULL"),
    one_of("kind", ("payment", "return", "inside")),
    one_of("state", ("PENDING", "SENT", "CANCELLING", "COMPLETED", "REJECTED")),
    CheckConstraint("amount > 0 AND returned BETWEEN 0 AND amount", name="amount"),
    rowid=False,
)

transfer_events = table(
    "transfer_events",
    Column("id", Big, primary_key=True),
    words("transaction_id"),
    number("at_us"),
    words("kind"),
    maybe("facts"),  # JSON
    Index("transfer_events_of", "transaction_id", "id"),
)

outbox = table(
    "outbox",
    Column("seq", Big, primary_key=True, autoincrement=True),
    words("lane"),
    words("topic"),
    words("key"),
    words("type"),
    maybe("transaction_id"),
    Column("body", LargeBinary, nullable=False),
    number("attempt", server_default="1"),
    number("created_us"),
    maybe("published_us", Big),
    maybe("partition", Big),
    maybe("offset", Big),
    maybe("parked"),  # why it can never be sent
    partial("outbox_waiting", "lane", "seq", where="published_us IS NULL AND parked IS NULL"),
    partial("outbox_parked", "seq", where="parked IS NOT NULL"),
    one_of("lane", ("money", "news")),
)

decisions = table(
    "decisions",
    words("from_bank", primary_key=True),
    words("transaction_id", primary_key=True),
    words("kind"),
    words("decision"),
    maybe("reason_code"),
    maybe("reason_text"),
    words("content_hash"),
    maybe("original_transaction_id"),
    maybe("account_id", Big),
    maybe("to_account"),
    maybe("from_account"),
    maybe("from_name"),
    maybe("amount", Big),
    maybe("currency"),
    maybe("reference"),
    number("reserved", server_default="0"),  # by returns that are not REJECTED
    words("answer_event_id"),
    number("answer_seq", server_default="0"),
    number("read_us"),
    number("decided_us"),
    number("repeats_ignored", server_default="0"),
    Index("decisions_newest", "decided_us"),
    partial("decisions_returned", "decided_us", where="kind = 'return' AND decision = 'ACCEPTED'"),
    one_of("kind", ("payment", "return", "tombstone")),
    one_of("decision", ("ACCEPTED", "REJECTED", "CANCELLED")),
    CheckConstraint("decision <> 'ACCEPTED' OR (account_id IS NOT NULL AND amount > 0)", name="accepted"),
    rowid=False,
)

positions = table(
    "positions",
    words("cluster_id", primary_key=True),
    words("topic_id", primary_key=True),
    words("topic", primary_key=True),
    Column("partition", Big, primary_key=True, autoincrement=False),
    number("next_offset"),
    rowid=False,
)

quarantine = table(
    "quarantine",
    Column("id", Big, primary_key=True),
    number("at_us"),
    words("code"),
    words("text"),
    words("topic"),
    number("partition"),
    number("offset"),
    maybe("from_bank"),
    maybe("transaction_id"),
    maybe("key", LargeBinary),
    maybe("value", LargeBinary),  # at most 64 KiB of it
    words("sha256"),
    maybe("seen_by"),
    maybe("seen_us", Big),
    Index("quarantine_once", "topic", "partition", "offset", "sha256", unique=True),
    partial("quarantine_unseen", "id", where="seen_us IS NULL"),
)

incidents = table(
    "incidents",
    Column("id", Big, primary_key=True),
    number("at_us"),
    words("kind"),
    maybe("peer"),
    maybe("transaction_id"),
    words("text"),
    maybe("seen_by"),
    maybe("seen_us", Big),
    number("times", server_default="1"),
    maybe("last_us", Big),  # when it was seen to happen again
    partial("incidents_doubts", "kind", "text", where="kind = 'not_believed' AND seen_us IS NULL"),
    partial("incidents_unseen", "id", where="seen_us IS NULL"),
    # Every page's banner asks for it; by the kind, too: else the planner takes whichever index was made last.
    partial("incidents_forgot", "kind", "id", where="kind = 'broker_forgot' AND seen_us IS NULL"),
)

claims = table(  # idempotency keys of accepted requests, with their answers
    "claims",
    words("scope", primary_key=True),
    words("key", primary_key=True),
    words("request_hash"),
    words("answer"),
    number("at_us"),
    rowid=False,
)

audit_log = table(  # one row per happening, each hashed over the one before it: bank_node.ledger.chain
    "audit_log",
    Column("seq", Big, primary_key=True, autoincrement=False),
    number("at_us"),
    words("actor"),
    words("action"),
    words("subject"),
    words("facts"),  # JSON
    Column("hash", LargeBinary, nullable=False),
    # What is no booking is looked for by whom it was done and to what; bookings are not, and pay for no index.
    partial("audit_log_acts_of", "actor", "seq", where=NO_BOOKING),
    partial("audit_log_acts_on", "subject", "seq", where=NO_BOOKING),
)

peers = table(  # what each bank last said of itself in the registry, as far as it is believed; this bank included
    "peers",
    words("bank_id", primary_key=True),
    words("name"),
    words("url"),
    words("state"),
    words("versions"),
    words("identity"),  # Ed25519, hexadecimal
    number("sequence"),
    number("heartbeat_us"),
    maybe("head_seq", Big),
    maybe("head_hash"),
    Column("record", LargeBinary, nullable=False),
    number("heard_us"),
    rowid=False,
)

peer_keys = table(  # the X25519 keys a bank's messages may be sealed with
    "peer_keys",
    words("bank_id", primary_key=True),
    Column("version", Big, primary_key=True, autoincrement=False),
    words("public_key"),
    maybe("valid_until_us", Big),
    rowid=False,
)

payees = table(  # what other banks said to "whose account is this?"
    "payees",
    words("bank_id", primary_key=True),
    words("account", primary_key=True),
    number("asked_us"),
    maybe("answered_us", Big),
    maybe("found", Big),
    maybe("name"),
    rowid=False,
)

leases = table(
    "leases",
    words("name", primary_key=True),
    words("holder"),
    number("fence"),  # raised whenever the holder changes
    number("until_us"),
    rowid=False,
)

recalls = table(  # this bank asks for the return of a completed transfer
    "recalls",
    words("recall_id", primary_key=True),
    words("transaction_id"),
    words("to_bank"),
    maybe("reason"),
    words("state"),
    words("content_hash"),
    number("outbox_seq"),
    words("actor"),
    number("created_us"),
    number("attempt", server_default="1"),
    number("quiet_ms"),
    maybe("due_us", Big),
    maybe("answered_us", Big),
    maybe("answer_text"),
    Index("recalls_transfer", "transaction_id"),
    partial("recalls_due", "due_us", where="due_us IS NOT NULL"),
    one_of("state", ("ASKED", "AGREED", "REFUSED")),
    rowid=False,
)

recall_requests = table(  # another bank asks this one
    "recall_requests",
    words("from_bank", primary_key=True),
    words("recall_id", primary_key=True),
    words("transaction_id"),
    words("content_hash"),
    maybe("reason"),
    words("state"),
    maybe("return_id"),
    maybe("answer_text"),
    maybe("answer_event_id"),
    number("answer_seq", server_default="0"),
    number("received_us"),
    maybe("decided_us", Big),
    maybe("decided_by"),
    partial("recall_requests_open", "received_us", where="state = 'OPEN'"),
    one_of("state", ("OPEN", "AGREED", "REFUSED")),
    rowid=False,
)

unclaimed = table(  # money whose account was gone: each item names its transfer and its last owner's account
    "unclaimed",
    Column("id", Big, primary_key=True),
    words("transaction_id"),
    Column("account_id", Big, ForeignKey("accounts.id"), nullable=False),
    words("currency"),
    number("amount"),
    Column("entry_id", Big, ForeignKey("entries.id"), nullable=False),
    number("at_us"),
    Column("paid_entry_id", Big, ForeignKey("entries.id"), nullable=True),
    maybe("paid_us", Big),
    maybe("paid_by"),
    partial("unclaimed_kept", "id", where="paid_us IS NULL"),
    CheckConstraint("amount > 0", name="amount"),
)

desk_acts = table(  # who did what about stuck work
    "desk_acts",
    Column("id", Big, primary_key=True),
    words("kind"),
    words("subject"),
    words("act"),
    words("actor"),
    number("at_us"),
    maybe("said"),  # what came of it
    Index("desk_acts_subject", "kind", "subject"),
)
