"""Recalls: those this bank asked for, and those it was asked for by others, each with its answer. Reads for pages and
API are in `recall_queries`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.transfers import too_far_us
from bank_node.store.unit import UnitOfWork

ASK = insert(
    schema.recalls,
    [
        "recall_id",
        "transaction_id",
        "to_bank",
        "reason",
        "state",
        "content_hash",
        "outbox_seq",
        "actor",
        "created_us",
        "quiet_ms",
        "due_us",
    ],
)
_ASKED = "SELECT recall_id, transaction_id, to_bank, state, content_hash, outbox_seq, created_us, quiet_ms FROM recalls"
ASKED = Hot(f"{_ASKED} WHERE recall_id = :recall_id")
STILL_ASKED = Hot(f"{_ASKED} WHERE transaction_id = :transaction_id AND state = 'ASKED'")
DUE = Hot(f"{_ASKED} WHERE due_us <= :now ORDER BY due_us LIMIT :limit")
DUE_NEXT = Hot(
    "UPDATE recalls SET due_us = :due, quiet_ms = :quiet_ms, attempt = attempt + :more"
    " WHERE recall_id = :recall_id AND due_us IS NOT NULL"
)
CLAMP = Hot("UPDATE recalls SET due_us = :now WHERE due_us > :too_far")
HASTEN = Hot("UPDATE recalls SET due_us = :due, quiet_ms = :quiet_ms WHERE due_us > :due")
CONCLUDE = Hot(
    "UPDATE recalls SET state = :to_state, answer_text = :text, answered_us = :now, due_us = NULL"
    " WHERE recall_id = :recall_id AND state = 'ASKED'"
)
RECEIVE = insert(
    schema.recall_requests,
    ["from_bank", "recall_id", "transaction_id", "content_hash", "reason", "state", "received_us"],
)
REQUEST = Hot(
    "SELECT from_bank, recall_id, transaction_id, content_hash, reason, state, received_us, decided_us, return_id,"
    " answer_text, answer_event_id, answer_seq"
    " FROM recall_requests WHERE from_bank = :from_bank AND recall_id = :recall_id"
)
DECIDE = Hot(
    "UPDATE recall_requests SET state = :state, return_id = :return_id, answer_text = :answer_text,"
    " answer_event_id = :answer_event_id, answer_seq = :answer_seq, decided_us = :decided_us, decided_by = :decided_by"
    " WHERE from_bank = :from_bank AND recall_id = :recall_id AND state = 'OPEN'"
)
ANSWERED_AGAIN = Hot(
    "UPDATE recall_requests SET answer_seq = :seq WHERE from_bank = :from_bank AND recall_id = :recall_id"
)


@dataclass(frozen=True, slots=True)
class AskedRecall:
    """A recall this bank asked for."""

    recall_id: str
    transaction_id: str
    to_bank: str
    state: str
    content_hash: str
    outbox_seq: int
    created_us: int
    quiet_ms: int


@dataclass(frozen=True, slots=True)
class RecallRequest:
    """A recall another bank asked this one for."""

    from_bank: str
    recall_id: str
    transaction_id: str
    content_hash: str
    reason: str | None
    state: str
    received_us: int
    decided_us: int | None = None
    return_id: str | None = None
    answer_text: str | None = None
    answer_event_id: str | None = None
    answer_seq: int = 0


class Recalls:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def ask(self, row: dict[str, Any]) -> None:
        """`row` has the names of the columns of ASK."""
        self._unit.change(ASK, row)
        self._unit.ring("recalls")

    def asked(self, recall_id: str) -> AskedRecall | None:
        row = self._unit.one(ASKED, {"recall_id": recall_id})
        return None if row is None else AskedRecall(*row)

    def still_asked(self, transaction_id: str) -> AskedRecall | None:
        """The recall of this transfer that has no answer yet; there is at most one."""
        row = self._unit.one(STILL_ASKED, {"transaction_id": transaction_id})
        return None if row is None else AskedRecall(*row)

    def conclude(self, now_us: int, recall_id: str, state: str, text: str | None) -> bool:
        """The other bank's answer; False where there was one before."""
        self._unit.ring("recalls")
        return (
            self._unit.change(CONCLUDE, {"recall_id": recall_id, "to_state": state, "text": text, "now": now_us}) == 1
        )

    def due(self, now_us: int, limit: int) -> list[AskedRecall]:
        """Unanswered ones that have been quiet for their time."""
        return [AskedRecall(*row) for row in self._unit.all(DUE, {"now": now_us, "limit": limit})]

    def due_next(self, recall_id: str, due_us: int, quiet_ms: int, *, attempted: bool) -> None:
        row = {"recall_id": recall_id, "due": due_us, "quiet_ms": quiet_ms, "more": int(attempted)}
        self._unit.change(DUE_NEXT, row)

    def clamp_due(self, now_us: int, quiet_ms_max: int) -> None:
        """After a clock that jumped back nothing waits longer than the longest back-off."""
        self._unit.change(CLAMP, {"now": now_us, "too_far": too_far_us(now_us, quiet_ms_max)})

    def hasten(self, due_us: int, quiet_ms: int) -> int:
        """Unanswered ones due later than that are due then, with that back-off; how many."""
        return self._unit.change(HASTEN, {"due": due_us, "quiet_ms": quiet_ms})

    def receive(self, request: RecallRequest) -> None:
        """An item for the desk, the first and only one of this recall; it is OPEN."""
        self._unit.change(RECEIVE, asdict(request))
        self._unit.ring("recalls")
        self._unit.ring("attention")

    def request(self, from_bank: str, recall_id: str) -> RecallRequest | None:
        row = self._unit.one(REQUEST, {"from_bank": from_bank, "recall_id": recall_id})
        return None if row is None else RecallRequest(*row)

    def decide(self, decided: RecallRequest, actor: str) -> bool:
        """Stores the one decision with its answer; False where there was one before."""
        self._unit.ring("recalls")
        self._unit.ring("attention")
        return self._unit.change(DECIDE, {**asdict(decided), "decided_by": actor}) == 1

    def answered_again(self, decided: RecallRequest, seq: int) -> None:
        """Remembers where the answer was queued once more."""
        row = {"from_bank": decided.from_bank, "recall_id": decided.recall_id, "seq": seq}
        self._unit.change(ANSWERED_AGAIN, row)
