"""The customer's page (10): alerts, purse, holds, what is on its way, entries with running balance, cards, notes."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.ledger.account import CLOSED, group
from bank_node.ledger.money import format_amount
from bank_node.ledger.products import CARD, PRODUCTS
from bank_node.store import queries, transfer_queries
from bank_node.store.cards import cards
from bank_node.store.counter_queries import Connection
from bank_node.store.holds import holds
from bank_node.store.notes import notes
from bank_node.store.queries import AccountRow, CustomerRow
from bank_node.store.transfer_queries import TransferRow
from bank_node.transfers import states
from teller_ui.counter import Page
from teller_ui.forms import Form, new_key
from teller_ui.views import text
from teller_ui.views.customer import TYPES, CustomerView, OnItsWay, PurseAccount
from teller_ui.views.customer_sheets import account_chips, card_line, hold_line, note_line
from teller_ui.views.entries import entry_row
from teller_ui.views.frame import Act
from teller_ui.views.lists import sent_row
from teller_ui.visit import NotThere, Visit

ENTRIES, OPEN_SHOWN, SHEET_ROWS = 10, 10, 25


def customer(visit: Visit, connection: Connection) -> Response:
    row = customer_asked(visit, connection)
    return show(visit, connection, row, Form("note", new_key(), {"kind": "note", "text": ""}))


def show(visit: Visit, connection: Connection, row: CustomerRow, note: Form, status: int = 200) -> Response:
    """The page; `note` is its form for a new note."""
    visit.recent.saw(visit.username, row.id)
    view = _customer_view(visit, connection, row)
    return visit.page(connection, "customer", code="10", status=status, customer=view, form=note)


def customer_asked(visit: Visit, connection: Connection) -> CustomerRow:
    """The customer in the address. Raises NotThere."""
    given = str(visit.request.path_params["id"])
    row = queries.customer(connection, int(given)) if given.isdigit() and len(given) < 19 else None
    if row is None:
        raise NotThere("There is no such customer at this bank.")
    return row


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
    ids = [account.id for account in accounts]
    away = transfer_queries.transfers(connection, account_ids=ids, states=states.OPEN, limit=200) if ids else []
    may_release, may_note = visit.may("holds.release"), visit.may("customers.note")
    written = notes(connection, row.id, live=True, limit=SHEET_ROWS)
    lines = [note_line(note, now_us, new_key() if may_note else "") for note in written]
    ended = notes(connection, row.id, live=False, limit=SHEET_ROWS)
    held = holds(connection, ids, live=True, limit=SHEET_ROWS) if ids else []
    return CustomerView(
        id=row.id,
        name=row.name,
        about=_about(row),
        acts=_acts(visit, row.id, about),
        purse=purse,
        on_its_way=_on_its_way(away, now_us),
        alerts=tuple(_alert(a) for a in accounts if a.state in ("debit_frozen", "blocked")),
        account=next((a for a in purse if a.here), None),
        account_acts=_account_acts(visit, chosen) if chosen else (),
        opened=group(chosen.number) if chosen and visit.asked("notice") == "account-opened" else "",
        entries=tuple(entry_row(line, chosen.currency, now_us) for line in entries[:ENTRIES]) if chosen else (),
        older_path=older,
        newest_path=f"{path}#entries",
        is_older=before is not None,
        first_step_path=f"/cash/in{about}" if visit.may("cash.deposit") else "",
        holds=tuple(hold_line(hold, now_us, new_key() if may_release else "") for hold in held),
        under_way=tuple(sent_row(transfer, now_us) for transfer in away[:OPEN_SHOWN]),
        cards=tuple(card_line(card, now_us) for card in cards(connection, customer_id=row.id, limit=SHEET_ROWS)),
        warnings=tuple(line for line in lines if line.is_alert),
        notes=tuple(line for line in lines if not line.is_alert),
        notes_ended=tuple(note_line(note, now_us, "") for note in ended),
        may_note=may_note,
        may_release=may_release,
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


def _account_acts(visit: Visit, account: AccountRow) -> tuple[Act, ...]:
    papers = (
        Act("History", f"/accounts/{account.number}/history"),
        Act("Statement", f"/accounts/{account.number}/statement"),
    )
    if account.state == CLOSED:
        return papers
    has_card = account.type in PRODUCTS and CARD in PRODUCTS[account.type].allows
    wanted = (
        (visit.may("holds.place"), Act("Hold money", f"/holds/new?account={account.number}")),
        (visit.may("cards.issue") and has_card, Act("Issue a card", f"/cards/new?account={account.number}")),
        (visit.may("accounts.label"), Act("Change the account", f"/accounts/{account.number}/change")),
    )
    return (*(act for may, act in wanted if may), *papers)


def _about(row: CustomerRow) -> str:
    born = f"Born {text.day_of(row.born)}." if row.born else ""
    phone = row.phone.replace(" ", "\u00a0") if row.phone else ""
    return " ".join(filter(None, (f"Customer since {text.date(row.since_us)}.", born, phone)))


def _purse(account: AccountRow, here: bool) -> PurseAccount:
    currency = account.currency
    facts = [("Ledger balance", format_amount(account.balance_minor, currency))]
    if account.held_minor:
        facts.append(("On hold", format_amount(account.held_minor, currency)))
    if account.floor_minor > 0:
        facts.append(("Minimum balance", format_amount(account.floor_minor, currency)))
    if account.floor_minor < 0:
        facts.append(("Overdraft", format_amount(-account.floor_minor, currency)))
    return PurseAccount(
        path=f"/customers/{account.customer_id}?account={account.number}#entries",
        name=TYPES.get(account.type, account.type),
        number=group(account.number),
        currency=currency,
        available=format_amount(account.available_minor, currency),
        facts=tuple(facts),
        chips=account_chips(account),
        here=here,
        label=account.label or "",
    )


def _alert(account: AccountRow) -> str:
    what = "takes money in and pays none out" if account.state == "debit_frozen" else "is blocked both ways"
    return f"{group(account.number)} {what}."


def _on_its_way(away: list[TransferRow], now_us: int) -> tuple[OnItsWay, ...]:
    """Per currency: what has left these accounts and is not confirmed yet."""
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


PAGES = (Page("GET", "/customers/{id:int}", customer, "customers.read"),)
