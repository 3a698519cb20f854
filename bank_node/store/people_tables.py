"""The tables of people: who can sign in, and their sessions."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index

from bank_node.store.columns import Big, maybe, number, one_of, partial, table, words

logins = table(  # who can sign in: staff, and customers to their own pages
    "logins",
    Column("id", Big, primary_key=True),
    words("username", unique=True),
    words("name"),
    words("role"),
    words("password_hash"),
    number("active", server_default="1"),
    number("epoch", server_default="1"),  # raised by whatever ends all sessions
    number("created_us"),
    Column("customer_id", Big, ForeignKey("customers.id"), nullable=True),
    maybe("one_time_until_us", Big),  # of a password the bank made: until when it opens the door to choose an own one
    partial("logins_customer", "customer_id", where="customer_id IS NOT NULL"),
    one_of("role", ("teller", "supervisor", "auditor", "admin", "customer")),
    CheckConstraint("(role = 'customer') = (customer_id IS NOT NULL)", name="whose"),
)

sessions = table(
    "sessions",
    words("id_hash", primary_key=True),
    Column("login_id", Big, ForeignKey("logins.id"), nullable=False),
    words("kind"),
    number("created_us"),
    number("seen_us"),
    number("expires_us"),
    maybe("ended_us", Big),
    maybe("address"),
    Index("sessions_login", "login_id"),
    one_of("kind", ("browser", "token")),
    rowid=False,
)
