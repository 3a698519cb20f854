"""Which exception becomes which problem. Nothing that goes wrong inside is told outside: no name, no traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.ledger.errors import Refusal
from bank_node.people import BadToken, Throttled, WrongPassword
from bank_node.store.errors import StoreUnavailable, StoreUnsure

PageOfProblem = Callable[[Request, Problem], Response]

_FRAMEWORK = {
    400: ("malformed", "The request cannot be read."),
    404: ("not_found", "There is nothing at this address; the routes are listed at /docs."),
    405: ("method_not_allowed", "The address is right, the method is not."),
    413: ("too_large", "The body is larger than this route takes."),
}
_HEADERS = frozenset({"Idempotency-Key", "If-Match"})
_ERRORS_MAX = 20


def problem_of(error: BaseException) -> Problem | None:
    """The problem an exception stands for; None for one that nobody foresaw."""
    match error:
        case Stop():
            return error.problem
        case Refusal():
            return of_refusal(error)
        case ValidationError() | RequestValidationError():
            return of_invalid(error.errors())
        case BadToken():
            return unauthenticated(str(error))
        case WrongPassword():
            words = "The user name or the password is wrong."
            return Problem("wrong_password", words, headers={"WWW-Authenticate": "Bearer"})
        case Throttled():
            words = f"Too many tries. The next one is looked at in {error.wait_s} s."
            return Problem("throttled", words, headers={"Retry-After": str(error.wait_s)})
        case StoreUnsure():
            words = "The bank's database was lost at the commit; it is not known yet whether it was booked."
            words += " Ask again with the same key."
            return Problem("unavailable", words, headers={"Retry-After": "1"}, definite=False)
        case StoreUnavailable():
            words = "The bank's database did not take it; nothing was booked. Try again with the same key."
            return Problem("unavailable", words, headers={"Retry-After": "1"})
        case HTTPException():
            return _of_framework(error)
        case ClientDisconnect():
            return Problem("malformed", "The request ended before it was complete.")
    return None


def of_refusal(refusal: Refusal, prefix: str = "") -> Problem:
    """`prefix` is the pointer of the object that the refused field is in."""
    errors: tuple[FieldError, ...] = ()
    if refusal.field:
        pointer = refusal.field if refusal.field in _HEADERS else f"{prefix}/{refusal.field}"
        if prefix and refusal.field == "Idempotency-Key":  # in a batch it is a member
            pointer = f"{prefix}/idempotency_key"
        errors = (FieldError(pointer, refusal.detail),)
    return Problem(refusal.code, _sentence(refusal.detail), errors)


def of_invalid(errors: Iterable[Mapping[str, Any]], prefix: str = "") -> Problem:
    """From pydantic's list. An amount that cannot be one has the bank's own code for that."""
    found = [(_pointer(error["loc"], prefix), error) for error in errors][:_ERRORS_MAX]
    if any(error["type"] == "json_invalid" for _, error in found):
        return Problem("malformed", "The body is not JSON.", [FieldError(prefix, str(e["msg"])) for _, e in found])
    code = "AM12" if all(pointer.endswith(("/amount", "/amount_minor")) for pointer, _ in found) else "invalid"
    named = [FieldError(pointer, _words(error)) for pointer, error in found]
    detail = "; ".join(f"{error.pointer.strip('/') or 'the body'} {error.message}" for error in named[:3])
    return Problem(code, detail.rstrip(".") + ".", named)


def unauthenticated(detail: str) -> Problem:
    return Problem("unauthenticated", _sentence(detail), headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


def unforeseen() -> Problem:
    """For what nobody thought of; whoever answers it writes the exception into the log."""
    words = "The bank failed at this; its log has it under the trace id. Repeat it only with the same key."
    return Problem("internal", words, definite=False)


def answer(request: Request, problem: Problem) -> Response:
    return problem.response(request.url.path, request.scope.get("trace_id", ""))


def belongs_to_api(path: str) -> bool:
    return path.startswith(("/api/", "/docs", "/lab/")) or path in (
        "/api",
        "/livez",
        "/readyz",
        "/version",
        "/metrics",
        "/openapi.json",
        "/asyncapi.json",
    )


def install(app: FastAPI, page_of_problem: PageOfProblem | None) -> None:
    """Handlers for everything foreseen, the framework's own errors included. The rest is caught by `guards`."""

    async def handle(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem is None:
            raise error
        if page_of_problem is not None and not belongs_to_api(request.url.path):
            return page_of_problem(request, problem)
        return answer(request, problem)

    kinds = (Stop, Refusal, ValidationError, RequestValidationError, BadToken, WrongPassword, Throttled)
    for kind in (*kinds, StoreUnavailable, HTTPException, ClientDisconnect):
        app.add_exception_handler(kind, handle)


def _of_framework(error: HTTPException) -> Problem:
    code, words = _FRAMEWORK.get(error.status_code, ("invalid", str(error.detail)))
    return Problem(code, words, headers=error.headers or {}, status=error.status_code)


def _pointer(location: Iterable[object], prefix: str) -> str:
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in location]
    if parts and parts[0] in ("query", "path", "header", "cookie"):
        return parts[-1]
    if parts and parts[0] == "body":
        parts = parts[1:]
    return prefix + "".join(f"/{part}" for part in parts)


def _words(error: Mapping[str, Any]) -> str:
    """Pydantic's sentence, or a plainer one. It quotes limits, never the input."""
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a member this route knows"
        case "int_type" | "int_from_float" | "int_parsing":
            return 'must be a whole number of minor units; use "amount": "12.50" for a decimal text'
        case "string_type":
            return "must be a text"
        case "value_error":
            return f"cannot stand so: {str(error['msg']).removeprefix('Value error, ')}"
    text = str(error["msg"]).removeprefix("Input ")
    return text[:1].lower() + text[1:]


def _sentence(text: str) -> str:
    text = text.strip()
    return (text[:1].upper() + text[1:]).rstrip(".") + "."
