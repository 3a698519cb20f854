"""Signing in and out, and the theme of this browser."""

from __future__ import annotations

import re

from starlette.responses import HTMLResponse, Response

from bank_node.ledger.errors import Refusal
from bank_node.people import Throttled, WrongPassword, sign_in, sign_out
from teller_ui import session
from teller_ui.counter import Page
from teller_ui.forms import Form, sentence
from teller_ui.rendering import render
from teller_ui.views.frame import FrameView
from teller_ui.visit import NOTICES, Visit

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}")


async def show(visit: Visit) -> Response:
    return _door(visit, Form("sign-in", "", {"next": visit.asked("next")}))


async def post(visit: Visit) -> Response:
    request, settings = visit.request, visit.bank.settings
    form = Form("sign-in", "", {name: visit.values.get(name, "") for name in ("username", "next")})
    before = session.session_id(request, settings) or None
    address = request.client.host if request.client else ""
    try:
        opened = await sign_in(visit.bank, form.value("username"), visit.values.get("password", ""), address, before)
    except WrongPassword:
        form.errors[""] = "The user name or the password is wrong."
        return _door(visit, form, 401)
    except Throttled as throttled:
        form.errors[""] = f"Too many tries. The next one is looked at in {throttled.wait_s} s."
        answer = _door(visit, form, 429)
        answer.headers["Retry-After"] = str(throttled.wait_s)
        return answer
    except Refusal as refusal:
        form.errors[""] = sentence(refusal.detail)
        return _door(visit, form, 401)
    answer = visit.go(local_path(form.value("next")))
    session.remember(answer, request, settings, opened.id)
    return answer


async def leave(visit: Visit) -> Response:
    cookie = session.session_id(visit.request, visit.bank.settings)
    if cookie:
        await sign_out(visit.bank, cookie)
    answer = visit.go("/sign-in?notice=signed-out")
    session.forget(answer, visit.request, visit.bank.settings)
    return answer


async def choose_theme(visit: Visit) -> Response:
    answer = visit.go(local_path(visit.values.get("next", "")))
    chosen = visit.values.get("theme", "")
    session.remember_theme(answer, visit.bank.settings, chosen if chosen in ("light", "dark") else "light")
    return answer


def local_path(given: str) -> str:
    """Where to go next: only an address of this bank."""
    return given if _LOCAL.fullmatch(given) else "/customers"


def _door(visit: Visit, form: Form, status: int = 200) -> Response:
    settings = visit.bank.settings
    frame = FrameView(
        bank_id=settings.bank_id,
        bank_name=settings.name,
        theme=session.theme(visit.request, settings),
        notice=NOTICES.get(visit.asked("notice"), ""),
        assets=settings.assets,
    )
    return HTMLResponse(render("pages/sign_in.html", frame=frame, form=form), status)


PAGES = (
    Page("GET", "/sign-in", show),
    Page("POST", "/sign-in", post),
    Page("POST", "/sign-out", leave),
    Page("POST", "/theme", choose_theme),
)
