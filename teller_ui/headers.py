"""Security headers on every answer, errors included. An answer that sets one of them itself keeps its own."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bank_node.settings import BankSettings

CDN = "https://cdn.jsdelivr.net/npm/htmx.org@4.0.1/dist/"


def content_policy(assets: str) -> str:
    """Nothing but this bank's own files; scripts also from the exact folder of the CDN unless `assets` is local."""
    scripts = "'self'" if assets == "local" else f"'self' {CDN}"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


class SecurityHeaders:
    """ASGI middleware around the whole bank; the API's answers bring headers of their own."""

    def __init__(self, app: ASGIApp, settings: BankSettings) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": content_policy(settings.assets),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",  # not no-referrer: forms would then say `Origin: null`
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Frame-Options": "DENY",
            "Cache-Control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, send_with_headers)
