"""New passwords: chosen by their owner, or made by the bank for one time. Every change ends all of his sessions."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bank_node.ledger.errors import Refusal
from bank_node.people.desk import Person
from bank_node.people.house import House
from bank_node.people.passwords import ONE_TIME_HOURS, check_new, hash_password, one_time_password
from bank_node.people.signing_in import Throttled, WrongPassword, check_password
from bank_node.people.staff import set_password, username_of

_HOUR_US = 3_600 * 1_000_000


@dataclass(frozen=True, slots=True)
class OneTime:
    """`text` is said once, to whoever asked for it, and is nowhere kept."""

    text: str
    hash: str
    until_us: int


async def invent_password(bank: House) -> OneTime:
    """A password of the bank's making, for whoever it is then set for."""
    text = one_time_password()
    hashed = await asyncio.wrap_future(bank.desk.check(hash_password, text))
    return OneTime(text, hashed, bank.clock.now_us() + ONE_TIME_HOURS * _HOUR_US)


async def hash_new(bank: House, password: str, username: str) -> str:
    """The hash of a password somebody wants to have. Raises Refusal `weak_password`."""
    check_new(password, username_of(username))
    return await asyncio.wrap_future(bank.desk.check(hash_password, password))


async def change_password(bank: House, staff_id: int, password_hash: str, actor: str = "") -> None:
    """Sets another password; all sessions of the person end."""
    await bank.submit(set_password, staff_id, password_hash, actor)
    bank.desk.known.forget_all()


async def reset_password(bank: House, staff_id: int, actor: str) -> str:
    """A one-time password for somebody who has lost his own; it is given back once, here."""
    made = await invent_password(bank)
    await bank.submit(set_password, staff_id, made.hash, actor, made.until_us)
    bank.desk.known.forget_all()
    return made.text


async def choose_password(bank: House, person: Person, old: str, new: str, address: str) -> None:
    """His own, by who knows the old one; he signs in again with the new one. Raises Refusal."""
    try:
        await check_password(bank, person.username, old, address)
    except WrongPassword:
        raise Refusal("wrong_old_password", "this is not the password you signed in with", "old_password") from None
    except Throttled as waiting:
        words = f"too many tries; the next one is looked at in {waiting.wait_s} s"
        raise Refusal("throttled", words, "old_password") from None
    if new == old:
        raise Refusal("weak_password", "this is the password you have; choose another one", "password")
    hashed = await hash_new(bank, new, person.username)
    await change_password(bank, person.staff_id, hashed, person.username)
