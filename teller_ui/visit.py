"""One request of one person at the counter: what it may read, and the ways it can answer.

Reading is done in a thread with one query-only connection, so each page shows one moment of the books.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bank_node.bank import Bank
from bank_node.operations.claims import Claim, Receipt
from bank_node.people import CUSTOMER, Person, may
from bank_node.store.counter_queries import Connection
from bank_node.store.desk_queries import Horizon
from bank_node.store.drawers import cash_in, drawer_of
from bank_node.store.peers import heard_of
from bank_node.transfers.states import Chip
from bank_node.transfers.stuck_work import CONFLICT
from teller_ui import session
from teller_ui.bearings import WAITING_MAX, Bearings, horizon, take_bearings
from teller_ui.newsroom import Newsroom
from teller_ui.recent import RecentCustomers
from teller_ui.rendering import render
from teller_ui.screens import SCREENS
from teller_ui.views import text
from teller_ui.views.banner import LinkView, Troubles
from teller_ui.views.branch import money_list
from teller_ui.views.frame import FrameView
from teller_ui.views.presence import seen_chip

T = TypeVar("T")
_ACTIONS = {
    "11": "customers.open",
    "12": "holds.place",
    "13": "cards.read",
    "14": "cards.issue",
    "21": "cash.deposit",
    "22": "cash.withdraw",
    "23": "drawers.claim",
    "31": "transfers.send",
    "32": "entries.reverse",
    "42": "approvals.read",
    "43": "transfers.read",
    "44": "transfers.read",
    "51": "accounts.read",
    "61": "day.read",
    "62": "staff.read",
    "63": "audit.read",
    "64": "self.sessions",
    "65": "self.password",
    "71": "own.read",
    "72": "own.pay",
    "73": "own.read",
    "74": "own.read",
}


class NotThere(Exception):
    """The page's subject does not exist; the text says so."""


@dataclass
class Visit:
    bank: Bank
    request: Request
    newsroom: Newsroom
    recent: RecentCustomers = field(default_factory=RecentCustomers)
    person: Person | None = None
    values: dict[str, str] = field(default_factory=dict)

    @property
    def is_htmx(self) -> bool:
        """The request wants a fragment, not a page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def username(self) -> str:
        return self.person.username if self.person else ""

    def asked(self, name: str) -> str:
        """A parameter of the address, trimmed."""
        return self.request.query_params.get(name, "").strip()[:200]

    def number_asked(self, name: str) -> int | None:
        """A parameter of the address that should be a whole number within 64 bits."""
        given = self.asked(name)
        return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None

    async def reading(self, show: Callable[..., T], *arguments: Any) -> T:
        """Runs `show(visit, connection, …)` in a thread."""
        return await run_in_threadpool(self._read, show, arguments)

    def _read(self, show: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        with self.bank.readers.connection() as connection:
            return show(self, connection, *arguments)

    def may(self, action: str) -> bool:
        return may(self.person, action)

    def claim(self, scope: str, key: str, request_hash: str) -> Claim:
        """A form's key is its user's own: nobody can find out, or use up, a key of somebody else."""
        return Claim(self.scope(scope), key, request_hash)

    def scope(self, form: str) -> str:
        return f"page:{form}:{self.username}"

    def frame(
        self, connection: Connection, code: str = "", at: str = "", bearings: Bearings | None = None
    ) -> FrameView:
        """`at` names what the page's one event stream should carry beside banner and badges."""
        settings, person = self.bank.settings, self.person
        at_desk = person is not None and person.role != CUSTOMER  # what troubles the bank is not for its customers
        now = bearings or take_bearings(self.bank, connection, at_desk=at_desk)
        return FrameView(
            bank_id=settings.bank_id,
            bank_name=settings.name,
            person=person.name if person else "",
            role=person.role if person else "",
            code=code,
            here=self.request.url.path + (f"?{self.request.url.query}" if self.request.url.query else ""),
            date=text.day_of(now.date),
            **self._till(connection, now),
            zone=text.zone(now.now_us),
            theme=session.theme(self.request, settings),
            notice=NOTICES.get(self.asked("notice"), ""),
            assets=settings.assets,
            stream_path="/stream?" + urlencode({"at": at}) if at else "/stream",
            attention=_badge(now.waiting) if self.may("desk.read") else "",
            link=self._link(now) if at_desk else LinkView(self.bank.link.carries),
            troubles=self._troubles(now) if at_desk else Troubles(),
            home="/my" if self.may("own.read") else "/customers",
            may_search=self.may("customers.read"),
            screens=tuple(s for s in SCREENS if self.may(_ACTIONS.get(s.code, "customers.read"))),
        )

    def _till(self, connection: Connection, now: Bearings) -> dict[str, str]:
        """What the header says of this person's drawer, and the rail of what waits for a second one."""
        said: dict[str, str] = {}
        if self.may("approvals.read"):
            said["approvals"] = f"{now.approvals:,}" if now.approvals else ""
        if self.may("drawers.claim"):
            mine = drawer_of(connection, self.username)
            said["drawer"] = f"Drawer {mine.number}" if mine else "No drawer"
            said["drawer_cash"] = ", ".join(money_list(cash_in(connection, mine.number))) if mine else ""
        return said

    def _link(self, now: Bearings) -> LinkView:
        link = self.bank.link
        return LinkView(link.carries, text.minute(link.since_us, now.now_us), now.queued)

    def seen(self, connection: Connection, bank_id: str) -> Chip | None:
        """When another bank was last heard of; None of this one."""
        if bank_id == self.bank.charter.bank_id:
            return None
        settings = self.bank.settings
        return seen_chip(heard_of(connection, bank_id), self.bank.clock.now_us(), settings.heartbeat_ms)

    def horizon(self) -> Horizon:
        """What is stuck, as of now."""
        return horizon(self.bank)

    def _troubles(self, now: Bearings) -> Troubles:
        now_us = now.now_us
        forgot_us, forgot = now.forgot or (now_us, "")
        suspicion = self.bank.standing.suspicion
        return Troubles(
            suspect=suspicion.reason if suspicion else "",
            suspect_since=text.minute(suspicion.since_us, now_us) if suspicion else "",
            conflicts=now.waiting.get(CONFLICT, 0),
            forgot=forgot,
            forgot_at=text.minute(forgot_us, now_us),
            may_see_desk=self.may("desk.read"),
        )

    def page(
        self, connection: Connection, template: str, *, code: str = "", at: str = "", status: int = 200, **parts: object
    ) -> Response:
        """A whole page; a form's fragment instead where htmx asked and `fragment` names it."""
        fragment = parts.pop("fragment", None)
        frame = self.frame(connection, code, at)
        name = f"fragments/{fragment}.html" if fragment and self.is_htmx else f"pages/{template}.html"
        return HTMLResponse(render(name, frame=frame, **parts), status)

    def go(self, path: str) -> Response:
        """See other: after a post, so that reloading shows the result and posts nothing."""
        if self.is_htmx:
            return Response(headers={"HX-Redirect": path})
        return RedirectResponse(path, 303)

    def path_of(self, kind: str, id_: str) -> str:
        """Where this person sees what a receipt is about."""
        if self.may("own.read"):
            return f"/my/payments/{id_}" if kind == "transfer" else "/my/payments"
        return receipt_path(kind, id_)

    def done(self, receipt: Receipt) -> Response:
        path = self.path_of(receipt.kind, receipt.id)
        return self.go(with_notice(path, "already") if receipt.replayed else path)


