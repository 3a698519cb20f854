"""The sender's rows: one per transfer this bank sent (or made inside the house), every change guarded by its state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from bank_node.store import schema
from bank_node.store.statements import Hot, Rows, insert
from bank_node.store.unit import UnitOfWork

COLUMNS = (
    "transaction_id",
    "kind",
    "original_transaction_id",
    "original_hash",
    "account_id",
    "from_account",
    "from_name",
    "to_bank",
    "to_account",
    "to_name",
    "amount",
    "currency",
    "reference",
    "state",
    "content_hash",
    "outbox_seq",
    "actor",
    "created_us",
    "expires_us",
    "concluded_us",
    "quiet_ms",
    "due_us",
)
TRANSFERS = Rows(schema.transfers, COLUMNS)
FETCH = Hot(
    "SELECT transaction_id, kind, account_id, to_bank, amount, currency, state, content_hash, outbox_seq,"
    " quiet_ms, expires_us"
    " FROM transfers WHERE transaction_id = :transaction_id"
)
TAKE_BACK = Hot(
    "UPDATE transfers SET returned = returned + :amount"
    " WHERE transaction_id = :transaction_id AND returned + :amount <= amount"
)
ORIGINAL = Hot("SELECT original_transaction_id, returned FROM transfers WHERE transaction_id = :transaction_id")
MARK_SENT = Hot(
    "UPDATE transfers SET state = 'SENT', sent_us = :now WHERE transaction_id = :transaction_id AND state = 'PENDING'"
)
CONCLUDE = Hot(
    "UPDATE transfers SET state = :to_state, reason_code = :code, reason_text = :text, answer = :answer,"
    " concluded_us = :now, due_us = NULL"
    " WHERE transaction_id = :transaction_id AND state IN ('PENDING', 'SENT', 'CANCELLING')"
)
ANSWERED_AGAIN = Hot("UPDATE transfers SET answer = :answer WHERE transaction_id = :transaction_id AND state = :state")
CONFLICT = Hot("UPDATE transfers SET conflict = 1 WHERE transaction_id = :transaction_id AND conflict = 0")
DUE = Hot(
    "SELECT transaction_id, kind, account_id, to_bank, amount, currency, state, content_hash, outbox_seq,"
    " quiet_ms, expires_us"
    " FROM transfers WHERE due_us <= :now ORDER BY due_us LIMIT :limit"
)
DUE_NEXT = Hot(
    "UPDATE transfers SET due_us = :due, quiet_ms = :quiet_ms, attempt = attempt + :more"
    " WHERE transaction_id = :transaction_id AND due_us IS NOT NULL"
)
CANCEL = Hot(
    "UPDATE transfers SET state = 'CANCELLING', outbox_seq = :outbox_seq, quiet_ms = :quiet_ms, due_us = :due"
    " WHERE transaction_id = :transaction_id AND state IN ('PENDING', 'SENT')"
)
CLAMP = Hot("UPDATE transfers SET due_us = :now WHERE due_us > :too_far")
HASTEN = Hot("UPDATE transfers SET due_us = :due, quiet_ms = :quiet_ms WHERE due_us > :due")
HAPPENED = insert(schema.transfer_events, ["transaction_id", "at_us", "kind", "facts"])


def too_far_us(now_us: int, quiet_ms_max: int) -> int:
    """Nothing is due later than this, unless the clock has jumped back."""
    return now_us + quiet_ms_max * 2_000


@dataclass(slots=True)
class SenderRow:
    """What a decision about an own transfer needs."""

    transaction_id: str
    kind: str
    account_id: int
    to_bank: str
    amount_minor: int
    currency: str
    state: str
    content_hash: str
    outbox_seq: int
    quiet_ms: int
    expires_us: int | None


class SentTransfers:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def add(self, row: dict[str, Any]) -> None:
        """`row` has the names of COLUMNS."""
        self._unit.add(TRANSFERS, row)
        self._unit.ring(f"transfer:{row['transaction_id']}")

    def get(self, transaction_id: str) -> SenderRow | None:
        row = self._unit.one(FETCH, {"transaction_id": transaction_id})
        return None if row is None else SenderRow(*row)

    def mark_sent(self, now_us: int, transaction_ids: list[str]) -> None:
        """PENDING becomes SENT; whatever has gone further stays where it is."""
        self._unit.change_many(MARK_SENT, [{"now": now_us, "transaction_id": id_} for id_ in transaction_ids])
        for id_ in transaction_ids:
            self._unit.ring(f"transfer:{id_}")

    def conclude(
        self, now_us: int, transaction_id: str, state: str, reason: tuple[str, str] | None, answer: dict[str, Any]
    ) -> bool:
        """The one step into a final state; False where it was final before."""
        code, text = reason or (None, None)
        facts = {"to_state": state, "code": code, "text": text, "answer": orjson.dumps(answer).decode(), "now": now_us}
        done = self._unit.change(CONCLUDE, {**facts, "transaction_id": transaction_id}) == 1
        self._unit.ring(f"transfer:{transaction_id}")
        return done

    def cancel(self, transaction_id: str, inquiry_seq: int, due_us: int, quiet_ms: int) -> bool:
        """The step into CANCELLING, from which nothing leads back; from now on the inquiry is what is said again."""
        row = {"transaction_id": transaction_id, "outbox_seq": inquiry_seq, "due": due_us, "quiet_ms": quiet_ms}
        self._unit.ring(f"transfer:{transaction_id}")
        return self._unit.change(CANCEL, row) == 1

    def take_back(self, transaction_id: str, amount_minor: int) -> bool:
        """Counts money that came back; False where it would be more than was sent."""
        self._unit.ring(f"transfer:{transaction_id}")
        return self._unit.change(TAKE_BACK, {"transaction_id": transaction_id, "amount": amount_minor}) == 1

    def original(self, transaction_id: str) -> tuple[str | None, int]:
        """Of an own row: the id of the transfer it returns, and how much of itself has come back."""
        row = self._unit.one(ORIGINAL, {"transaction_id": transaction_id})
        return (None, 0) if row is None else (row[0], row[1])

    def answered_again(self, transaction_id: str, state: str, answer: dict[str, Any]) -> None:
        """The equal answer once more: it may know of more repeats ignored."""
        said = {"answer": orjson.dumps(answer).decode(), "transaction_id": transaction_id, "state": state}
        self._unit.change(ANSWERED_AGAIN, said)
        self._unit.ring(f"transfer:{transaction_id}")

    def mark_conflict(self, transaction_id: str) -> bool:
        """False where it had one before: a lie told again is no news."""
        self._unit.ring(f"transfer:{transaction_id}")
        return self._unit.change(CONFLICT, {"transaction_id": transaction_id}) == 1

    def due(self, now_us: int, limit: int) -> list[SenderRow]:
        """Open transfers that have been quiet for their time."""
        return [SenderRow(*row) for row in self._unit.all(DUE, {"now": now_us, "limit": limit})]

    def due_next(self, transaction_id: str, due_us: int, quiet_ms: int, *, attempted: bool) -> None:
        row = {"transaction_id": transaction_id, "due": due_us, "quiet_ms": quiet_ms, "more": int(attempted)}
        self._unit.change(DUE_NEXT, row)

    def clamp_due(self, now_us: int, quiet_ms_max: int) -> None:
        """After a clock that jumped back nothing waits longer than the longest back-off."""
        self._unit.change(CLAMP, {"now": now_us, "too_far": too_far_us(now_us, quiet_ms_max)})

    def hasten(self, due_us: int, quiet_ms: int) -> int:
        """Open transfers due later than that are due then, with that back-off; how many."""
        return self._unit.change(HASTEN, {"due": due_us, "quiet_ms": quiet_ms})

    def happened(self, now_us: int, transaction_id: str, kind: str, **facts: Any) -> None:
        """A line of the transfer's own history, for its page."""
        said = orjson.dumps(facts).decode() if facts else None
        self._unit.change(HAPPENED, {"transaction_id": transaction_id, "at_us": now_us, "kind": kind, "facts": said})
        self._unit.ring(f"transfer:{transaction_id}")
