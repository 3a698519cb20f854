"""The counter: who can sign in, holds, approvals, drawers, business dates, reversals, cards, notes, the archive.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bank_node.store.triggers import THE_COUNTER

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NO_BOOKING = """substr(facts, 1, 8) <> '{"entry"'"""
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _who_signs_in()
    _what_is_done_there()
    for trigger in THE_COUNTER[op.get_bind().dialect.name]:
        op.execute(trigger)


def _who_signs_in() -> None:
    op.add_column("accounts", sa.Column("label", Words, nullable=True))
    op.create_table(
        "logins",
        sa.Column("id", Big, nullable=False),
        sa.Column("username", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("role", Words, nullable=False),
        sa.Column("password_hash", Words, nullable=False),
        sa.Column("active", Big, server_default="1", nullable=False),
        sa.Column("epoch", Big, server_default="1", nullable=False),
        sa.Column("created_us", Big, nullable=False),
        sa.Column("customer_id", Big, nullable=True),
        sa.Column("one_time_until_us", Big, nullable=True),
        sa.CheckConstraint(
            "role IN ('teller', 'supervisor', 'auditor', 'admin', 'customer')", name=op.f("logins_role")
        ),
        sa.CheckConstraint("(role = 'customer') = (customer_id IS NOT NULL)", name=op.f("logins_whose")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("username", name=op.f("logins_username_once")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "logins_customer",
        "logins",
        ["customer_id"],
        unique=False,
        sqlite_where=sa.text("customer_id IS NOT NULL"),
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    op.execute(
        "INSERT INTO logins (id, username, name, role, password_hash, active, epoch, created_us)"
        " SELECT id, username, name, role, password_hash, active, epoch, created_us FROM staff"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT setval(pg_get_serial_sequence('logins', 'id'), (SELECT coalesce(max(id), 1) FROM logins))")
    op.drop_table("sessions")  # whoever was signed in signs in again
    op.drop_table("staff")
    op.create_table(
        "sessions",
        sa.Column("id_hash", Words, nullable=False),
        sa.Column("login_id", Big, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("created_us", Big, nullable=False),
        sa.Column("seen_us", Big, nullable=False),
        sa.Column("expires_us", Big, nullable=False),
        sa.Column("ended_us", Big, nullable=True),
        sa.Column("address", Words, nullable=True),
        sa.CheckConstraint("kind IN ('browser', 'token')", name=op.f("sessions_kind")),
        sa.ForeignKeyConstraint(["login_id"], ["logins.id"]),
        sa.PrimaryKeyConstraint("id_hash"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("sessions_login", "sessions", ["login_id"], unique=False)
    for name, column in (("audit_log_acts_of", "actor"), ("audit_log_acts_on", "subject")):
        op.create_index(
            name,
            "audit_log",
            [column, "seq"],
            unique=False,
            sqlite_where=sa.text(NO_BOOKING),
            postgresql_where=sa.text(NO_BOOKING),
        )


def _what_is_done_there() -> None:
    op.create_table(
        "business_dates",
        sa.Column("id", Big, nullable=False),
        sa.Column("date", Words, nullable=False),
        sa.Column("act", Words, nullable=False),
        sa.Column("from_entry", Big, nullable=False),
        sa.Column("at_us", Big, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("facts", Words, nullable=True),
        sa.CheckConstraint("act IN ('opened', 'closed', 'reopened')", name=op.f("business_dates_act")),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "drawers",
        sa.Column("id", Big, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("teller", Words, nullable=False),
        sa.Column("date", Words, nullable=False),
        sa.Column("opened_us", Big, nullable=False),
        sa.Column("floats", Words, nullable=False),
        sa.Column("closed_us", Big, nullable=True),
        sa.Column("expected", Words, nullable=True),
        sa.Column("counted", Words, nullable=True),
        sa.Column("variance", Words, nullable=True),
        sa.Column("reason", Words, nullable=True),
        sa.Column("supervisor", Words, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "drawers_one_drawer",
        "drawers",
        ["teller"],
        unique=True,
        sqlite_where=sa.text("closed_us IS NULL"),
        postgresql_where=sa.text("closed_us IS NULL"),
    )
    op.create_index(
        "drawers_one_teller",
        "drawers",
        ["number"],
        unique=True,
        sqlite_where=sa.text("closed_us IS NULL"),
        postgresql_where=sa.text("closed_us IS NULL"),
    )
    op.create_table(
        "sealed_months",
        sa.Column("month", Words, nullable=False),
        sa.Column("up_to_entry", Big, nullable=False),
        sa.Column("postings", Big, nullable=False),
        sa.Column("hash", Words, nullable=False),
        sa.Column("sealed_us", Big, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.PrimaryKeyConstraint("month"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "customer_notes",
        sa.Column("id", Big, nullable=False),
        sa.Column("customer_id", Big, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("at_us", Big, nullable=False),
        sa.Column("ended_us", Big, nullable=True),
        sa.Column("ended_by", Words, nullable=True),
        sa.CheckConstraint("kind IN ('note', 'alert')", name=op.f("customer_notes_kind")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "customer_notes_live",
        "customer_notes",
        ["customer_id"],
        unique=False,
        sqlite_where=sa.text("ended_us IS NULL"),
        postgresql_where=sa.text("ended_us IS NULL"),
    )
    op.create_table(
        "reversals",
        sa.Column("entry_id", Big, autoincrement=False, nullable=False),
        sa.Column("reversal_id", Big, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("at_us", Big, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entries.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reversal_id"],
            ["entries.id"],
        ),
        sa.PrimaryKeyConstraint("entry_id"),
        sa.UniqueConstraint("reversal_id", name=op.f("reversals_reversal_id_once")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "archived_balances",
        sa.Column("account_id", Big, autoincrement=False, nullable=False),
        sa.Column("month", Words, nullable=False),
        sa.Column("amount", Big, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("account_id", "month"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cards",
        sa.Column("id", Big, nullable=False),
        sa.Column("account_id", Big, nullable=False),
        sa.Column("masked", Words, nullable=False),
        sa.Column("number_hash", Words, nullable=False),
        sa.Column("expires", Words, nullable=False),
        sa.Column("state", Words, server_default="active", nullable=False),
        sa.Column("issued_us", Big, nullable=False),
        sa.Column("issued_by", Words, nullable=False),
        sa.Column("blocked_us", Big, nullable=True),
        sa.Column("blocked_by", Words, nullable=True),
        sa.Column("reason", Words, nullable=True),
        sa.CheckConstraint("state IN ('active', 'blocked')", name=op.f("cards_state")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number_hash", name=op.f("cards_number_hash_once")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("cards_account", "cards", ["account_id"], unique=False)
    op.create_table(
        "holds",
        sa.Column("id", Big, nullable=False),
        sa.Column("account_id", Big, nullable=False),
        sa.Column("amount", Big, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("at_us", Big, nullable=False),
        sa.Column("expires_us", Big, nullable=True),
        sa.Column("ended_us", Big, nullable=True),
        sa.Column("ended_by", Words, nullable=True),
        sa.Column("outcome", Words, nullable=True),
        sa.CheckConstraint("kind IN ('hold', 'approval')", name=op.f("holds_kind")),
        sa.CheckConstraint("(ended_us IS NULL) = (outcome IS NULL)", name=op.f("holds_ended")),
        sa.CheckConstraint("amount > 0", name=op.f("holds_amount")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "holds_expiring",
        "holds",
        ["expires_us"],
        unique=False,
        sqlite_where=sa.text("ended_us IS NULL AND expires_us IS NOT NULL"),
        postgresql_where=sa.text("ended_us IS NULL AND expires_us IS NOT NULL"),
    )
    op.create_index(
        "holds_live",
        "holds",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("ended_us IS NULL"),
        postgresql_where=sa.text("ended_us IS NULL"),
    )
    op.create_table(
        "approvals",
        sa.Column("id", Big, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("request", Words, nullable=False),
        sa.Column("account_id", Big, nullable=True),
        sa.Column("amount", Big, nullable=False),
        sa.Column("currency", Words, nullable=False),
        sa.Column("hold_id", Big, nullable=True),
        sa.Column("maker", Words, nullable=False),
        sa.Column("made_us", Big, nullable=False),
        sa.Column("expires_us", Big, nullable=False),
        sa.Column("state", Words, server_default="WAITING", nullable=False),
        sa.Column("decided_us", Big, nullable=True),
        sa.Column("decided_by", Words, nullable=True),
        sa.Column("reason", Words, nullable=True),
        sa.Column("leads_to", Words, nullable=True),
        sa.CheckConstraint(
            "state IN ('WAITING', 'APPROVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN')", name=op.f("approvals_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"],
            ["holds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "approvals_leads_to",
        "approvals",
        ["leads_to"],
        unique=True,
        sqlite_where=sa.text("leads_to IS NOT NULL"),
        postgresql_where=sa.text("leads_to IS NOT NULL"),
    )
    op.create_index(
        "approvals_waiting",
        "approvals",
        ["expires_us"],
        unique=False,
        sqlite_where=sa.text("state = 'WAITING'"),
        postgresql_where=sa.text("state = 'WAITING'"),
    )
