"""An account month by month, the newest first, a year at a time; for staff and its owner."""

from __future__ import annotations

import re

from starlette.responses import Response

from bank_node.ledger.account import group
from bank_node.store.counter_queries import Connection
from bank_node.store.month_queries import months
from teller_ui.counter import Page
from teller_ui.routes.history import account_here, account_path
from teller_ui.views.months import MonthsView, month_row
from teller_ui.visit import Visit

AT_ONCE = 12
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


def show(visit: Visit, connection: Connection) -> Response:
    account = account_here(visit, connection)
    before = visit.asked("before") if _MONTH.fullmatch(visit.asked("before")) else None
    found = months(connection, account.id, visit.bank.clock.now_us(), before=before, count=AT_ONCE)
    path = account_path(visit, account.number)
    view = MonthsView(
        owner=account.owner,
        number=group(account.number),
        currency=account.currency,
        back_path=path,
        history_path=f"{path}/history",
        rows=tuple(month_row(line, account.currency, path) for line in found.lines),
        older_path=f"{path}/months?before={found.before}" if found.before else "",
        newest_path=f"{path}/months" if before else "",
        no_months=found.no_months,
    )
    return visit.page(connection, "months", months=view)


PAGES = (
    Page("GET", "/accounts/{number}/months", show, "accounts.read"),
    Page("GET", "/my/accounts/{number}/months", show, "own.read"),
)
