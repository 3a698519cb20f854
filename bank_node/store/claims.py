"""Idempotency keys of accepted requests, stored with their answers in the unit of work of the effect."""

from __future__ import annotations

from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork

FETCH = Hot("SELECT request_hash, answer FROM claims WHERE scope = :scope AND key = :key")
STORE = insert(schema.claims, ["scope", "key", "request_hash", "answer", "at_us"])
FORGET = Hot(
    "DELETE FROM claims WHERE (scope, key) IN (SELECT scope, key FROM claims WHERE at_us < :before LIMIT :rows_max)"
)


class Claims:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def find(self, scope: str, key: str) -> tuple[str, str] | None:
        """(request hash, answer) of an accepted request with this key."""
        row = self._unit.one(FETCH, {"scope": scope, "key": key})
        return None if row is None else (row[0], row[1])

    def store(self, now_us: int, scope: str, key: str, request_hash: str, answer: str) -> None:
        row = {"scope": scope, "key": key, "request_hash": request_hash, "answer": answer, "at_us": now_us}
        self._unit.change(STORE, row)

    def forget_before(self, before_us: int, rows_max: int) -> int:
        """How many keys older than that went."""
        return self._unit.change(FORGET, {"before": before_us, "rows_max": rows_max})
