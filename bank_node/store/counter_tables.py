"""The tables of the counter: holds, approvals, drawers, business dates, reversals, cards, notes, archived months."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index

from bank_node.store.columns import Big, maybe, number, one_of, partial, partial_once, table, words

holds = table(  # the live ones of an account add up to its `held`
    "holds",
    Column("id", Big, primary_key=True),
    Column("account_id", Big, ForeignKey("accounts.id"), nullable=False),
    number("amount"),
    words("kind"),
    words("reason"),
    words("actor"),
    number("at_us"),
    maybe("expires_us", Big),
    maybe("ended_us", Big),
    maybe("ended_by"),
    maybe("outcome"),
    partial("holds_live", "account_id", where="ended_us IS NULL"),
    partial("holds_expiring", "expires_us", where="ended_us IS NULL AND expires_us IS NOT NULL"),
    one_of("kind", ("hold", "approval")),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("(ended_us IS NULL) = (outcome IS NULL)", name="ended"),
)

approvals = table(  # what a maker asked for above his limit, and what the checker said
    "approvals",
    Column("id", Big, primary_key=True),
    words("kind"),  # which operation it would be
    words("request"),  # JSON: the order as it will be carried out
    Column("account_id", Big, ForeignKey("accounts.id"), nullable=True),
    number("amount"),
    words("currency"),
    Column("hold_id", Big, ForeignKey("holds.id"), nullable=True),
    words("maker"),
    number("made_us"),
    number("expires_us"),
    words("state", server_default="WAITING"),
    maybe("decided_us", Big),
    maybe("decided_by"),
    maybe("reason"),
    maybe("leads_to"),  # the transaction_id or entry it became; a payment's is given when it is asked for
    partial("approvals_waiting", "expires_us", where="state = 'WAITING'"),
    partial_once("approvals_leads_to", "leads_to", where="leads_to IS NOT NULL"),
    one_of("state", ("WAITING", "APPROVED", "REJECTED", "EXPIRED", "WITHDRAWN")),
)

drawers = table(  # a teller's hold on a drawer, from claim to close; its cash is on the account drawer:<number>
    "drawers",
    Column("id", Big, primary_key=True),
    number("number"),
    words("teller"),
    words("date"),  # the business date it was claimed on
    number("opened_us"),
    words("floats"),  # JSON: currency to minor units taken from the vault
    maybe("closed_us", Big),
    maybe("expected"),  # JSON: currency to minor units
    maybe("counted"),  # JSON: currency to denominations
    maybe("variance"),  # JSON: currency to minor units, counted less expected
    maybe("reason"),
    maybe("supervisor"),
    partial_once("drawers_one_teller", "number", where="closed_us IS NULL"),
    partial_once("drawers_one_drawer", "teller", where="closed_us IS NULL"),
)

business_dates = table(  # from which entry on which date is meant: the date is the branch's word, not the clock's
    "business_dates",
    Column("id", Big, primary_key=True),
    words("date"),  # ISO
    words("act"),
    number("from_entry"),
    number("at_us"),
    words("actor"),
    maybe("facts"),  # JSON: the checklist as it stood
    one_of("act", ("opened", "closed", "reopened")),
)

reversals = table(  # each entry is reversed at most once
    "reversals",
    Column("entry_id", Big, ForeignKey("entries.id"), primary_key=True, autoincrement=False),
    Column("reversal_id", Big, ForeignKey("entries.id"), nullable=False, unique=True),
    words("reason"),
    words("actor"),
    number("at_us"),
)

cards = table(
    "cards",
    Column("id", Big, primary_key=True),
    Column("account_id", Big, ForeignKey("accounts.id"), nullable=False),
    words("masked"),  # first six and last four digits
    words("number_hash", unique=True),  # keyed; the number itself is nowhere
    words("expires"),  # YYYY-MM, its last month
    words("state", server_default="active"),
    number("issued_us"),
    words("issued_by"),
    maybe("blocked_us", Big),
    maybe("blocked_by"),
    maybe("reason"),
    Index("cards_account", "account_id"),
    one_of("state", ("active", "blocked")),
)

customer_notes = table(
    "customer_notes",
    Column("id", Big, primary_key=True),
    Column("customer_id", Big, ForeignKey("customers.id"), nullable=False),
    words("kind"),  # an alert stands on top of the customer's page until it is ended
    words("text"),
    words("actor"),
    number("at_us"),
    maybe("ended_us", Big),
    maybe("ended_by"),
    partial("customer_notes_live", "customer_id", where="ended_us IS NULL"),
    one_of("kind", ("note", "alert")),
)

sealed_months = table(  # months in the archive: their entries stay where they are, under one hash
    "sealed_months",
    words("month", primary_key=True),  # YYYY-MM
    number("up_to_entry"),
    number("postings"),
    words("hash"),  # bank_node.ledger.seal, hexadecimal
    number("sealed_us"),
    words("actor"),
)

archived_balances = table(  # at the end of each sealed month it was booked on in: what its postings up to there sum to
    "archived_balances",
    Column("account_id", Big, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    words("month", primary_key=True),
    number("amount"),
    rowid=False,
)
