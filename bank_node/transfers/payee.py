"""Whose account is this? A question to another bank before money is sent, and its answer. No money, no promise.

Asked and answered like everything else, under the mac of the two banks; nothing is stored at the bank that answers,
and no transfer ever waits for it. Reading both from the topic is in `reading`.
"""

from __future__ import annotations

from typing import Any

import orjson

from bank_node.ledger.dates import rfc3339
from bank_node.transfers.messages import SCHEMA

LOOKUP = "payee.lookup"
FOUND = "payee.found"


def payee_lookup(
    *, now_us: int, event_id: str, federation_id: str, lookup_id: str, from_bank: str, to_bank: str, account: str
) -> bytes:
    """The body of a question."""
    fields = _envelope(LOOKUP, now_us, event_id, federation_id, lookup_id, from_bank, to_bank, account)
    return orjson.dumps(fields)


def payee_found(
    *,
    now_us: int,
    event_id: str,
    federation_id: str,
    lookup_id: str,
    from_bank: str,
    to_bank: str,
    account: str,
    name: str | None,
) -> bytes:
    """The body of an answer; without a name there is no such account, or none that takes money."""
    fields = _envelope(FOUND, now_us, event_id, federation_id, lookup_id, from_bank, to_bank, account)
    fields["found"] = name is not None
    if name is not None:
        fields["name"] = name
    return orjson.dumps(fields)


def _envelope(
    type_: str,
    now_us: int,
    event_id: str,
    federation_id: str,
    lookup_id: str,
    from_bank: str,
    to_bank: str,
    account: str,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "federation_id": federation_id,
        "type": type_,
        "event_id": event_id,
        "transaction_id": lookup_id,
        "from_bank": from_bank,
        "to_bank": to_bank,
        "account": account,
        "created_at": rfc3339(now_us),
    }
