"""SHA-256 of what the audit log does not say in words: account numbers never stand there, a whole order is too long.

Who changes such a row past the log can not change the hash that was noted of it. Pure; hexadecimal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import orjson

_OF_REQUEST = ("kind", "request", "account_id", "hold_id", "maker", "made_us", "expires_us")
OpenedAccount = tuple[int, str, int | None, str | None, str]  # id, number, customer, type as opened, currency


def number_hash(account_id: int, number: str) -> str:
    return _hex((account_id, number))


def world_hash(accounts: Iterable[OpenedAccount]) -> str:
    """Of all accounts that were opened at once, in the order of their ids."""
    digest = sha256()
    for account in accounts:
        digest.update(orjson.dumps(account))
    return digest.hexdigest()


def request_hash(row: Mapping[str, Any]) -> str:
    """Of an order that waits for approval, with all that its carrying out depends on; `row` has its columns' names."""
    promised_id = row["leads_to"] if row["kind"] == "transfer" else None  # other kinds lead to what is booked later
    return _hex((*(row[name] for name in _OF_REQUEST), promised_id))


def _hex(said: tuple[Any, ...]) -> str:
    return sha256(orjson.dumps(said)).hexdigest()
