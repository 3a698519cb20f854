"""Vouching: a second person's name and password, typed in place at the first one's screen, for one act above his role.

No session comes of it: the one who vouched is named in the act's audit row, and nobody is signed in afterwards.
"""

from __future__ import annotations

from bank_node.ledger.errors import Refusal
from bank_node.people.desk import Person
from bank_node.people.house import House
from bank_node.people.roles import may, who_may
from bank_node.people.signing_in import Throttled, WrongPassword, check_password
from bank_node.people.staff import username_of

WHO = "supervisor"  # the fields of the form, and the members of the API's body
PASSWORD = "supervisor_password"  # noqa: S105 (a field's name)
VOUCHED = "vouched"  # the kind of a Person who is here for one act only


async def vouch(bank: House, maker: Person, username: str, password: str, address: str, *, action: str) -> Person:
    """Who vouches for what `maker` is about to do; `action` of the table is what that person must be allowed to.

    Raises Refusal: `override_refused` (himself, a wrong name or password, not his role) or `throttled`.
    Guesses count as those at the door do. What is carried out afterwards names both in its audit row.
    """
    if username_of(username) == maker.username:
        raise Refusal("override_refused", "nobody approves his own work: another person must vouch for it", WHO)
    try:
        member = (await check_password(bank, username, password, address)).member
    except WrongPassword:
        raise Refusal("override_refused", "the user name or the password is wrong", PASSWORD) from None
    except Throttled as waiting:
        words = f"too many tries; the next one is looked at in {waiting.wait_s} s"
        raise Refusal("throttled", words, PASSWORD) from None
    if member.one_time_until_us is not None:
        raise Refusal("override_refused", "a one-time password is for choosing an own one, and nothing else", PASSWORD)
    if not may(member, action):
        roles = " or ".join(who_may(action)) or "nobody"
        raise Refusal("override_refused", f"this is for {roles}; {member.name} is {member.role}", WHO)
    return Person(member.staff_id, member.username, member.name, member.role, "", VOUCHED, bank.clock.now_us())
