"""Finding a customer in one gesture; the customer's page: purse, what is on its way, entries with running balance."""

from __future__ import annotations

import re

from starlette.responses import HTMLResponse, RedirectResponse, Response

from bank_node.ledger.account import group, read_number
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import format_amount
from bank_node.store import queries, transfer_queries
from bank_node.store.counter_queries import Connection
from bank_node.store.queries import AccountRow, CustomerRow
from bank_node.store.transfer_queries import TransferRow
from bank_node.transfers import states
from teller_ui.counter import Page
from teller_ui.rendering import render
from teller_ui.views import text
from teller_ui.views.customer import (
    BLOCKED_CHIPS,
    TYPES,
    CustomerView,
    FoundRow,
    FoundView,
    OnItsWay,
    PurseAccount,
)
from teller_ui.views.entries import entry_row
from teller_ui.views.frame import Act
from teller_ui.visit import NotThere, Visit

LATEST, FOUND_MAX, ENTRIES = 5, 12, 10
_PAYMENT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def search(visit: Visit, connection: Connection) -> Response:
    asked = visit.asked("q")
    found = _found(visit, connection, asked)
    if asked and len(found.rows) == 1:
        return RedirectResponse(found.rows[0].path, 303)
    may_open = visit.may("customers.open")
    return visit.page(connection, "customers", code="10", found=found, may_open=may_open)


def find(visit: Visit, connection: Connection) -> Response:
    """What the search box shows while somebody types."""
    asked = visit.asked("q")
    found = FoundView((), "") if len(asked) == 1 else _found(visit, connection, asked)
    return HTMLResponse(render("fragments/found.html", found=found))


def customer(visit: Visit, connection: Connection) -> Response:
    given = str(visit.request.path_params["id"])
    row = queries.customer(connection, int(given)) if given.isdigit() and len(given) < 19 else None
    if row is None:
        raise NotThere("There is no such customer at this bank.")
    view = _customer_view(visit, connection, row)
    return visit.page(connection, "customer", code="10", customer=view)


def _found(visit: Visit, connection: Connection, asked: str) -> FoundView:
    if not asked:
        rows = queries.latest_customers(connection, LATEST)
        return FoundView(tuple(_found_customer(connection, row) for row in rows))
    found = [_found_customer(connection, row) for row in queries.find_customers(connection, asked, FOUND_MAX)]
    account = _account_asked(connection, asked)
    if account is not None:
        path = f"/customers/{account.customer_id}?account={account.number}"
        found = [FoundRow(path, account.owner, TYPES.get(account.type, ""), group(account.number))]
    payment = _payment_asked(connection, asked) if visit.may("transfers.read") else None
    return FoundView((payment, *found) if payment else tuple(found), asked)


def _found_customer(connection: Connection, row: CustomerRow) -> FoundRow:
    accounts = queries.accounts_of(connection, row.id)
    about = ", ".join(filter(None, (row.phone, text.plural(len(accounts), "account"))))
    return FoundRow(f"/customers/{row.id}", row.name, about, group(accounts[0].number) if accounts else "")


def _account_asked(connection: Connection, asked: str) -> AccountRow | None:
    try:
        return queries.account(connection, read_number(asked))
    except Refusal:
        return None


def _payment_asked(connection: Connection, asked: str) -> FoundRow | None:
    id_ = asked.replace(" ", "").lower()
    if not _PAYMENT_ID.fullmatch(id_):
        return None
    sent = transfer_queries.transfer(connection, id_)
    if sent is not None:
        amount = f"{format_amount(sent.amount_minor, sent.currency)} {sent.currency} to {sent.to_bank}"
        return FoundRow(f"/payments/{id_}", f"Payment of {sent.from_name}", amount, icon="send")
    got = transfer_queries.decision(connection, id_)
    if got is None:
        return None
    return FoundRow(
        f"/payments/received/{got.from_bank}/{id_}", "Payment received", f"from {got.from_bank}", icon="back"
    )


