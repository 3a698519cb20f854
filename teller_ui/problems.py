"""Pages that only say what went wrong and what to do; they need no database, because that may be what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bank_node.bank import Bank
from bank_node.settings import BankSettings
from teller_ui import session
from teller_ui.rendering import render
from teller_ui.views.frame import FrameView, MessageView


class Problem(Protocol):
    """What `bank_node.api.problems.Problem` offers; the two rooms do not know each other."""

    @property
    def detail(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def http_status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def definite(self) -> bool: ...


def page_of_problem(bank: Bank) -> Callable[[Request, Problem], Response]:
    """The HTML twin of a problem+json, for everything outside the API."""

    def page(request: Request, problem: Problem) -> Response:
        return _page(request, bank.settings, problem)

    return page


def _page(request: Request, settings: BankSettings, problem: Problem) -> Response:
    words = problem.detail
    if problem.http_status == 404:
        words = "There is no page at this address."
    elif problem.definite and request.method == "POST":
        words += " Nothing was booked."
    answer = message_page(request, settings, problem.http_status, problem.title, words, "/", "Back to the counter")
    answer.headers.update({name: value for name, value in problem.headers.items() if name == "Retry-After"})
    return answer


def message_page(
    request: Request, settings: BankSettings, status: int, title: str, words: str, path: str = "", action: str = ""
) -> Response:
    """A page, or its fragment where htmx asked."""
    is_htmx = request.headers.get("hx-request") == "true"
    frame = FrameView(
        bank_id=settings.bank_id,
        bank_name=settings.name,
        theme=session.theme(request, settings),
        assets=settings.assets,
    )
    template = "fragments/message.html" if is_htmx else "pages/message_at_the_door.html"
    return HTMLResponse(render(template, frame=frame, message=MessageView(title, words, path, action)), status)
