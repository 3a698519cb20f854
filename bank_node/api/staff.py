"""Who can sign in: the list, somebody new, somebody disabled, another password. All of it is for the admin."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path
from starlette.responses import Response

from bank_node.api.doors import TheBank, allowed
from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import StaffChange, StaffInput
from bank_node.bank import Bank
from bank_node.people import Person, change_password, hash_password, let_in
from bank_node.people.passwords import check_new
from bank_node.people.staff import NewStaff, hire, username_of
from bank_node.store.people import StaffRow, all_staff, staff_named

routes = router("staff")


@routes.get("/staff")
def staff(bank: TheBank, _who: Annotated[Person, allowed("staff.read")]) -> Response:
    """Everybody who can sign in, or could."""
    with bank.readers.connection() as connection:
        return as_json({"items": [_member_json(member) for member in all_staff(connection)], "next": None})


@routes.post("/staff", status_code=201)
async def hire_somebody(bank: TheBank, new: StaffInput, who: Annotated[Person, allowed("staff.change")]) -> Response:
    """Lets somebody new sign in. Any password of twelve characters will do that is on no list of known ones."""
    password_hash = await _hashed(bank, new.password, new.username)
    await bank.submit(hire, NewStaff(new.username, new.name, new.role, password_hash, who.username))
    path = f"/api/v1/staff/{username_of(new.username)}"
    return as_json(_member_json(await asyncio.to_thread(_find, bank, new.username)), 201, {"Location": path})


@routes.patch("/staff/{username}")
async def change_somebody(
    bank: TheBank,
    change: StaffChange,
    who: Annotated[Person, allowed("staff.change")],
    username: Annotated[str, Path(max_length=64)],
) -> Response:
    """Disables or enables somebody, or gives another password. Both end all sessions and tokens of that person."""
    member = await asyncio.to_thread(_find, bank, username)
    if change.active is False and member.staff_id == who.staff_id:
        words = "Nobody disables himself: somebody must be left who can undo it."
        raise Stop(Problem("invalid", words, [FieldError("/active", "cannot be false for oneself")]))
    if change.password is not None:
        password_hash = await _hashed(bank, change.password, member.username)
        await change_password(bank, member.staff_id, password_hash, who.username)
    if change.active is not None:
        await let_in(bank, member.staff_id, change.active, who.username)
    return as_json(_member_json(await asyncio.to_thread(_find, bank, username)))


async def _hashed(bank: Bank, password: str, username: str) -> str:
    check_new(password, username_of(username))
    return await asyncio.wrap_future(bank.desk.check(hash_password, password))


def _find(bank: Bank, username: str) -> StaffRow:
    with bank.readers.connection() as connection:
        member = staff_named(connection, username_of(username))
    if member is None:
        raise Stop(Problem("not_found", "There is nobody of that name."))
    return member


def _member_json(member: StaffRow) -> dict[str, Any]:
    return {"username": member.username, "name": member.name, "role": member.role, "active": member.active}
