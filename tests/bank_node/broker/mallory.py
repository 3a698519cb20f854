"""Who reaches the broker, knows the protocol and has no key: what she says, and what came of it."""

from __future__ import annotations

from typing import Any

import orjson

from bank_node.transfers import messages
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.bank_node.broker.neighbours import FEDERATION, OPENING, Neighbour, Neighbourhood, account_of


def a_request(from_bank: str = "ALFA", **change: Any) -> dict[str, Any]:
    """Of somebody who knows the protocol, and no key."""
    body, _ = messages.request(
        now_us=1_795_255_200_000_000,
        event_id="e-1",
        federation_id=FEDERATION,
        transaction_id="t-1",
        from_bank=from_bank,
        to_bank="BRVO",
        from_account=account_of("ALFA"),
        to_account=account_of("BRVO"),
        from_name="Mallory",
        to_name=None,
        amount_minor=500_00,
        currency="EUR",
        reference=None,
        expires_at=None,
    )
    return {**orjson.loads(body), **change}


def put(near: Neighbourhood, fields: dict[str, Any]) -> None:
    near.put(EXTERNAL_TRANSFERS, fields["to_bank"], orjson.dumps(fields))


def set_aside(bank: Neighbour) -> list[tuple[str, str]]:
    return bank.rows("SELECT text, from_bank FROM quarantine ORDER BY id")


def unmoved(near: Neighbourhood) -> bool:
    near.lawful()
    return all(bank.balance == OPENING for bank in near.banks.values())
