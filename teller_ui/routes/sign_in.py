"""Signing in and out, and the theme of this browser."""

from __future__ import annotations

import re

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.people import Throttled, WrongPassword, may, sign_in, sign_out
from teller_ui import session
from teller_ui.counter import Page
from teller_ui.door import go_on_page, kept_form, sign_in_page
from teller_ui.forms import Form, sentence
from teller_ui.visit import Visit

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}")


async def show(visit: Visit) -> Response:
    return sign_in_page(visit, Form("sign-in", "", {"next": visit.asked("next")}))


async def post(visit: Visit) -> Response:
    request, settings = visit.request, visit.bank.settings
    form = Form("sign-in", "", {name: visit.values.get(name, "") for name in ("username", "next")})
    kept = kept_form(visit.values["kept_path"], visit.values.get("kept", "")) if "kept_path" in visit.values else None
    before = session.session_id(request, settings) or None
    address = request.client.host if request.client else ""
    try:
        opened = await sign_in(visit.bank, form.value("username"), visit.values.get("password", ""), address, before)
    except WrongPassword:
        form.errors[""] = "The user name or the password is wrong."
        return sign_in_page(visit, form, 401, kept)
    except Throttled as throttled:
        form.errors[""] = f"Too many tries. The next one is looked at in {throttled.wait_s} s."
        told = sign_in_page(visit, form, 429, kept)
        told.headers["Retry-After"] = str(throttled.wait_s)
        return told
    except Refusal as refusal:
        form.errors[""] = sentence(refusal.detail)
        return sign_in_page(visit, form, 401, kept)
    if kept is not None and local_path(kept.path) == kept.path:
        answer: Response = go_on_page(visit, kept)
    else:
        home = "/customers" if may(opened.person, "customers.read") else "/"
        answer = visit.go(local_path(form.value("next"), home))
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


def local_path(given: str, home: str = "/customers") -> str:
    """Where to go next: only an address of this bank."""
    return given if _LOCAL.fullmatch(given) else home


PAGES = (
    Page("GET", "/sign-in", show),
    Page("POST", "/sign-in", post),
    Page("POST", "/sign-out", leave),
    Page("POST", "/theme", choose_theme),
)
