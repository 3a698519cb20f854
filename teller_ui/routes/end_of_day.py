"""End of day (61): the branch's list with its ticks, closing the day, opening it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from bank_node.four_eyes import DECIDES
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import format_amount
from bank_node.operations.business_day import DayOrder, close_day, reopen_day
from bank_node.statements.period import month_of
from bank_node.store.archive import sealed_up_to
from bank_node.store.business_dates import CLOSED, last_days
from bank_node.store.counter_queries import Connection
from bank_node.store.day_queries import Checklist, checklist
from teller_ui.counter import Page
from teller_ui.forms import Form, new_key, sentence
from teller_ui.posting import already, refused, typed
from teller_ui.views.branch import money_list
from teller_ui.views.text import day_of, moment, plural
from teller_ui.visit import Visit, with_notice

CODE = "61"
CLOSE, REOPEN = "day-close", "day-reopen"


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of the list. Done, not done, or neither: only told."""

    done: bool
    name: str
    says: str
    path: str = ""
    action: str = ""


def show(visit: Visit, connection: Connection) -> Response:
    return _page(visit, connection, Form(CLOSE, new_key()), Form(REOPEN, new_key(), {"reason": ""}))


async def close(visit: Visit) -> Response:
    form = typed(visit, CLOSE, ("date",))
    order = DayOrder(form.value("date"), None, visit.username, visit.claim(CLOSE, form.key, form.request_hash))
    try:
        await visit.bank.submit(close_day, order)
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.go(with_notice("/day", "day-closed"))


async def reopen(visit: Visit) -> Response:
    form = typed(visit, REOPEN, ("reason",))
    mine = visit.claim(REOPEN, form.key, form.request_hash)
    try:
        await visit.bank.submit(reopen_day, DayOrder(None, form.text("reason"), visit.username, mine))
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.go(with_notice("/day", "day-reopened"))


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    posted = already(visit, connection, form)
    if posted is not None:
        return posted
    if refusal.field == "reason":
        form.errors["reason"] = sentence(refusal.detail)
        status = 422
    else:
        refused(visit, connection, form, refusal)
        status = 409
    closing = form if form.scope == CLOSE else Form(CLOSE, new_key())
    reopening = form if form.scope == REOPEN else Form(REOPEN, new_key(), {"reason": ""})
    return _page(visit, connection, closing, reopening, status)


def _page(visit: Visit, connection: Connection, closing: Form, reopening: Form, status: int = 200) -> Response:
    found, now_us = checklist(connection, visit.bank.clock.now_us()), visit.bank.clock.now_us()
    days = last_days(connection)
    told = [f"{day_of(it.date)} {it.act} by {it.actor}, {moment(it.since_us or now_us, now_us)}" for it in days]
    queued = [
        (f"/payments/{row.transaction_id}", row.to_name or row.to_bank, _amount(row.amount_minor, row.currency))
        for row in found.queued
    ]
    parts: dict[str, Any] = {
        "closing": closing,
        "reopening": reopening,
        "date": found.date,
        "day": day_of(found.date),
        "ticks": _ticks(visit, found),
        "can_close": found.is_done and visit.may("day.close"),
        "may_reopen": visit.may("day.reopen") and any(it.act == CLOSED for it in days),
        "queued": queued,
        "told": told,
        "archived": _archived(visit, connection),
    }
    return visit.page(connection, "day", code=CODE, status=status, **parts)


def _ticks(visit: Visit, found: Checklist) -> tuple[Tick, ...]:
    drawers = ", ".join(f"drawer {row.number} ({row.teller})" for row in found.drawers)
    others = [row for row in found.drawers if row.teller != visit.username] if visit.may(DECIDES) else []
    to_count = f"/drawers/{others[0].id}" if others else "/drawer"
    trial = ", ".join(money_list(found.trial)) or "no accounts yet"
    return (
        Tick(not found.drawers, "Drawers closed", f"Still open: {drawers}." if drawers else "All of them.", to_count),
        Tick(
            not found.approvals,
            "Approvals empty",
            f"Still waiting: {plural(found.approvals, 'request')}." if found.approvals else "Nothing waits.",
            "/approvals",
            "Approvals",
        ),
        Tick(
            True,
            "Queued payments",
            f"Waiting for the broker, safely, and carried over: {plural(found.queued_count, 'payment')}."
            if found.queued_count
            else "Nothing waits for the broker.",
        ),
        Tick(found.is_balanced, "Trial balance is zero", f"All accounts add up to {trial}."),
    )


def _archived(visit: Visit, connection: Connection) -> str:
    """What is in the archive, and when the next month will be; nothing where the bank keeps none."""
    sealed, after = sealed_up_to(connection), visit.bank.settings.archive_after_months
    up_to = f"Everything up to {month_of(f'{sealed}-01').name} is archived." if sealed else "Nothing is archived yet."
    rule = f"A month is sealed {plural(after, 'whole month')} after its last day." if after else "No more is sealed."
    return f"{up_to} {rule}" if sealed or after else ""


def _amount(minor: int, currency: str) -> str:
    return f"{format_amount(minor, currency)} {currency}"


PAGES = (
    Page("GET", "/day", show, "day.read"),
    Page("POST", "/day/close", close, "day.close"),
    Page("POST", "/day/reopen", reopen, "day.reopen"),
)
