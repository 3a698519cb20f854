"""My accounts (71): what a customer has, and what happened on it, by month and by words; and his cards (74)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from bank_node.ledger.cards import state_on
from bank_node.store import queries
from bank_node.store.cards import cards
from bank_node.store.counter_queries import Connection
from bank_node.store.own_queries import own_account, own_history
from bank_node.store.queries import AccountRow
from teller_ui.counter import Page
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
    from_us, until_us = _bounds(month) if month else (None, None)
    before = visit.number_asked("before")
    found = own_history(
        connection, chosen.id, asked, before_entry=before, from_us=from_us, until_us=until_us, limit=ENTRIES
    )
    path = f"/my/accounts/{chosen.number}"
    here = {name: value for name, value in (("month", month), ("q", asked)) if value}
    return OwnAccounts(
        name=view.name,
        purse=view.purse,
        account=next(account for account in view.purse if account.here),
        path=path,
        entries=tuple(own_entry(line, chosen.currency, now_us) for line in found.lines),
        months=_months(now_us),
        month=month,
        asked=asked,
        older_path=f"{path}?{urlencode({**here, 'before': found.next_entry})}#entries" if found.next_entry else "",
        newest_path=f"{path}{'?' + urlencode(here) if here else ''}#entries",
        is_older=before is not None,
    )


def _months(now_us: int) -> tuple[tuple[str, str], ...]:
    """This month and the twelve before it: `2026-11`, `November 2026`."""
    today = local(now_us)
    counted = (today.year * 12 + today.month - 1 - back for back in range(MONTHS))
    firsts = (datetime(months // 12, months % 12 + 1, 1) for months in counted)  # noqa: DTZ001 - only their names
    return tuple((f"{first:%Y-%m}", f"{first:%B %Y}") for first in firsts)


def _bounds(month: str) -> tuple[int, int]:
    """The first microsecond of the month and of the next, by the calendar on this wall."""
    year, number = int(month[:4]), int(month[5:])
    if not 1970 <= year <= 9998:
        raise NotThere("That month is outside the books.")
    firsts = (datetime(year, number, 1), datetime(year + number // 12, number % 12 + 1, 1))  # noqa: DTZ001 - local
    return (
        int(firsts[0].astimezone(UTC).timestamp()) * 1_000_000,
        int(firsts[1].astimezone(UTC).timestamp()) * 1_000_000,
    )


PAGES = (
    Page("GET", "/my", home, "own.read"),
    Page("GET", "/my/accounts/{number}", one, "own.read"),
    Page("GET", "/my/cards", my_cards, "own.read"),
)
