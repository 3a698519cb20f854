"""A customer's own login: given at the counter, its password reset there, ended there. What he sees is in `own`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path
from starlette.responses import Response

from bank_node.api.doors import TheBank, allowed
from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import LoginChange, LoginInput, LoginState
from bank_node.bank import Bank
from bank_node.people import Person, invent_password, let_in, reset_password
from bank_node.people.logins import NewLogin, give_login
from bank_node.store.people import StaffRow, login_of_customer

routes = router("customers")

CustomerId = Annotated[int, Path(ge=1, lt=2**63)]


@routes.get("/customers/{customer_id}/login", response_model=LoginState)
def login(bank: TheBank, _who: Annotated[Person, allowed("logins.read")], customer_id: CustomerId) -> Response:
    """The customer's login: its user name, and whether it opens anything."""
    return as_json(_login_json(_find(bank, customer_id)))


@routes.post("/customers/{customer_id}/login", status_code=201, response_model=LoginState)
async def give_a_login(
    bank: TheBank, new: LoginInput, who: Annotated[Person, allowed("logins.give")], customer_id: CustomerId
) -> Response:
    """Lets a customer see his own accounts. The password for one time is in this answer only."""
    made = await invent_password(bank)
    order = NewLogin(customer_id, new.username, made.hash, made.until_us, who.username)
    await bank.submit(give_login, order)
    found = await asyncio.to_thread(_find, bank, customer_id)
    path = f"/api/v1/customers/{customer_id}/login"
    return as_json({**_login_json(found), "one_time_password": made.text}, 201, {"Location": path})


@routes.patch("/customers/{customer_id}/login", response_model=LoginState)
async def change_a_login(
    bank: TheBank, change: LoginChange, who: Annotated[Person, allowed("logins.give")], customer_id: CustomerId
) -> Response:
    """Ends or opens a customer's login, or gives a password for one time. Each ends all its sessions and tokens."""
    found = await asyncio.to_thread(_find, bank, customer_id)
    once: dict[str, str] = {}
    if change.reset:
        once = {"one_time_password": await reset_password(bank, found.staff_id, who.username)}
    if change.active is not None:
        await let_in(bank, found.staff_id, change.active, who.username)
    return as_json({**_login_json(await asyncio.to_thread(_find, bank, customer_id)), **once})


def _find(bank: Bank, customer_id: int) -> StaffRow:
    with bank.readers.connection() as connection:
        found = login_of_customer(connection, customer_id)
    if found is None:
        raise Stop(Problem("not_found", "There is no such customer with a login at this bank."))
    return found


def _login_json(found: StaffRow) -> dict[str, Any]:
    return {
        "customer_id": found.customer_id,
        "username": found.username,
        "active": found.active,
        "password_is_one_time": found.one_time_until_us is not None,
    }
