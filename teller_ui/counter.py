"""The counter: one table of pages, and what stands before each of them: origin, session, role."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bank_node.bank import Bank
from bank_node.people import CUSTOMER, must_choose_password, session_of, who_may
from bank_node.store.counter_queries import Connection
from teller_ui import door, origin, session
from teller_ui.newsroom import Newsroom
from teller_ui.problems import message_page
from teller_ui.recent import RecentCustomers
from teller_ui.views.frame import MessageView
from teller_ui.visit import NotThere, Visit

FIELDS_MAX = 120


@dataclass(frozen=True, slots=True)
class Page:
    """`show` is `def show(visit, connection)` for reading, `async def do(visit)` for doing. No action: open to all."""

    method: str
    path: str
    show: Callable[..., Response | Awaitable[Response]]
    action: str | None = None


def pages(bank: Bank) -> APIRouter:
    """The router with every page of this bank, its static files and its event stream."""
    from teller_ui.routes import PAGES
    from teller_ui.routes.stream import PRESS

    router, newsroom, recent = APIRouter(), Newsroom(bank, PRESS), RecentCustomers()
    for page in PAGES:
        endpoint = _endpoint(bank, page, newsroom, recent)
        router.add_route(page.path, endpoint, methods=[page.method], include_in_schema=False)
    return router


def _endpoint(
    bank: Bank, page: Page, newsroom: Newsroom, recent: RecentCustomers
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if not origin.is_from_here(request.method, request.headers):
            words = "Another site, or another bank's page, tried to do something here. Nothing was done."
            return message_page(request, bank.settings, 403, "Only from this bank's own pages", words, "/", "Go on")
        visit = Visit(bank, request, newsroom, recent)
        if page.action is not None:
            cookie = session.session_id(request, bank.settings)
            visit.person = await run_in_threadpool(session_of, bank, cookie) if cookie else None
            if visit.person is None:
                return await _to_the_door(visit)
            if visit.person.one_time and must_choose_password(page.action):
                return visit.go("/password?notice=one-time")
            if not visit.may(page.action):
                return await _not_yours(visit, page.action)
        if request.method == "POST":
            visit.values = await _typed(request)
        return await _answer(visit, page)

    return endpoint


async def _answer(visit: Visit, page: Page) -> Response:
    try:
        if inspect.iscoroutinefunction(page.show):
            return await page.show(visit)  # type: ignore[no-any-return]
        show: Callable[..., Any] = page.show
        return await visit.reading(lambda _visit, connection: show(visit, connection))
    except NotThere as gone:
        back = ("/my", "My accounts") if visit.may("own.read") else ("/customers", "Search")
        return await _message(visit, 404, MessageView("Not here", str(gone), *back))


async def _typed(request: Request) -> dict[str, str]:
    """A form's fields, the last one of a name. The size of the body is limited before it comes here."""
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise HTTPException(400, "This is not one of the bank's forms.") from None
    return {name: value.replace("\x00", "") for name, value in pairs}


async def _to_the_door(visit: Visit) -> Response:
    request = visit.request
    if request.url.path == "/stream":
        return Response("The session has ended.", 401)
    if request.method == "GET" and not visit.is_htmx:
        here = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="")
        ended = "notice=ended&" if session.session_id(request, visit.bank.settings) else ""
        return visit.go(f"/sign-in?{ended}next={here}")
    if request.method == "POST":
        return door.keep_typed(visit, await _typed(request))
    return visit.go("/sign-in?notice=ended")


async def _not_yours(visit: Visit, action: str) -> Response:
    assert visit.person is not None
    if visit.person.role == CUSTOMER:  # he is not told what there is besides his own
        view = MessageView("Not here", "There is no page at this address.", "/my", "My accounts")
        return await _message(visit, 404, view)
    roles = " or ".join(who_may(action)) or "nobody"
    words = f"This page is for {roles}; {visit.person.name} is {visit.person.role}."
    return await _message(visit, 403, MessageView("Not for this role", words, "/", "Go on"))


async def _message(visit: Visit, status: int, view: MessageView) -> Response:
    """A page that only says something; under the header of whoever is signed in."""
    if visit.person is None:
        said = (view.title, view.words, view.path, view.action)
        return message_page(visit.request, visit.bank.settings, status, *said)

    def show(visit: Visit, connection: Connection) -> Response:
        return visit.page(connection, "message", status=status, fragment="message", message=view)

    return await visit.reading(show)
