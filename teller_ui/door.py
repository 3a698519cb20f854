"""The door: the sign-in page, and what happens to a form that comes when its session has ended. Nothing typed is lost.

With htmx the page stays as it is and says that one signs in in another tab. Without JavaScript the fields wait, hidden
in the sign-in form, and are shown again behind it as one button.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse, Response

from teller_ui import session
from teller_ui.forms import Form
from teller_ui.rendering import render
from teller_ui.views.frame import FrameView
from teller_ui.visit import NOTICES, Visit

KEPT_CHARS_MAX = 8_000


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where it was on its way to, and its fields; no passwords among them."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        return urlencode(self.fields)


def sign_in_page(visit: Visit, form: Form, status: int = 200, kept: KeptForm | None = None) -> Response:
    return HTMLResponse(render("pages/sign_in.html", frame=_frame(visit), form=form, kept=kept), status)


def keep_typed(visit: Visit, typed: Mapping[str, str]) -> Response:
    """For a form without a session."""
    if visit.is_htmx:
        answer = HTMLResponse(render("fragments/signed_out.html", shown=True), 401)
        answer.headers.update({"HX-Retarget": "#signed-out", "HX-Reswap": "outerHTML"})
        return answer
    fields = tuple((name, value) for name, value in typed.items() if "password" not in name)
    kept = KeptForm(visit.request.url.path, fields)
    form = Form("sign-in", "", {})
    form.errors[""] = "Your session has ended. Nothing was done; sign in, and what you typed is there again."
    return sign_in_page(visit, form, 401, kept if len(kept.text) <= KEPT_CHARS_MAX else None)


def kept_form(path: str, text: str) -> KeptForm | None:
    """What the sign-in form brought along; None where that was nothing."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or len(text) > KEPT_CHARS_MAX:
        return None
    return KeptForm(path, tuple(parse_qsl(text, keep_blank_values=True)))


def go_on_page(visit: Visit, kept: KeptForm) -> HTMLResponse:
    """Signed in again: one button sends what had been typed."""
    return HTMLResponse(render("pages/go_on.html", frame=_frame(visit), kept=kept))


def _frame(visit: Visit) -> FrameView:
    settings = visit.bank.settings
    return FrameView(
        bank_id=settings.bank_id,
        bank_name=settings.name,
        theme=session.theme(visit.request, settings),
        notice=NOTICES.get(visit.asked("notice"), ""),
        assets=settings.assets,
    )
