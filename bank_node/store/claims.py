"""Idempotency keys of accepted requests, stored with their answers in the unit of work of the effect."""

from __future__ import annotations

from bank_node.store import schema
from bank_node.store.statements import Hot, Rows
from bank_node.store.unit import UnitOfWork

FETCH = Hot("SELECT request_hash, answer FROM claims WHERE scope = :scope AND key = :key")
CLAIMS = Rows(schema.claims, ["scope", "key", "request_hash", "answer", "at_us"])
FORGET = Hot(
    "DELETE FROM claims WHERE (scope, key) IN (SELECT scope, key FROM claims WHERE at_us < :before LIMIT :rows_max)"
)


class Claims:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._fresh: dict[tuple[str, str], tuple[str, str]] = {}  # stored in this unit of work

    def begin(self) -> None:
        self._fresh.clear()

    def find(self, scope: str, key: str) -> tuple[str, str] | None:
        """(request hash, answer) of an accepted request with this key."""
        fresh = self._fresh.get((scope, key))
        if fresh is not None:
            return fresh
        row = self._unit.one_unwritten(FETCH, {"scope": scope, "key": key})
        return None if row is None else (row[0], row[1])

    def store(self, now_us: int, scope: str, key: str, request_hash: str, answer: str) -> None:
        self._unit.add_tuple(CLAIMS, (scope, key, request_hash, answer, now_us))
        self._fresh[scope, key] = (request_hash, answer)

    def forget_before(self, before_us: int, rows_max: int) -> int:
        """How many keys older than that went."""
        return self._unit.change(FORGET, {"before": before_us, "rows_max": rows_max})
