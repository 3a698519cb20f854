"""What every request passes on its way in and out: trace, size, origin, content type, headers, the last resort.

Plain ASGI, because every money request goes through it. Who may do what is in `doors`; pages have their own cookies
and headers, and take only trace, limits and the last resort from here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bank_node.api.errors import PageOfProblem, answer, belongs_to_api, problem_of, unforeseen
from bank_node.api.letters import FORM, check_address
from bank_node.api.metrics import HttpMetrics
from bank_node.api.problems import Problem, Stop
from bank_node.api.retiring import RETIRING
from bank_node.api.traces import trace_of, traceparent_of

log = logging.getLogger(__name__)

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
BODY_TIMEOUT_S = 20  # for a whole body of 64 KiB; a client that drips is cut
SMALL_BODY_BYTES = 4 * 1024
FORM_ROUTES = frozenset({"/api/v1/auth/token"})
BATCH_ROUTES = frozenset({"/api/v1/transfers/batch"})

GONE = 499  # the client left before the answer began

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", *UNSAFE})  # a label nobody can fill with inventions
_WANTED = frozenset({b"traceparent", b"content-length", b"content-type", b"sec-fetch-site", b"transfer-encoding"})
_SECURITY = [
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
_API_HEADERS = [*_SECURITY, (b"cache-control", b"no-store")]
_TLS_HEADERS = [*_API_HEADERS, (b"strict-transport-security", b"max-age=31536000")]
_FILE_HEADERS = [*_SECURITY, (b"cache-control", b"public, max-age=3600")]  # the docs page's own files


class Guards:
    """Limits are bytes. `page_of_problem` renders a problem for requests that are not the API's."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: HttpMetrics,
        body_bytes_max: int,
        batch_bytes_max: int,
        page_of_problem: PageOfProblem | None = None,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._body_bytes_max = body_bytes_max
        self._batch_bytes_max = batch_bytes_max
        self._page_of_problem = page_of_problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = {name: value for name, value in scope["headers"] if name in _WANTED}
        scope["trace_id"] = trace_of(headers.get(b"traceparent"))
        sealed = _Sealed(scope, send)
        try:
            check_address(scope["path"], scope["query_string"])
            if scope["method"] in UNSAFE:
                receive = self._checked(scope, headers, receive)
            await self._app(scope, receive, sealed)
        except ClientDisconnect:
            log.debug("the client went away", extra={"trace": scope["trace_id"]})
        except Exception as error:
            await self._say(problem_of(error) or _unforeseen(scope), scope, receive, sealed)
        self._write_down(scope, sealed.status or GONE, time.perf_counter() - began)

    def _checked(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Receive:
        """Refuses what needs no body to be refused; counts the body where its length was not said."""
        path = scope["path"]
        limit = self._batch_bytes_max if path in BATCH_ROUTES else self._body_bytes_max
        length = headers.get(b"content-length")
        if length is not None and not length.isdigit():
            raise Stop(Problem("malformed", "Content-Length is not a number."))
        if length is not None and int(length) > limit:
            raise Stop(too_large(limit))
        has_body = (length or b"0") != b"0" or b"transfer-encoding" in headers
        if belongs_to_api(path):
            if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
                raise Stop(Problem("cross_site", "A page of another site, or of another bank's port, may not do this."))
            if has_body:
                _check_content_type(path, headers.get(b"content-type", b""))
        if not has_body:
            return receive
        return _Limited(receive, limit, timed=length is None or int(length) > SMALL_BODY_BYTES)

    async def _say(self, problem: Problem, scope: Scope, receive: Receive, sealed: _Sealed) -> None:
        """The last resort. An answer that has begun cannot be taken back: it ends unfinished, and a client notices."""
        if sealed.status:
            return
        request = Request(scope, receive)
        pages = self._page_of_problem
        render = answer if pages is None or belongs_to_api(scope["path"]) else pages
        with suppress(OSError):
            await render(request, problem)(scope, receive, sealed)

    def _write_down(self, scope: Scope, status: int, took_s: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.saw(method, route, status, took_s)
        level = logging.DEBUG if status < 400 else logging.INFO
        if log.isEnabledFor(level):
            facts = {"trace": scope["trace_id"], "method": method, "route": route, "status": status}
            log.log(level, "http", extra={**facts, "took_ms": round(took_s * 1000, 2)})


class _Sealed:
    """`send` that adds the headers of every answer and remembers its status."""

    __slots__ = ("_scope", "_send", "status")

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = message.get("headers", ())
            headers = [*own, (b"traceparent", traceparent_of(self._scope["trace_id"]).encode())]
            if belongs_to_api(self._scope["path"]):
                names = {name for name, _ in own}
                headers += (header for header in self._api_headers() if header[0] not in names)
                if RETIRING:
                    headers += _retiring(self._scope)
            message = {**message, "headers": headers}
        await self._send(message)

    def _api_headers(self) -> list[tuple[bytes, bytes]]:
        if self._scope["path"].startswith("/docs/static/"):
            return _FILE_HEADERS
        return _TLS_HEADERS if self._scope.get("scheme") == "https" else _API_HEADERS


def _retiring(scope: Scope) -> list[tuple[bytes, bytes]]:
    found = RETIRING.get((scope["method"], getattr(scope.get("route"), "path", "")))
    return [] if found is None else found.headers


def _unforeseen(scope: Scope) -> Problem:
    log.exception("a request failed", extra={"trace": scope["trace_id"], "path": scope["path"]})
    return unforeseen()


def too_large(limit: int) -> Problem:
    return Problem("too_large", f"The body may have {limit // 1024} KiB.", headers={"Connection": "close"})


def _check_content_type(path: str, content_type: bytes) -> None:
    kind = content_type.split(b";", 1)[0].strip().lower()
    wanted = FORM if path in FORM_ROUTES else "application/json"
    if kind != wanted.encode():
        raise Stop(Problem("media_type", f"This route takes {wanted}; say so in Content-Type."))


class _Limited:
    """`receive` of a body, up to a limit and in time; once it is complete, nothing is timed or counted any more.

    The first piece of a small body comes with its headers and gets no timer: one costs as much as reading the order.
    (A client that sends headers and then nothing holds a connection, as one that never ends its headers does; no
    application sees that one.)
    """

    __slots__ = ("_complete", "_limit", "_receive", "_seen", "_timed", "_until_s")

    def __init__(self, receive: Receive, limit: int, *, timed: bool) -> None:
        self._receive = receive
        self._limit = limit
        self._timed = timed
        self._seen = 0
        self._complete = False
        self._until_s = time.monotonic() + BODY_TIMEOUT_S

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        message = await (self._in_time() if self._timed else self._receive())
        self._timed = True
        self._seen += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._seen > self._limit:
            raise Stop(too_large(self._limit))
        return message

    async def _in_time(self) -> Message:
        try:
            async with asyncio.timeout(self._until_s - time.monotonic()):
                return await self._receive()
        except TimeoutError:
            words = f"The body did not arrive within {BODY_TIMEOUT_S} s."
            raise Stop(Problem("timeout", words, headers={"Connection": "close"})) from None
