"""What the audit log would say of a transfer that was sent as its row stands.

Its content hash is computed anew: whoever changes payee, reference or expiry of a payment to another bank changes that.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from bank_node.ledger.dates import rfc3339
from bank_node.store import schema
from bank_node.transfers.messages import content_hash

T, F = schema.transfers.c, schema.bank_facts.c
COLUMNS = (
    T.transaction_id,
    T.kind,
    T.to_bank,
    T.content_hash,
    T.amount,
    T.account_id,
    T.reference,
    T.currency,
    T.actor,
    T.created_us,
    T.original_transaction_id,
    T.original_hash,
    T.from_account,
    T.to_account,
    T.expires_us,
    T.state,
)


class SentCheck:
    def __init__(self, connection: Connection) -> None:
        """Nothing is computed for a database whose bank has not said yet who it is."""
        names = select(F.name, F.value).where(F.name.in_(("bank_id", "federation_id")))
        facts = {row[0]: row[1] for row in connection.execute(names)}
        self._bank_id, self._federation_id = facts.get("bank_id"), facts.get("federation_id")

    def as_noted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """As `Said.sent` has it; `row` has COLUMNS."""
        _, kind, to_bank, hash_, *more = row[:10]
        if hash_ and self._bank_id and self._federation_id and hash_ != self._hash(row):
            hash_ = None  # of no message
        return kind, to_bank, hash_, *more

    def _hash(self, row: tuple[Any, ...]) -> str:
        id_, _, to_bank, _, amount, _, reference, currency, *_ = row
        original_id, original_hash, payer, payee, expires_us, _ = row[10:]
        try:
            expires_at = rfc3339(expires_us) if expires_us else None
        except OverflowError:  # a moment that nobody can have said
            return ""
        return content_hash(
            {
                "federation_id": self._federation_id,
                "transaction_id": id_,
                "original_transaction_id": original_id,
                "from_bank": self._bank_id,
                "to_bank": to_bank,
                "from_account": payer,
                "to_account": payee,
                "amount_minor": amount,
                "currency": currency,
                "reference": reference or None,
                "expires_at": expires_at,
                "original_hash": original_hash,
            }
        )
