"""A walk through every page of a bank: for each route of the pages, addresses that are there in these books.

Far pages, months, filters and other ways to ask are stops of their own. What shows nothing of the books is left out, by
name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from string import Formatter
from urllib.parse import quote

from bank_node.ledger.account import group
from bank_node.people.roles import CUSTOMER, TABLE
from federation.bench import today
from teller_ui.routes import PAGES

PICKED = 40  # different addresses of a stop, where there are so many
ASIDE = {  # nothing of the books
    "/bank.css",
    "/rosette.svg",
    "/favicon.svg",
    "/favicon.ico",
    "/static/{name:path}",
    "/sign-in",
    "/go/{code}",
    "/stream",  # what open pages cost is asked by another bench: dashboards
    "/statements/{number}.pdf",  # pressed in a process of its own
}
FORM = "form=bench-0123456789abcdef"
# Route: how it is asked. What stands in braces is a name of WHERE.
WALK: Mapping[str, tuple[str, ...]] = {
    "/": ("/",),
    "/screens": ("/screens",),
    "/customers/new": (f"/customers/new?{FORM}",),
    "/accounts/new": (f"/accounts/new?{FORM}&customer={{customer}}",),
    "/customers": ("/customers", "/customers?q={name}", "/customers?q={part}"),
    "/customers/find": tuple(
        f"/customers/find?q={{{asked}}}"
        for asked in ("part", "name", "account", "grouped", "part_of_number", "phone", "sent", "got", "no_payment")
    ),
    "/customers/{id:int}": (
        "/customers/{customer}",
        "/customers/{busy_customer}",
        "/customers/{busy_customer}?before={busy_entry}",
    ),
    "/notes/{note:int}": ("/notes/{note}",),
    "/holds/new": (f"/holds/new?{FORM}&account={{account}}",),
    "/holds/{id:int}": ("/holds/{hold}",),
    "/cards": ("/cards",),
    "/cards/new": (f"/cards/new?{FORM}&account={{account}}",),
    "/cards/{id:int}": ("/cards/{card}",),
    "/accounts/{number}/change": ("/accounts/{account}/change",),
    "/accounts/said": (
        "/accounts/said?field=account&account={account}",
        "/accounts/said?field=to_account&role=payee&to_bank=ALFA&to_account={account}",
    ),
    "/accounts/{number}": ("/accounts/{account}",),
    "/accounts/{number}/history": (
        "/accounts/{account}/history",
        "/accounts/{busy}/history",
        "/accounts/{busy}/history?before={busy_entry}",
        "/accounts/{busy}/history?month={month}",
        "/accounts/{busy}/history?q=invoice+{three}",
        "/accounts/{busy}/history?q=nowhere",
        "/accounts/{busy}/history?least=59.90&most=60.00&month={month}",
    ),
    "/my/accounts/{number}/history": (
        "/my/accounts/{busy}/history",
        "/my/accounts/{busy}/history?before={busy_entry}",
        "/my/accounts/{busy}/history?q=nowhere",
    ),
    "/statement": ("/statement", "/statement?account={account}"),
    "/accounts/{number}/statement": ("/accounts/{account}/statement", "/accounts/{account}/statement?month={month}"),
    "/accounts/{number}/statement.csv": ("/accounts/{account}/statement.csv?month={month}",),
    "/accounts/{number}/statement.xml": ("/accounts/{account}/statement.xml?month={month}",),
    "/my/accounts/{number}/statement": ("/my/accounts/{own}/statement?month={month}",),
    "/my/accounts/{number}/statement.csv": ("/my/accounts/{own}/statement.csv?month={month}",),
    "/my/accounts/{number}/statement.xml": ("/my/accounts/{own}/statement.xml?month={month}",),
    "/cash/in": (f"/cash/in?{FORM}&account={{account}}",),
    "/cash/out": (f"/cash/out?{FORM}&account={{account}}",),
    "/drawer": (f"/drawer?{FORM}",),
    "/drawers/{id:int}": ("/drawers/{drawer}",),
    "/approvals": ("/approvals", "/approvals?decided=yes"),
    "/approvals/{id:int}": ("/approvals/{approval}",),
    "/reversals": ("/reversals",),
    "/entries/{id:int}/reverse": (f"/entries/{{todays_entry}}/reverse?{FORM}",),
    "/day": ("/day",),
    "/payment": (f"/payment?{FORM}&from_account={{account}}",),
    "/payments/sent": ("/payments/sent", "/payments/sent?before={far_payment}"),
    "/payments/received": ("/payments/received", "/payments/received?{far_received}"),
    "/payments/received/{bank}/{id}": ("/payments/received/{received}",),
    "/payments/received/{bank}/{id}/return": (f"/payments/received/{{received}}/return?{FORM}",),
    "/payments/{id}/call-back": (f"/payments/{{completed}}/call-back?{FORM}",),
    "/payments/{id}": ("/payments/{sent}", "/payments/{inside}", "/payments/{busy_inside}"),
    "/entries/{id:int}": ("/entries/{entry}", "/entries/{todays_entry}"),
    "/attention/recall/{id}/answer": (f"/attention/recall/{{recall}}/answer?{FORM}",),
    "/attention/unclaimed/{id}/pay-out": (f"/attention/unclaimed/{{unclaimed}}/pay-out?{FORM}",),
    "/attention": ("/attention",),
    "/attention/{kind}": ("/attention/{pile}", "/attention/{pile}?seen=yes"),
    "/sessions": ("/sessions",),
    "/password": ("/password",),
    "/staff": ("/staff",),
    "/customers/{id:int}/login": ("/customers/{customer}/login", "/customers/{busy_customer}/login"),
    "/audit": (
        "/audit",
        "/audit?before={far_entry}",
        "/audit?user=teller1",
        "/audit?user=admin",
        "/audit?user=chief&what=acts",
        "/audit?object={account}",
        "/audit?object={account}&what=acts",
        "/audit?object={sent}",
    ),
    "/my": ("/my",),
    "/my/accounts/{number}": (
        "/my/accounts/{busy}",
        "/my/accounts/{busy}?before={busy_entry}",
        "/my/accounts/{busy}?month={month}",
        "/my/accounts/{busy}?q=nowhere",
    ),
    "/my/cards": ("/my/cards",),
    "/my/payment": (f"/my/payment?{FORM}",),
    "/my/payments": ("/my/payments", "/my/payments?before={busy_payment}"),
    "/my/payments/{id}": ("/my/payments/{busy_payment}",),
    "/accounts/{number}/months": ("/accounts/{account}/months", "/accounts/{busy}/months"),
    "/my/accounts/{number}/months": ("/my/accounts/{busy}/months",),
    "/banks/said": ("/banks/said?to_bank=BRVO",),
    "/why/{topic}": ("/why/queue",),
    "/why/{topic}/{id}": ("/why/queue/{sent}", "/why/dedupe/{received_key}", "/why/hold/{hold}", "/why/return/{sent}"),
    "/forms/{scope}/{key}": ("/forms/payment/bench-0123456789abcdef",),
}
_MIXED = "ORDER BY {0} * 7919 % 10007 LIMIT 40"
_BUSY = "(SELECT min(id) FROM accounts WHERE kind = 'customer')"
_CUSTOMERS = "FROM customers " + _MIXED.format("id")
_ACCOUNTS = "FROM accounts WHERE kind = 'customer' AND state = 'open' " + _MIXED.format("id")
_PAID = "FROM transfers WHERE kind = '{0}' " + _MIXED.format("created_us % 99991")
_GOT = "FROM decisions WHERE decision = 'ACCEPTED' " + _MIXED.format("decided_us % 99991")
WHERE: Mapping[str, str] = {  # one column: what an address may name
    "customer": f"SELECT id {_CUSTOMERS}",
    "name": f"SELECT name {_CUSTOMERS}",
    "part": f"SELECT DISTINCT substr(name, 1, 3) {_CUSTOMERS}",
    "phone": f"SELECT phone {_CUSTOMERS}",
    "account": f"SELECT code {_ACCOUNTS}",
    "part_of_number": f"SELECT substr(code, 12) {_ACCOUNTS}",
    "busy": f"SELECT code FROM accounts WHERE id = {_BUSY}",
    "busy_customer": f"SELECT customer_id FROM accounts WHERE id = {_BUSY}",
    "busy_entry": f"SELECT entry_id FROM postings WHERE account_id = {_BUSY} ORDER BY entry_id"
    f" LIMIT 40 OFFSET (SELECT count(*) / 2 FROM postings WHERE account_id = {_BUSY})",
    "busy_inside": f"SELECT transaction_id FROM transfers WHERE account_id = {_BUSY} AND kind = 'inside' LIMIT 40",
    "busy_payment": f"SELECT transaction_id FROM transfers WHERE account_id = {_BUSY} AND kind = 'payment'"
    " ORDER BY transaction_id DESC LIMIT 40",
    "own": "SELECT code FROM accounts WHERE kind = 'customer' AND customer_id = 2 LIMIT 1",
    "entry": "SELECT id FROM entries WHERE id % (SELECT max(id) / 41 FROM entries) = 1 LIMIT 40",
    "far_entry": "SELECT seq FROM audit_log WHERE seq % (SELECT max(seq) / 41 FROM audit_log) = 1 LIMIT 40",
    "todays_entry": "SELECT id FROM entries WHERE kind = 'deposit' AND actor = 'teller1' ORDER BY id DESC LIMIT 20",
    "sent": f"SELECT transaction_id {_PAID.format('payment')}",
    "completed": "SELECT transaction_id FROM transfers WHERE kind = 'payment' AND state = 'COMPLETED' LIMIT 40",
    "inside": f"SELECT transaction_id {_PAID.format('inside')}",
    "far_payment": "SELECT transaction_id FROM transfers ORDER BY transaction_id"
    " LIMIT 40 OFFSET (SELECT count(*) / 2 FROM transfers)",
    "received": f"SELECT from_bank || '/' || transaction_id {_GOT}",
    "received_key": f"SELECT from_bank || ':' || transaction_id {_GOT}",
    "got": f"SELECT transaction_id {_GOT}",
    "far_received": "SELECT 'before=' || decided_us || '&bank=' || from_bank || '&id=' || transaction_id FROM decisions"
    " ORDER BY decided_us LIMIT 40 OFFSET (SELECT count(*) / 2 FROM decisions)",
    "note": "SELECT id FROM customer_notes LIMIT 40",
    "hold": "SELECT id FROM holds WHERE kind = 'hold' LIMIT 40",
    "card": "SELECT id FROM cards LIMIT 40",
    "drawer": "SELECT id FROM drawers LIMIT 40",
    "approval": "SELECT id FROM approvals LIMIT 40",
    "recall": "SELECT from_bank || ':' || recall_id FROM recall_requests WHERE state = 'OPEN' LIMIT 40",
    "unclaimed": "SELECT id FROM unclaimed WHERE paid_us IS NULL LIMIT 40",
    "month": "SELECT DISTINCT substr(date, 1, 7) FROM business_dates ORDER BY 1 LIMIT 10",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """`name` is how it is asked; `who` signs in for it."""

    name: str
    who: str
    addresses: tuple[str, ...]

    @property
    def is_search(self) -> bool:
        return self.name.startswith("/customers/find")

    def some(self, count: int) -> list[str]:
        return list(islice(cycle(self.addresses), count))


def places(database: Path) -> dict[str, tuple[str, ...]]:
    """What there is in the books, by the names of WHERE, as it stands in an address."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        found = {name: tuple(str(row[0]) for row in connection.execute(sql)) for name, sql in WHERE.items()}
    finally:
        connection.close()
    found["grouped"] = tuple(group(number) for number in found["account"])
    found["no_payment"] = tuple(f"{id_[:-4]}ffff" for id_ in found["sent"])
    found["three"] = tuple(str(number) for number in range(100, 140))
    found["pile"] = ("conflict", "stuck", "recall", "unclaimed", "parked", "quarantine", "incident", "sent_back")
    return {name: tuple(quote(value, safe="/&=:") for value in values) for name, values in found.items()}


def stops(found: Mapping[str, tuple[str, ...]]) -> Iterator[Stop]:
    """Every page that shows something of the books."""
    for page in PAGES:
        if page.method == "GET" and page.path not in ASIDE:
            for asked in WALK.get(page.path, ()):
                who = today.ORDINARY if "{own}" in asked else _who(page.action)
                yield Stop(asked, who, tuple(_addresses(asked, found)))


def _addresses(asked: str, found: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """In turn with each value of each name; a name of which there is nothing is a mistake of the walk."""
    names = [name for _, name, _, _ in Formatter().parse(asked) if name]
    for number in range(PICKED if names else 1):
        yield asked.format_map({name: found[name][number % len(found[name])] for name in names})


def _who(action: str | None) -> str:
    """The first of the branch's people who may; a customer for a customer's own pages."""
    allowed = TABLE[action] if action else frozenset(today.STAFF.values())
    if allowed == {CUSTOMER}:
        return today.BUSY
    return next(username for username, role in today.STAFF.items() if role in allowed)
