"""Problems in the words of RFC 9457: what was wrong, where in the request, and whether anything happened.

One table from the bank's refusal codes to HTTP. Which exception becomes which problem is in `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bank_node.transfers.reasons import REASONS

MEDIA_TYPE = "application/problem+json"

# code -> (status, title). A reason code of the list that is not here is 422 with its own sentence.
STATUSES: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read"),
    "key_missing": (400, "An Idempotency-Key is needed"),
    "key_malformed": (400, "The Idempotency-Key cannot be used"),
    "unauthenticated": (401, "Sign in first"),
    "wrong_password": (401, "The name or the password is wrong"),
    "signed_out": (401, "Sign in again"),
    "forbidden": (403, "This is not yours to do"),
    "override_refused": (403, "Nobody who may do this has vouched for it"),
    "one_time_password": (403, "Choose a password of your own first"),
    "cross_site": (403, "Another site may not do this"),
    "not_found": (404, "There is nothing here"),
    "method_not_allowed": (405, "This cannot be done here"),
    "timeout": (408, "The request took too long to arrive"),
    "AG01": (409, "The account does not allow this"),
    "name_taken": (409, "The name is taken"),
    "login_there": (409, "The customer has a login already"),
    "last_admin": (409, "Somebody must be left who can undo it"),
    "final": (409, "It is final and stays so"),
    "no_drawer": (409, "There is no drawer for this cash"),
    "drawer_taken": (409, "The drawer is taken"),
    "items_pending": (409, "Something still waits for approval"),
    "day_not_done": (409, "The day cannot be closed yet"),
    "condition_not_met": (409, "The condition is not met, and nothing was debited"),
    "own_request": (403, "Nobody decides on his own work"),
    "drawer_short": (422, "There is not so much cash"),
    "variance": (422, "The count is not what it should be"),
    "AM05": (409, "The id was used before with other content"),
    "changed_meanwhile": (412, "It was changed meanwhile"),
    "too_large": (413, "The request is too large"),
    "media_type": (415, "The content type is not one this takes"),
    "invalid": (422, "Something in the request is wrong"),
    "key_reused": (422, "The key was used with other content"),
    "unknown_bank": (422, "There is no such bank"),
    "same_account": (422, "Payer and payee are the same account"),
    "weak_password": (422, "The password is not good enough"),
    "wrong_old_password": (422, "The old password is wrong"),
    "no_such_role": (422, "There is no such role"),
    "throttled": (429, "Too many tries"),
    "too_many_streams": (429, "Too many event streams are open"),
    "internal": (500, "Something went wrong in the bank"),
    "suspect": (503, "The bank may not speak to other banks until it is repaired"),
    "unavailable": (503, "The bank cannot do this at the moment"),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """`pointer` is a JSON pointer into the body, or the bare name of a header or a query parameter."""

    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """`definite`: surely nothing was done. An indefinite one is asked about again, with the same key."""

    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 0  # 0: by the table
    definite: bool = True

    @property
    def http_status(self) -> int:
        return self.status or STATUSES.get(self.code, (422, ""))[0]

    @property
    def title(self) -> str:
        if self.code in STATUSES:
            return STATUSES[self.code][1]
        if self.code in REASONS:
            return REASONS[self.code].teller.rstrip(".")
        return HTTPStatus(self.http_status).phrase

    def document(self, instance: str, trace_id: str) -> dict[str, Any]:
        """The members of the answer; `errors` only where there are some."""
        members: dict[str, Any] = {
            "type": f"urn:bankfed:problem:{self.code}",
            "title": self.title,
            "status": self.http_status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "definite": self.definite,
            "trace_id": trace_id,
        }
        if self.errors:
            members["errors"] = [{"pointer": error.pointer, "message": error.message} for error in self.errors]
        return members

    def response(self, instance: str, trace_id: str) -> Response:
        body = orjson.dumps(self.document(instance, trace_id))
        return Response(body, self.http_status, dict(self.headers), MEDIA_TYPE)


class Stop(HTTPException):
    """Ends a request with a problem. An HTTPException, because FastAPI lets those through where it reads a body."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.http_status, problem.detail)
        self.problem = problem
