"""The API's description: one OpenAPI document per bank, and a page that shows it without the internet.

Every route gets the problems it can answer with, so that no router has to repeat them. The examples name accounts that
this bank really has.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bank_node.api.branch_answers import Chain
from bank_node.api.doors import the_bank
from bank_node.api.examples import fill_in
from bank_node.api.health import version
from bank_node.api.respond import JSON
from bank_node.api.retiring import RETIRING
from bank_node.api.schemas import BatchInput, BatchItem, ProblemDocument, TransferInput, problems
from bank_node.bank import Bank
from bank_node.people.roles import who_may

STATIC = Path(__file__).with_name("static")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_TAGS = {
    "transfers": "Money from one account to another, here or at another bank",
    "accounts": "Accounts, their history, terms and holds",
    "drawers": "Drawers: claimed, counted, closed",
    "approvals": "Orders above their maker's limit, and the second person's word",
    "entries": "Entries of the books, and undoing one of today",
    "day": "The business day and its end",
    "customers": "Customers, and what stands written of them",
    "cards": "Cards: a full number is told once",
    "cash": "Cash at the counter",
    "desk": "Stuck work: what waits for somebody, and what was done about it",
    "events": "What happens, as it happens",
    "recalls": "Payments called back, and what the banks' staff say to it",
    "unclaimed": "Money that came back for an account that was gone",
    "payees": "Whose an account is, before money is sent there",
    "banks": "The banks of the federation, as this one knows them",
    "auth": "Signing in",
    "staff": "Staff who can sign in",
    "sessions": "Who is signed in",
    "own": "A customer's own accounts, cards and payments; for customers who sign in from home",
    "audit": "What was done here: for supervisor and auditor",
    "health": "For launchers and monitors",
}
_ABOUT = """Amounts are whole minor units with their currency. Requests that move money carry an `Idempotency-Key`.
Errors are `application/problem+json`; `definite: true` means that surely nothing was booked. Times are RFC 3339 in UTC,
business dates stand apart. Within `/api/v1` things are only added, so read tolerantly; what will go says so half a year
before, in `Deprecation` and `Sunset`."""
_GUESSED = {  # a password may come with it, and guesses are slowed down
    f"/api/v1/{path}"
    for path in (
        *("deposits", "withdrawals", "transfers", "entries/{entry_id}/reverse", "drawers/{drawer_id}/close"),
        "auth/password",
    )
}
_SCHEMA_REF = "#/components/schemas/{model}"
_BODY_METHODS = ("post", "put", "patch")


def routes() -> list[BaseRoute]:
    return [
        Route("/openapi.json", _document, include_in_schema=False),
        Route("/docs", _page, include_in_schema=False),
        Mount("/docs/static", StaticFiles(directory=STATIC), name="docs-static"),
    ]


def describe(app: FastAPI, bank: Bank) -> dict[str, Any]:
    """The OpenAPI document of this bank."""
    mine = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    document = get_openapi(
        title=f"{bank.charter.name or bank.charter.bank_id} ({bank.charter.bank_id})",
        version=version(),
        summary="The HTTP face of one bank of the federation",
        description=_ABOUT,
        routes=mine,
        tags=[{"name": name, "description": words} for name, words in _TAGS.items()],
        servers=[
            {"url": "/", "description": "the bank that shows this page"},
            {"url": bank.charter.directory[bank.charter.bank_id], "description": "the same, from anywhere"},
        ],
    )
    _add_schemas(document, ProblemDocument, TransferInput, BatchInput, BatchItem, Chain)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
            retiring = RETIRING.get((method.upper(), path))
            if retiring is not None:
                operation["deprecated"] = True
                operation["description"] += f"\n\nEnds on {retiring.ends}; instead: {retiring.instead}."
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    for route in mine:
        action = _action_of(route)
        for method in route.methods or ():
            operation = document["paths"][route.path_format].get(method.lower())
            if operation is not None and action is not None:
                _name_roles(operation, action)
    fill_in(document, bank)
    return document


def _add_schemas(document: dict[str, Any], *models: type[BaseModel]) -> None:
    known = document.setdefault("components", {}).setdefault("schemas", {})
    for model in models:
        schema = model.model_json_schema(ref_template=_SCHEMA_REF)
        known.update(schema.pop("$defs", {}))
        known[model.__name__] = schema


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Adds the problems that the rooms around the route answer with."""
    wanted = [500, 503] if path.startswith("/api/") else []
    if operation.get("security"):
        wanted += [401, 403, 404]
    if method in _BODY_METHODS:
        wanted += [400, 403, 408, 413, 415, 422]
    if path.endswith("/auth/token") and method == "post":
        wanted += [401, 429]
    if "{" in path:
        wanted += [404, 422]
    if operation.get("parameters"):
        wanted.append(422)
    if path.startswith("/api/v1/accounts/{number}") or path in ("/api/v1/accounts", "/api/v1/transfers"):
        wanted += [404, 422]
    if method in ("post", "patch", "put") and path not in ("/api/v1/auth/token", "/api/v1/transfers/batch"):
        wanted += [404, 409]
    if method in ("patch", "put"):
        wanted.append(412)
    if path in _GUESSED or path == "/api/v1/events":
        wanted.append(429)
    operation["summary"] = operation.get("description", "").split(". ")[0].rstrip(".")
    responses = operation.setdefault("responses", {})
    if not path.startswith("/api/"):
        responses.pop("422", None)
    for status, described in problems(*sorted(set(wanted))).items():
        responses[str(status)] = described


def _action_of(route: APIRoute) -> str | None:
    named = (route.openapi_extra or {}).get("x-action")
    if named is not None:
        return str(named)
    for dependency in route.dependant.dependencies:
        action = getattr(dependency.call, "action", None)
        if action is not None:
            return str(action)
    return None


def _name_roles(operation: dict[str, Any], action: str) -> None:
    roles = who_may(action)
    operation["x-action"] = action
    operation["x-roles"] = list(roles)
    operation["description"] = f"{operation.get('description', '')}\n\nFor {', '.join(roles)}.".strip()


def _document(request: Request) -> Response:
    """Made at the first question: by then the bank has its accounts."""
    return Response(_rendered(request.app), media_type=JSON)


@cache
def _rendered(app: FastAPI) -> bytes:
    return orjson.dumps(describe(app, app.state.bank))


def _page(request: Request) -> Response:
    bank = the_bank(request)
    title = escape(f"API of {bank.charter.name or bank.charter.bank_id} ({bank.charter.bank_id})")
    page = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        '<link rel="stylesheet" href="/docs/static/vendor/swagger-ui.css">\n'
        '<script src="/docs/static/vendor/swagger-ui-bundle.js" defer></script>\n'
        '<script src="/docs/static/docs.js" defer></script>\n</head>\n'
        f'<body>\n<main id="swagger-ui"><noscript>The page needs JavaScript; the description itself is at '
        '<a href="/openapi.json">/openapi.json</a>.</noscript></main>\n'
        '<footer>The messages between the banks: <a href="/asyncapi.json">/asyncapi.json</a> (AsyncAPI 3.1)</footer>\n'
        "</body>\n</html>\n"
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": CSP})