def _customer_view(visit: Visit, connection: Connection, row: CustomerRow) -> CustomerView:
    now_us = visit.bank.clock.now_us()
    accounts = queries.accounts_of(connection, row.id)
    chosen = next((a for a in accounts if a.number == visit.asked("account")), accounts[0] if accounts else None)
    purse = tuple(_purse(account, chosen is account) for account in accounts)
    before = visit.number_asked("before")
    entries = queries.history(connection, chosen.id, before_entry=before, limit=ENTRIES + 1) if chosen else []
    path = f"/customers/{row.id}?account={chosen.number}" if chosen else ""
    about = f"?customer={row.id}" + (f"&account={chosen.number}" if chosen else "")
    older = f"{path}&before={entries[ENTRIES - 1].entry_id}#entries" if len(entries) > ENTRIES else ""
    return CustomerView(
        name=row.name,
        about=_about(row),
        acts=_acts(visit, row.id, about),
        purse=purse,
        on_its_way=_on_its_way(connection, accounts, now_us),
        alerts=tuple(_alert(a) for a in accounts if a.state in ("debit_frozen", "blocked")),
        account=next((a for a in purse if a.here), None),
        entries=tuple(entry_row(line, chosen.currency, now_us) for line in entries[:ENTRIES]) if chosen else (),
        older_path=older,
        newest_path=f"{path}#entries",
        is_older=before is not None,
        first_step_path=f"/cash/in{about}" if visit.may("cash.deposit") else "",
    )


def _acts(visit: Visit, customer_id: int, about: str) -> tuple[Act, ...]:
    wanted = (
        ("logins.read", Act("Login", f"/customers/{customer_id}/login")),
        ("accounts.open", Act("Open account", f"/accounts/new{about}")),
        ("cash.deposit", Act("Cash in", f"/cash/in{about}")),
        ("cash.withdraw", Act("Cash out", f"/cash/out{about}")),
        ("transfers.send", Act("New payment", f"/payment{about}")),
    )
    return tuple(act for action, act in wanted if visit.may(action))


def _about(row: CustomerRow) -> str:
    born = f"Born {text.day_of(row.born)}." if row.born else ""
    phone = row.phone.replace(" ", "\u00a0") if row.phone else ""
    return " ".join(filter(None, (f"Customer since {text.date(row.since_us)}.", born, phone)))


def _purse(account: AccountRow, here: bool) -> PurseAccount:
    currency = account.currency
    facts = [("Ledger balance", format_amount(account.balance_minor, currency))]
    if account.held_minor:
        facts.append(("On hold", format_amount(account.held_minor, currency)))
    if account.floor_minor:
        facts.append(("Minimum", format_amount(account.floor_minor, currency)))
    return PurseAccount(
        path=f"/customers/{account.customer_id}?account={account.number}#entries",
        name=TYPES.get(account.type, account.type),
        number=group(account.number),
        currency=currency,
        available=format_amount(account.available_minor, currency),
        facts=tuple(facts),
        chip=BLOCKED_CHIPS.get(account.state),
        here=here,
    )


def _alert(account: AccountRow) -> str:
    what = "takes money in and pays none out" if account.state == "debit_frozen" else "is blocked both ways"
    return f"{group(account.number)} {what}."


def _on_its_way(connection: Connection, accounts: list[AccountRow], now_us: int) -> tuple[OnItsWay, ...]:
    """Per currency: what has left these accounts and is not confirmed yet."""
    ids = [account.id for account in accounts]
    away = transfer_queries.transfers(connection, account_ids=ids, states=states.OPEN, limit=200) if ids else []
    by_currency: dict[str, list[TransferRow]] = {}
    for row in away:
        by_currency.setdefault(row.currency, []).append(row)
    return tuple(_away(currency, rows, now_us) for currency, rows in by_currency.items())


def _away(currency: str, rows: list[TransferRow], now_us: int) -> OnItsWay:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.to_bank] = counts.get(row.to_bank, 0) + 1
    where = ", ".join(f"{text.plural(n, 'payment') if not i else n} to {b}" for i, (b, n) in enumerate(counts.items()))
    oldest = min(rows, key=lambda row: row.created_us)
    waits = text.after(now_us - oldest.created_us)
    state = states.chip(oldest.state).word.lower()
    total = format_amount(sum(row.amount_minor for row in rows), currency)
    return OnItsWay(currency, total, where, (("Oldest", f"{state} for {waits}"),))


PAGES = (
    Page("GET", "/customers", search, "customers.read"),
    Page("GET", "/customers/find", find, "customers.read"),
    Page("GET", "/customers/{id:int}", customer, "customers.read"),
)
