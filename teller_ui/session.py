"""The cookies of one bank. Browsers ignore ports, so the names carry federation and bank: signing in at one bank must
not sign out at another. Who a session belongs to is for `bank_node.people`.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bank_node.settings import BankSettings


def cookie_name(settings: BankSettings, what: str = "session", *, secure: bool = False) -> str:
    """`fed_<first 8 of the federation id>_<bank>_session`; with TLS no other host may set it."""
    federation = "".join(c for c in settings.federation_id if c.isalnum())[:8] or "alone"
    return f"{'__Host-' if secure else ''}fed_{federation}_{settings.bank_id}_{what}"


def is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def session_id(request: Request, settings: BankSettings) -> str:
    """The cookie's value, or an empty text."""
    return request.cookies.get(cookie_name(settings, secure=is_secure(request)), "")


def remember(response: Response, request: Request, settings: BankSettings, session: str) -> None:
    """Until the browser closes; the bank ends it sooner."""
    secure = is_secure(request)
    response.set_cookie(
        cookie_name(settings, secure=secure), session, httponly=True, samesite="lax", secure=secure, path="/"
    )


def forget(response: Response, request: Request, settings: BankSettings) -> None:
    secure = is_secure(request)
    response.delete_cookie(cookie_name(settings, secure=secure), httponly=True, samesite="lax", secure=secure, path="/")


def theme(request: Request, settings: BankSettings) -> str:
    """`light`, `dark`, or empty: as the system says."""
    chosen = request.cookies.get(cookie_name(settings, "theme"), "")
    return chosen if chosen in ("light", "dark") else ""


def remember_theme(response: Response, settings: BankSettings, chosen: str) -> None:
    year_s = 365 * 24 * 3600
    response.set_cookie(cookie_name(settings, "theme"), chosen, max_age=year_s, httponly=True, samesite="lax", path="/")
