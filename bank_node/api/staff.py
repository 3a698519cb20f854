"""Staff who can sign in: the list, somebody new, another role or password, somebody out. Changes are the admin's."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path
from starlette.responses import Response

from bank_node.api.branch_answers import StaffList
from bank_node.api.doors import TheBank, allowed
from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import StaffChange, StaffInput, StaffMember
from bank_node.bank import Bank
from bank_node.people import (
    Person,
    change_password,
    change_role,
    hash_new,
    invent_password,
    let_in,
    reset_password,
)
from bank_node.people.staff import NewStaff, hire, username_of
from bank_node.store.people import StaffRow, all_staff, staff_named

routes = router("staff")


@routes.get("/staff", response_model=StaffList)
def staff(bank: TheBank, _who: Annotated[Person, allowed("staff.read")]) -> Response:
    """Everybody who can sign in, or could."""
    with bank.readers.connection() as connection:
        return as_json({"items": [member_json(member) for member in all_staff(connection)], "next": None})


@routes.post("/staff", status_code=201, response_model=StaffMember)
async def hire_somebody(bank: TheBank, new: StaffInput, who: Annotated[Person, allowed("staff.change")]) -> Response:
    """Lets somebody new sign in. Without a password the bank makes one for one time; it is in this answer only."""
    once: dict[str, str] = {}
    until_us = None
    if new.password is None:
        made = await invent_password(bank)
        password_hash, until_us, once = made.hash, made.until_us, {"one_time_password": made.text}
    else:
        password_hash = await hash_new(bank, new.password, new.username)
    await bank.submit(hire, NewStaff(new.username, new.name, new.role, password_hash, who.username, until_us))
    path = f"/api/v1/staff/{quote(username_of(new.username))}"  # a header is ASCII, a name need not be
    member = await asyncio.to_thread(_find, bank, new.username)
    return as_json({**member_json(member), **once}, 201, {"Location": path})


@routes.patch("/staff/{username}", response_model=StaffMember)
async def change_somebody(
    bank: TheBank,
    change: StaffChange,
    who: Annotated[Person, allowed("staff.change")],
    username: Annotated[str, Path(max_length=64)],
) -> Response:
    """Disables or enables somebody, gives another role or password. Each ends all sessions and tokens of that person.

    With `reset` the bank makes a password for one time, and says it in this answer only.
    """
    member = await asyncio.to_thread(_find, bank, username)
    if member.staff_id == who.staff_id:
        _check_own(change)
    once: dict[str, str] = {}
    if change.role is not None:
        await change_role(bank, member.staff_id, change.role, who.username)
    if change.password is not None:
        password_hash = await hash_new(bank, change.password, member.username)
        await change_password(bank, member.staff_id, password_hash, who.username)
    elif change.reset:
        once = {"one_time_password": await reset_password(bank, member.staff_id, who.username)}
    if change.active is not None:
        await let_in(bank, member.staff_id, change.active, who.username)
    return as_json({**member_json(await asyncio.to_thread(_find, bank, username)), **once})


def _check_own(change: StaffChange) -> None:
    if change.active is False:
        words = "Nobody disables himself: somebody must be left who can undo it."
        raise Stop(Problem("invalid", words, [FieldError("/active", "cannot be false for oneself")]))
    if change.role is not None:
        words = "Nobody changes his own role; another admin does."
        raise Stop(Problem("invalid", words, [FieldError("/role", "cannot be changed for oneself")]))


def _find(bank: Bank, username: str) -> StaffRow:
    with bank.readers.connection() as connection:
        member = staff_named(connection, username_of(username))
    if member is None or member.customer_id is not None:  # a customer's login is the counter's to give and to take
        raise Stop(Problem("not_found", "There is nobody of that name."))
    return member


def member_json(member: StaffRow) -> dict[str, Any]:
    about = {"username": member.username, "name": member.name, "role": member.role, "active": member.active}
    return {**about, "password_is_one_time": member.one_time_until_us is not None}
