"""Signing in to the API: a password for a token of minutes, the token's end before its time, who one is, and another
password.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.doors import TheBank, allowed
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import Me, PasswordInput, Token
from bank_node.people import Person, choose_password, issue_token
from bank_node.people.roles import TABLE, may
from bank_node.people.signing_in import end

routes = router("auth")

Typed = Annotated[str, Form(), Field(min_length=1, max_length=256)]


@routes.post("/auth/token", response_model=Token)
async def sign_in(request: Request, bank: TheBank, username: Typed, password: Typed) -> Response:
    """Gives an access token for a user name and a password (an OAuth 2 password grant, as a form)."""
    address = request.client.host if request.client else ""
    token = await issue_token(bank, username, password, address)
    seconds = (token.expires_us - bank.clock.now_us()) // 1_000_000
    answer = {"access_token": token.text, "token_type": "bearer", "expires_in": max(0, seconds)}
    return as_json({**answer, "scope": token.person.role})


@routes.delete("/auth/token", status_code=204)
async def sign_out(bank: TheBank, who: Annotated[Person, allowed("self.sign_out")]) -> Response:
    """Ends the token that this request carries, at once."""
    await end(bank, who.session)
    return Response(status_code=204)


@routes.get("/auth/me", response_model=Me)
def me(bank: TheBank, who: Annotated[Person, allowed("self.read")]) -> Response:
    """Who the token speaks for, and what the role may do."""
    actions = sorted(action for action in TABLE if may(who, action))
    answer = Me(username=who.username, name=who.name, role=who.role, bank=bank.charter.bank_id, actions=actions)
    return as_json(answer.model_dump())


@routes.put("/auth/password", status_code=204)
async def change_own_password(
    request: Request, bank: TheBank, new: PasswordInput, who: Annotated[Person, allowed("self.password")]
) -> Response:
    """Changes one's own password. It ends all sessions and tokens, this one included: sign in again."""
    address = request.client.host if request.client else ""
    await choose_password(bank, who, new.old_password, new.password, address)
    return Response(status_code=204)