def _badge(waiting: Mapping[str, int]) -> str:
    total = sum(waiting.values())
    return f"{total:,}{'+' if WAITING_MAX in waiting.values() else ''}" if total else ""


NOTICES = {
    "already": "Already posted. This form was sent before; nothing was booked a second time, and this is its receipt.",
    "opened": "Opened.",
    "released": "Released. The money can be spent again.",
    "held": "Held. The money stays on the account and cannot be spent.",
    "changed": "Changed.",
    "note-ended": "Ended. What it said stays in the books.",
    "card-blocked": "Blocked. The card is good for nothing any more.",
    "day-closed": "The day is closed, and the next one has begun.",
    "day-reopened": "The day is open again.",
    "seen": "Marked seen.",
    "all-seen": "All of them are marked seen.",
    "asked": "Asked. The answer comes by itself and stands with the payment.",
    "taken-back": "The other bank is asked to refuse it for ever. The money is back as soon as it has.",
    "hastened": "It is said again at once.",
    "redriven": "Judged again. What came of it stands with the message, among the handled ones.",
    "still-aside": "Judged again, and still set aside. Why stands with the message.",
    "signed-out": "You are signed out.",
    "one-time": "You came in by a one-time password. Choose one of your own; then everything else opens.",
    "waits": "Your bank looks at this payment before it leaves. The money is reserved; once sent, it stands here.",
    "password": "Your password is changed. Wherever else you were signed in, you are not any more.",
    "session-ended": "That session has ended.",
    "staff-changed": "Done. Whoever it was has to sign in again.",
    "ended": "Sign in to go on. A session ends after a while without use.",
}


def with_notice(path: str, notice: str) -> str:
    """The address of a page that says on top what was done."""
    return f"{path}{'&' if '?' in path else '?'}notice={notice}"


_PLACES = {"customer": "customers", "account": "accounts", "hold": "holds", "card": "cards", "note": "notes"}


def receipt_path(kind: str, id_: str) -> str:
    """The page that shows what a receipt of this kind is about."""
    if kind in ("transfer", "return"):
        return f"/payments/{id_}"
    if kind in ("approval", "drawer"):
        return f"/{kind}s/{id_}"
    if kind == "day":
        return "/day"
    if kind == "recall":
        return "/attention/recall?seen=yes"
    return f"/{_PLACES.get(kind, 'entries')}/{id_}"
