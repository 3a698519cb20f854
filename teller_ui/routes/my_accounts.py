"""My accounts (71): what a customer has, and what happened on it, by month and by words; and his cards (74)."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from starlette.responses import Response

from bank_node.ledger.cards import state_on
from bank_node.ledger.errors import Refusal
from bank_node.statements.period import months_back, read_period
from bank_node.store import queries
from bank_node.store.archive import sealed_up_to
from bank_node.store.business_dates import business_day
from bank_node.store.cards import cards
from bank_node.store.counter_queries import Connection
from bank_node.store.history_queries import Wanted, search, stretch_of
from bank_node.store.own_queries import own_account
from bank_node.store.queries import AccountRow
from teller_ui.counter import Page
from teller_ui.views.months import months_of
from teller_ui.views.own import OwnAccounts, card_view, own_entry, own_purse
from teller_ui.views.text import local
from teller_ui.visit import NotThere, Visit

ENTRIES, MONTHS, CARDS_MAX = 20, 13, 200
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def home(visit: Visit, connection: Connection) -> Response:
    accounts = queries.accounts_of(connection, customer_of(visit))
    return _page(visit, connection, accounts, accounts[0] if accounts else None)


def one(visit: Visit, connection: Connection) -> Response:
    chosen = own_account(connection, customer_of(visit), visit.request.path_params["number"])
    if chosen is None:
        raise NotThere("You have no such account.")
    return _page(visit, connection, queries.accounts_of(connection, customer_of(visit)), chosen)


def my_cards(visit: Visit, connection: Connection) -> Response:
    today = local(visit.bank.clock.now_us()).date()
    rows = cards(connection, customer_id=customer_of(visit), limit=CARDS_MAX)
    views = tuple(card_view(row, state_on(row.state, row.expires, today)) for row in rows)
    return visit.page(connection, "my_cards", code="74", cards=views)


def customer_of(visit: Visit) -> int:
    """Whose pages these are. Only a customer may come here, and every customer's login names him."""
    if visit.person is None or visit.person.customer_id is None:
        raise NotThere("There is no page at this address.")
    return visit.person.customer_id


def _page(visit: Visit, connection: Connection, accounts: list[AccountRow], chosen: AccountRow | None) -> Response:
    view = OwnAccounts(visit.person.name if visit.person else "", tuple(own_purse(a, a == chosen) for a in accounts))
    if chosen is not None:
        view = _with_entries(visit, connection, view, chosen)
    return visit.page(connection, "my_accounts", code="71", my=view)


def _with_entries(visit: Visit, connection: Connection, view: OwnAccounts, chosen: AccountRow) -> OwnAccounts:
    now_us, asked = visit.bank.clock.now_us(), visit.asked("q")
    month = visit.asked("month") if _MONTH.fullmatch(visit.asked("month")) else ""
    before = visit.number_asked("before")
    stretch = stretch_of(connection, chosen.id, *_days(month))
    found = search(connection, chosen.id, Wanted(asked), stretch, before_entry=before, limit=ENTRIES)
    path = f"/my/accounts/{chosen.number}"
    here = {name: value for name, value in (("month", month), ("q", asked)) if value}
    return OwnAccounts(
        name=view.name,
        purse=view.purse,
        account=next(account for account in view.purse if account.here),
        path=path,
        entries=tuple(own_entry(line, chosen.currency, now_us) for line in found.lines),
        months=months_of(months_back(business_day(connection, now_us).date, MONTHS), sealed_up_to(connection)),
        month=month,
        asked=asked,
        older_path=f"{path}?{urlencode({**here, 'before': found.next_entry})}#entries" if found.next_entry else "",
        newest_path=f"{path}{'?' + urlencode(here) if here else ''}#entries",
        is_older=before is not None,
        statement_path=f"{path}/statement" + (f"?month={month}" if month else ""),
        history_path=f"{path}/history",
    )


def _days(month: str) -> tuple[str, str]:
    """The month's first and last business date."""
    try:
        period = read_period(month, "", "", "") if month else None
    except Refusal:
        raise NotThere("That month is outside the books.") from None
    return (period.first, period.last) if period else ("", "")


PAGES = (
    Page("GET", "/my", home, "own.read"),
    Page("GET", "/my/accounts/{number}", one, "own.read"),
    Page("GET", "/my/cards", my_cards, "own.read"),
)
