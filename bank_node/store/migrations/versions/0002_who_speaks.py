"""Who speaks, and what was done: registry, keys, leases, recalls, unclaimed money, the audit log.

Revision ID: 0002
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

from bank_node.store.audit_opening import open_chain
from bank_node.store.triggers import WHO_SPEAKS

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("seq", Big, autoincrement=False, nullable=False),
        sa.Column("at_us", Big, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("action", Words, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("facts", Words, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "desk_acts",
        sa.Column("id", Big, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("act", Words, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("at_us", Big, nullable=False),
        sa.Column("said", Words, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("desk_acts_subject", "desk_acts", ["kind", "subject"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", Words, nullable=False),
        sa.Column("holder", Words, nullable=False),
        sa.Column("fence", Big, nullable=False),
        sa.Column("until_us", Big, nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "payees",
        sa.Column("bank_id", Words, nullable=False),
        sa.Column("account", Words, nullable=False),
        sa.Column("asked_us", Big, nullable=False),
        sa.Column("answered_us", Big, nullable=True),
        sa.Column("found", Big, nullable=True),
        sa.Column("name", Words, nullable=True),
        sa.PrimaryKeyConstraint("bank_id", "account"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "peer_keys",
        sa.Column("bank_id", Words, nullable=False),
        sa.Column("version", Big, autoincrement=False, nullable=False),
        sa.Column("public_key", Words, nullable=False),
        sa.Column("valid_until_us", Big, nullable=True),
        sa.PrimaryKeyConstraint("bank_id", "version"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "peers",
        sa.Column("bank_id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("url", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("versions", Words, nullable=False),
        sa.Column("identity", Words, nullable=False),
        sa.Column("sequence", Big, nullable=False),
        sa.Column("heartbeat_us", Big, nullable=False),
        sa.Column("head_seq", Big, nullable=True),
        sa.Column("head_hash", Words, nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("heard_us", Big, nullable=False),
        sa.PrimaryKeyConstraint("bank_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recall_requests",
        sa.Column("from_bank", Words, nullable=False),
        sa.Column("recall_id", Words, nullable=False),
        sa.Column("transaction_id", Words, nullable=False),
        sa.Column("content_hash", Words, nullable=False),
        sa.Column("reason", Words, nullable=True),
        sa.Column("state", Words, nullable=False),
        sa.Column("return_id", Words, nullable=True),
        sa.Column("answer_text", Words, nullable=True),
        sa.Column("answer_event_id", Words, nullable=True),
        sa.Column("answer_seq", Big, server_default="0", nullable=False),
        sa.Column("received_us", Big, nullable=False),
        sa.Column("decided_us", Big, nullable=True),
        sa.Column("decided_by", Words, nullable=True),
        sa.CheckConstraint("state IN ('OPEN', 'AGREED', 'REFUSED')", name=op.f("recall_requests_state")),
        sa.PrimaryKeyConstraint("from_bank", "recall_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "recall_requests_open",
        "recall_requests",
        ["received_us"],
        unique=False,
        sqlite_where=sa.text("state = 'OPEN'"),
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_table(
        "recalls",
        sa.Column("recall_id", Words, nullable=False),
        sa.Column("transaction_id", Words, nullable=False),
        sa.Column("to_bank", Words, nullable=False),
        sa.Column("reason", Words, nullable=True),
        sa.Column("state", Words, nullable=False),
        sa.Column("content_hash", Words, nullable=False),
        sa.Column("outbox_seq", Big, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("created_us", Big, nullable=False),
        sa.Column("attempt", Big, server_default="1", nullable=False),
        sa.Column("quiet_ms", Big, nullable=False),
        sa.Column("due_us", Big, nullable=True),
        sa.Column("answered_us", Big, nullable=True),
        sa.Column("answer_text", Words, nullable=True),
        sa.CheckConstraint("state IN ('ASKED', 'AGREED', 'REFUSED')", name=op.f("recalls_state")),
        sa.PrimaryKeyConstraint("recall_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "recalls_due",
        "recalls",
        ["due_us"],
        unique=False,
        sqlite_where=sa.text("due_us IS NOT NULL"),
        postgresql_where=sa.text("due_us IS NOT NULL"),
    )
    op.create_index("recalls_transfer", "recalls", ["transaction_id"], unique=False)
    op.create_table(
        "unclaimed",
        sa.Column("id", Big, nullable=False),
        sa.Column("transaction_id", Words, nullable=False),
        sa.Column("account_id", Big, nullable=False),
        sa.Column("currency", Words, nullable=False),
        sa.Column("amount", Big, nullable=False),
        sa.Column("entry_id", Big, nullable=False),
        sa.Column("at_us", Big, nullable=False),
        sa.Column("paid_entry_id", Big, nullable=True),
        sa.Column("paid_us", Big, nullable=True),
        sa.Column("paid_by", Words, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("unclaimed_amount")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entries.id"],
        ),
        sa.ForeignKeyConstraint(
            ["paid_entry_id"],
            ["entries.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "unclaimed_kept",
        "unclaimed",
        ["id"],
        unique=False,
        sqlite_where=sa.text("paid_us IS NULL"),
        postgresql_where=sa.text("paid_us IS NULL"),
    )
    op.create_index(
        "outbox_parked",
        "outbox",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("parked IS NOT NULL"),
        postgresql_where=sa.text("parked IS NOT NULL"),
    )
    op.drop_index("transfers_due", "transfers")
    op.create_index(
        "transfers_due",
        "transfers",
        ["due_us", "created_us"],
        unique=False,
        sqlite_where=sa.text("due_us IS NOT NULL"),
        postgresql_where=sa.text("due_us IS NOT NULL"),
    )
    op.create_index(
        "incidents_unseen",
        "incidents",
        ["id"],
        unique=False,
        sqlite_where=sa.text("seen_us IS NULL"),
        postgresql_where=sa.text("seen_us IS NULL"),
    )
    op.create_index(
        "incidents_forgot",
        "incidents",
        ["id"],
        unique=False,
        sqlite_where=sa.text("kind = 'broker_forgot' AND seen_us IS NULL"),
        postgresql_where=sa.text("kind = 'broker_forgot' AND seen_us IS NULL"),
    )
    op.create_index(
        "quarantine_unseen",
        "quarantine",
        ["id"],
        unique=False,
        sqlite_where=sa.text("seen_us IS NULL"),
        postgresql_where=sa.text("seen_us IS NULL"),
    )
    op.create_index(
        "transfers_conflict",
        "transfers",
        ["created_us"],
        unique=False,
        sqlite_where=sa.text("conflict = 1"),
        postgresql_where=sa.text("conflict = 1"),
    )
    op.create_index(
        "transfers_returning",
        "transfers",
        ["original_transaction_id"],
        unique=False,
        sqlite_where=sa.text("original_transaction_id IS NOT NULL"),
        postgresql_where=sa.text("original_transaction_id IS NOT NULL"),
    )
    op.create_index(
        "transfers_sent_back",
        "transfers",
        ["concluded_us"],
        unique=False,
        sqlite_where=sa.text("state = 'REJECTED'"),
        postgresql_where=sa.text("state = 'REJECTED'"),
    )
    op.execute(  # what came back for closed accounts so far: its entries say of which transfer it is
        "INSERT INTO unclaimed (transaction_id, account_id, currency, amount, entry_id, at_us)"
        " SELECT t.transaction_id, t.account_id, e.currency, p.amount, e.id, e.at_us FROM postings p"
        " JOIN accounts a ON a.id = p.account_id JOIN entries e ON e.id = p.entry_id"
        " JOIN transfers t ON t.transaction_id = e.transaction_id"
        " WHERE a.kind = 'unclaimed' AND p.amount > 0 ORDER BY e.id"
    )
    op.execute(
        "INSERT INTO bank_facts (name, value)"
        " SELECT 'repeats_ignored', CAST(COALESCE(SUM(repeats_ignored), 0) AS TEXT) FROM decisions"
    )
    open_chain(op.get_bind(), time.time_ns() // 1000)
    for trigger in WHO_SPEAKS[op.get_bind().dialect.name]:
        op.execute(trigger)
