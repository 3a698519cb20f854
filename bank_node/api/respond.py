"""Answers as JSON, and two kinds of route: that of FastAPI, and one with nothing in between. Both look at letters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, cast

import orjson
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bank_node.api.doors import bearer_of
from bank_node.api.letters import check_body
from bank_node.bank import Bank
from bank_node.people import Person

JSON = "application/json"


def as_json(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(document), status, headers, JSON)


class CheckedRoute(APIRoute):
    """FastAPI's route; a body with a letter in it that cannot be kept does not get as far."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def checked(request: Request) -> Response:
            check_body(await request.body(), request.headers.get("content-type", ""))
            return await handler(request)

        return handler if self.methods == {"GET"} else checked


class PlainRequest(Request):
    """What the endpoint of a PlainRoute gets: `said` are the headers by lower-case name, `content` the whole body."""

    def __init__(self, scope: Scope, content: bytes) -> None:
        super().__init__(scope)
        self.content = content
        self.said = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.bank: Bank = scope["app"].state.bank

    async def bearer(self, action: str) -> Person:
        return await bearer_of(self.bank, self.said.get("authorization", ""), action)


class PlainRoute(APIRoute):
    """Documented like any other, but the request goes straight to `endpoint(PlainRequest)`.

    FastAPI's own way to an endpoint costs five times what the endpoint of a transfer does before it waits for the
    writer. The endpoint reads, checks and answers by itself.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        straight = cast(Callable[[PlainRequest], Awaitable[Response]], endpoint)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            content = await _whole(receive)
            check_body(content, JSON)
            response = await straight(PlainRequest(scope, content))
            await response(scope, receive, send)

        self.app = app


async def _whole(receive: Receive) -> bytes:
    pieces = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def router(noun: str, *, route_class: type[APIRoute] = CheckedRoute) -> APIRouter:
    """The routes of one noun, under /api/v1."""
    return APIRouter(
        prefix="/api/v1", tags=[noun], route_class=route_class, generate_unique_id_function=lambda route: route.name
    )
