"""Passwords: argon2id, and what makes a new one good enough. Who may try how often is in `throttle`.

Hashing is slow and large on purpose (19 MiB, tens of milliseconds): never call it on the writer's thread or on the
event loop. `desk` owns the two threads that do it.
"""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from bank_node.ledger.errors import Refusal

LENGTH_MIN = 12
ONE_TIME_HOURS = 72  # a password that the bank made opens the door so long, and only to choose an own one
LENGTH_MAX = 256  # argon2 takes more, but a megabyte of password is an attack

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)  # OWASP's floor; m in KiB

# Of the published breach lists, those that pass the length rule and are tried first. Long and known is not good.
_BREACHED = frozenset(
    """123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 111111111111 000000000000
    qwertyuiop12 qwertyuiopas qwertyuiop123 1q2w3e4r5t6y 1qaz2wsx3edc qazwsxedcrfv password1234 password12345
    password123456 passwordpassword iloveyou1234 administrator adminadminadmin letmeinletmein welcome12345
    changeme1234 correcthorsebatterystaple abcdefghijkl abcd1234abcd aaaaaaaaaaaa asdfghjkl123 unbelievable
    q1w2e3r4t5y6 zaq12wsxcde3 footballfootball liverpoolliverpool""".split()  # noqa: SIM905 (a list would be thirty lines)
)


_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another on paper


def one_time_password() -> str:
    """Made by the bank, said once, good for a while: `k7mf-x2qp-9tdw-aj4e`."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def hash_password(password: str) -> str:
    """The argon2id hash, parameters and salt in the text. Blocks for tens of milliseconds."""
    return _HASHER.hash(password[:LENGTH_MAX])


def fits(password_hash: str, password: str) -> bool:
    """Whether the password belongs to the hash; an unreadable hash fits nothing. Blocks like `hash_password`."""
    try:
        return _HASHER.verify(password_hash, password[:LENGTH_MAX])
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than today's: then it is made anew at the next sign-in."""
    return _HASHER.check_needs_rehash(password_hash)


def check_new(password: str, username: str) -> None:
    """Raises Refusal for a password nobody should have. Any characters are welcome; only length and fame count."""
    if len(password) < LENGTH_MIN:
        raise Refusal(
            "weak_password", f"a password has at least {LENGTH_MIN} characters; a sentence is fine", "password"
        )
    if len(password) > LENGTH_MAX:
        raise Refusal("weak_password", f"a password has at most {LENGTH_MAX} characters", "password")
    plain = password.casefold()
    if plain in _BREACHED or len(set(plain)) < 4:
        raise Refusal("weak_password", "this password is on the lists that attackers try first", "password")
    if username and username.casefold() in plain and len(plain) - len(username) < LENGTH_MIN // 2:
        raise Refusal("weak_password", "this password is little more than the user name", "password")
