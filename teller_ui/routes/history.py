"""An account's history looked through by days, amounts and words, the latest twenty first; for staff and its owner."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from bank_node.ledger.account import group
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import parse_amount
from bank_node.statements.period import Period, months_back, read_day, read_period
from bank_node.store.archive import sealed_up_to
from bank_node.store.business_dates import business_day
from bank_node.store.counter_queries import Connection
from bank_node.store.history_queries import Wanted, search, stretch_of
from bank_node.store.own_queries import own_account
from bank_node.store.queries import AccountRow
from teller_ui.counter import Page
from teller_ui.forms import Form
from teller_ui.routes.accounts import account_in_address
from teller_ui.views.entries import entry_row
from teller_ui.views.months import months_of
from teller_ui.views.own import own_entry
from teller_ui.views.statement import DaysAsked, HistoryView
from teller_ui.visit import NotThere, Visit

LATEST, MONTHS = 20, 13
DAYS, FIELDS = ("month", "from", "until"), ("q", "month", "from", "until", "least", "most")


def show(visit: Visit, connection: Connection) -> Response:
    account = account_here(visit, connection)
    asked = days_asked(visit, connection, account, "history", FIELDS)
    form, days, wanted = asked.form, _days(asked.form), _wanted(asked.form, account.currency)
    if form.errors:
        view = HistoryView(asked, is_filtered=True, newest_path=asked.path, currency=account.currency)
        return visit.page(connection, "history", status=422, history=view)
    now_us, before = visit.bank.clock.now_us(), visit.number_asked("before")
    stretch = stretch_of(connection, account.id, *days)
    found = search(connection, account.id, wanted, stretch, before_entry=before, limit=LATEST)
    here = {name: form.value(name) for name in FIELDS if form.value(name)}
    row_of = own_entry if visit.may("own.read") else entry_row
    view = HistoryView(
        asked=asked,
        entries=tuple(row_of(line, account.currency, now_us) for line in found.lines),
        older_path=f"{asked.path}?{urlencode({**here, 'before': found.next_entry})}" if found.next_entry else "",
        newest_path=f"{asked.path}?{urlencode(here)}" if here else asked.path,
        is_older=before is not None,
        is_filtered=bool(here),
        statement_path=f"{account_path(visit, account.number)}/statement",
        months_path=f"{account_path(visit, account.number)}/months",
        currency=account.currency,
    )
    return visit.page(connection, "history", history=view)


def account_here(visit: Visit, connection: Connection) -> AccountRow:
    """The account in the address, where this person may see it: staff any, a customer his own. Raises NotThere."""
    if visit.may("own.read"):
        number, person = str(visit.request.path_params["number"]), visit.person
        customer_id = person.customer_id if person else None
        row = own_account(connection, customer_id, number) if customer_id is not None else None
        if row is None:
            raise NotThere("You have no such account.")
        return row
    return account_in_address(visit, connection)


def account_path(visit: Visit, number: str) -> str:
    """Where this person's pages about an account are."""
    return f"/my/accounts/{number}" if visit.may("own.read") else f"/accounts/{number}"


def days_asked(
    visit: Visit, connection: Connection, account: AccountRow, page: str, fields: tuple[str, ...] = DAYS
) -> DaysAsked:
    today = business_day(connection, visit.bank.clock.now_us()).date
    path = account_path(visit, account.number)
    return DaysAsked(
        path=f"{path}/{page}",
        form=Form(page, "", {name: visit.asked(name) for name in fields}),
        months=months_of(_to_choose(today, visit.asked("month")), sealed_up_to(connection)),
        number=group(account.number),
        owner=account.owner,
        back_path=path,
    )


def _to_choose(today: str, asked: str) -> list[Period]:
    """The latest months, and an older one that was asked for."""
    found = months_back(today, MONTHS)
    try:
        older = read_period(asked, "", "", today)
    except Refusal:
        return found
    return found if older in found else [*found, older]


def _days(form: Form) -> tuple[str, str]:
    """Business dates, empty where that side is open; errors under the fields."""
    days = {"from": "", "until": ""}
    try:
        if form.value("month"):
            month = read_period(form.value("month"), "", "", "")
            return month.first, month.last
        for name in days:
            days[name] = read_day(form.value(name), name) if form.value(name) else ""
        if days["from"] and days["until"] and days["until"] < days["from"]:
            raise Refusal("invalid", "the last day lies before the first one", "until")
    except Refusal as refusal:
        form.refuse(refusal)
    return days["from"], days["until"]


def _wanted(form: Form, currency: str) -> Wanted:
    amounts: dict[str, int | None] = {"least": None, "most": None}
    for name in amounts:
        try:
            amounts[name] = parse_amount(form.value(name), currency) if form.value(name) else None
        except Refusal as refusal:
            form.refuse(Refusal("invalid", refusal.detail, name))
    return Wanted(form.value("q"), amounts["least"], amounts["most"])


PAGES = (
    Page("GET", "/accounts/{number}/history", show, "accounts.read"),
    Page("GET", "/my/accounts/{number}/history", show, "own.read"),
)
