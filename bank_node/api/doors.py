"""Who stands before a route: the bearer of a token, and whether his role may do what the route does.

Only the Authorization header counts. A cookie opens nothing here, so no page can make a browser move money by JSON.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Annotated, Any, cast

from fastapi import Depends, Security
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import Request

from bank_node.api.errors import unauthenticated
from bank_node.api.problems import Problem, Stop
from bank_node.bank import Bank
from bank_node.people import CUSTOMER, Person, holder_of, may, must_choose_password, who_may

bearer = OAuth2PasswordBearer(
    tokenUrl="/api/v1/auth/token",
    auto_error=False,
    description="Sign in with the user name and password of a member of staff; the token lasts a quarter of an hour.",
)


def the_bank(request: Request) -> Bank:
    return cast(Bank, request.app.state.bank)


TheBank = Annotated[Bank, Depends(the_bank)]


async def bearer_of(bank: Bank, authorization: str, action: str) -> Person:
    """Who sent this Authorization header, if he may do this. Raises Stop (401, 403, 404) or BadToken."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Stop(unauthenticated("sign in first: get a token at /api/v1/auth/token and send it as Bearer"))
    person = await holder_of(bank, token.strip())
    if person.one_time and must_choose_password(action):
        words = "You came in by a one-time password: choose one of your own first, at PUT /api/v1/auth/password."
        raise Stop(Problem("one_time_password", words))
    if not may(person, action):
        if person.role == CUSTOMER:  # a customer is not told what there is besides his own
            raise Stop(Problem("not_found", "There is nothing at this address for you."))
        roles = " or ".join(who_may(action)) or "nobody"
        raise Stop(Problem("forbidden", f"This is for {roles}; {person.username} is {person.role}."))
    return person


@cache
def allowed(action: str) -> Any:
    """The dependency of a route that does this action; its value is the Person."""

    async def door(request: Request, _token: Annotated[str | None, Security(bearer)]) -> Person:
        return await bearer_of(the_bank(request), request.headers.get("authorization", ""), action)

    door.action = action  # type: ignore[attr-defined] # read back by `docs`, so that the description names the roles
    return Depends(cast(Callable[..., Awaitable[Person]], door))
