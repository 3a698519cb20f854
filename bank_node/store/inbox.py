"""The receiver's decisions, one per (from_bank, transaction_id), first one in wins; and the reader's position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bank_node.store import schema
from bank_node.store.statements import Hot, Rows, insert
from bank_node.store.unit import UnitOfWork

COLUMNS = (
    "from_bank",
    "transaction_id",
    "kind",
    "decision",
    "reason_code",
    "reason_text",
    "content_hash",
    "original_transaction_id",
    "account_id",
    "to_account",
    "from_account",
    "from_name",
    "amount",
    "currency",
    "reference",
    "answer_event_id",
    "answer_seq",
    "read_us",
    "decided_us",
)
DECISIONS = Rows(schema.decisions, COLUMNS)
FETCH = Hot(
    "SELECT decision, content_hash, reason_code, reason_text, answer_event_id, answer_seq, read_us, decided_us,"
    " repeats_ignored FROM decisions WHERE from_bank = :from_bank AND transaction_id = :transaction_id"
)
REPEATED = Hot(
    "UPDATE decisions SET repeats_ignored = repeats_ignored + 1, answer_seq = :answer_seq"
    " WHERE from_bank = :from_bank AND transaction_id = :transaction_id"
)
RESERVE = Hot(
    "UPDATE decisions SET reserved = reserved + :amount WHERE from_bank = :from_bank"
    " AND transaction_id = :transaction_id AND kind = 'payment' AND decision = 'ACCEPTED'"
    " AND reserved + :amount BETWEEN 0 AND amount"
)
CREDITED = Hot(
    "SELECT kind, decision, content_hash, account_id, from_account, from_name, amount, currency, reserved"
    " FROM decisions WHERE from_bank = :from_bank AND transaction_id = :transaction_id"
)
STAND = insert(
    schema.positions,
    ["cluster_id", "topic_id", "topic", "partition", "next_offset"],
    "ON CONFLICT (cluster_id, topic_id, topic, partition) DO UPDATE SET next_offset = excluded.next_offset",
)
COUNT_REPEATS = Hot(
    "INSERT INTO bank_facts (name, value) VALUES ('repeats_ignored', CAST(:count AS TEXT)) ON CONFLICT (name)"
    " DO UPDATE SET value = CAST(CAST(bank_facts.value AS BIGINT) + CAST(excluded.value AS BIGINT) AS TEXT)"
)


@dataclass(slots=True)
class Decision:
    decision: str
    content_hash: str
    reason_code: str | None
    reason_text: str | None
    answer_event_id: str
    answer_seq: int
    read_us: int
    decided_us: int
    repeats_ignored: int

    @property
    def reason(self) -> tuple[str, str] | None:
        return (self.reason_code, self.reason_text or "") if self.reason_code else None


@dataclass(frozen=True, slots=True)
class Received:
    """A payment received, as a return needs it."""

    kind: str
    decision: str
    content_hash: str
    account_id: int | None
    from_account: str | None
    from_name: str | None
    amount_minor: int | None
    currency: str | None
    reserved_minor: int


class Inbox:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._fresh: set[tuple[str, str]] = set()  # decided in this unit of work

    def begin(self) -> None:
        self._fresh.clear()

    def decision(self, from_bank: str, transaction_id: str) -> Decision | None:
        message = {"from_bank": from_bank, "transaction_id": transaction_id}
        fresh = (from_bank, transaction_id) in self._fresh
        row = self._unit.one(FETCH, message) if fresh else self._unit.one_unwritten(FETCH, message)
        return None if row is None else Decision(*row)

    def decide(self, row: dict[str, Any]) -> None:
        """Stores the first and last decision on a message; `row` has the names of COLUMNS."""
        self._unit.add(DECISIONS, row)
        self._fresh.add((row["from_bank"], row["transaction_id"]))
        self._unit.ring("received")

    def received(self, from_bank: str, transaction_id: str) -> Received | None:
        row = self._unit.one(CREDITED, {"from_bank": from_bank, "transaction_id": transaction_id})
        return None if row is None else Received(*row)

    def reserve(self, from_bank: str, transaction_id: str, amount_minor: int) -> bool:
        """Sets part of a payment aside for a return (below zero: gives it free); False where it does not fit."""
        row = {"from_bank": from_bank, "transaction_id": transaction_id, "amount": amount_minor}
        self._unit.ring("received")
        return self._unit.change(RESERVE, row) == 1

    def repeated(self, from_bank: str, transaction_id: str, answer_seq: int) -> None:
        """Counts a repeat that was ignored, and remembers where its answer was queued."""
        row = {"from_bank": from_bank, "transaction_id": transaction_id, "answer_seq": answer_seq}
        self._unit.change(REPEATED, row)
        self._unit.ring("received")

    def count_repeats(self, count: int) -> None:
        """Messages that came again and changed nothing, questions and answers: a total for the monitor."""
        self._unit.change(COUNT_REPEATS, {"count": count})

    def stand_at(self, cluster_id: str, topic_id: str, topic: str, next_offsets: dict[int, int]) -> None:
        """Stores where the reader goes on, in the unit of work of the effects."""
        log = {"cluster_id": cluster_id, "topic_id": topic_id, "topic": topic}
        rows = [{**log, "partition": partition, "next_offset": offset} for partition, offset in next_offsets.items()]
        self._unit.change_many(STAND, rows)
