"""The business day: closed when the branch has done its list, opened again by a supervisor. Its date is no clock's.

Payments that still wait for the broker never stand in the way: they are listed and carry over to the next day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.wording import check_text
from bank_node.store.books import Books
from bank_node.store.business_dates import CLOSED, OPENED, REOPENED, day_of_clock


@dataclass(frozen=True, slots=True)
class DayOrder:
    """`date` is the day that the one who closes it has seen on his list; None does not ask."""

    date: str | None = None
    reason: str | None = None
    actor: str = ""
    claim: Claim | None = None


def begin_day(books: Books, now_us: int, actor: str) -> str:
    """The business date; the branch's first act fixes it, until then it is the clock's."""
    date_ = books.dates.today(now_us)
    if books.dates.newest_act() is None:
        from_entry = books.dates.say(now_us, date_, OPENED, actor)
        books.audit.note("day_opened", f"day/{date_}", actor, {"from_entry": from_entry})
    return date_


def close_day(books: Books, now_us: int, _ids: Ids, order: DayOrder) -> Receipt:
    """Closes the day and opens the next one. The receipt's id is the day that was closed. Raises Refusal."""

    def act() -> Receipt:
        today = books.dates.today(now_us)
        if order.date is not None and order.date != today:
            raise Refusal("day_not_done", f"the business date is {today} by now; look at the list again", "date")
        facts = _checked(books, now_us)
        after = max((date.fromisoformat(today) + timedelta(days=1)).isoformat(), day_of_clock(now_us))
        books.dates.say(now_us, today, CLOSED, order.actor, facts)
        from_entry = books.dates.say(now_us, after, OPENED, order.actor)
        noted = {**facts, "next": after, "from_entry": from_entry}
        books.audit.note("day_closed", f"day/{today}", order.actor, noted)
        books.unit.ring("day")
        return Receipt("day", today, "completed", now_us, state=CLOSED)

    return once(books, now_us, order.claim, act)


def reopen_day(books: Books, now_us: int, _ids: Ids, order: DayOrder) -> Receipt:
    """The day that was closed last is the business date again, until it is closed again."""

    def act() -> Receipt:
        check_text(order.reason, "reason")
        if not (order.reason or "").strip():
            raise Refusal("FF01", "say why the day is opened again", "reason")
        closed = books.dates.last_closed()
        if closed is None or books.dates.newest_act() == REOPENED:
            raise Refusal("final", "no day was closed that could be opened again", "date")
        if closed[:7] <= books.archive.up_to():
            raise Refusal("final", f"{closed[:7]} is in the archive; book it today", "date")
        today = books.dates.today(now_us)
        from_entry = books.dates.say(now_us, closed, REOPENED, order.actor, {"reason": order.reason})
        noted = {"from": today, "reason": order.reason, "from_entry": from_entry}
        books.audit.note("day_reopened", f"day/{closed}", order.actor, noted)
        books.unit.ring("day")
        return Receipt("day", closed, "completed", now_us, state=REOPENED)

    return once(books, now_us, order.claim, act)


def _checked(books: Books, now_us: int) -> dict[str, Any]:
    """The list as it stands, all of it done. Raises Refusal where something is not."""
    drawers, waiting = books.drawers.open_count(), books.approvals.waiting(now_us)
    if drawers:
        raise Refusal("day_not_done", f"{drawers} drawer{'s are' if drawers > 1 else ' is'} not closed yet", "drawers")
    if waiting:
        words = f"{waiting} request{'s wait' if waiting > 1 else ' waits'} for approval"
        raise Refusal("day_not_done", words, "approvals")
    books.ledger.settle()  # the trial balance is of all accounts, the bank's own included
    trial = books.dates.trial_balance()
    if any(trial.values()):
        raise Refusal("day_not_done", "the trial balance is not 0: the books are to be looked at first", "trial")
    return {"drawers": 0, "approvals": 0, "queued": books.dates.queued(), "trial": trial}
