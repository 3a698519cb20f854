"""What could not be believed: unreadable records, and incidents somebody should look at."""

from __future__ import annotations

from hashlib import sha256

from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork
from bank_node.transfers.stuck_work import NOT_BELIEVED

BYTES_KEPT = 64 * 1024

HOLD = insert(
    schema.quarantine,
    ["at_us", "code", "text", "topic", "partition", "offset", "from_bank", "transaction_id", "key", "value", "sha256"],
    "ON CONFLICT DO NOTHING",
)
NOTE = insert(schema.incidents, ["at_us", "kind", "peer", "transaction_id", "text"])
AGAIN = Hot(
    "UPDATE incidents SET times = times + 1, last_us = :now"
    " WHERE kind = 'not_believed' AND seen_us IS NULL AND text = :text AND coalesce(peer, '') = :peer"
)


class Quarantine:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def hold(
        self,
        now_us: int,
        code: str,
        text: str,
        *,
        topic: str,
        partition: int,
        offset: int,
        key: bytes | None,
        value: bytes | None,
        from_bank: str | None = None,
        transaction_id: str | None = None,
    ) -> bool:
        """Keeps a record and says why; False where this very record is held already."""
        where = {"topic": topic, "partition": partition, "offset": offset, "key": (key or b"")[:1024]}
        what = {"code": code, "text": text, "from_bank": from_bank, "transaction_id": transaction_id}
        kept = {"value": (value or b"")[:BYTES_KEPT], "sha256": sha256(value or b"").hexdigest()}
        self._unit.ring("attention")
        return self._unit.change(HOLD, {"at_us": now_us, **where, **what, **kept}) == 1

    def not_believed(self, now_us: int, text: str, peer: str | None, transaction_id: str | None) -> None:
        """One incident for each bank and reason until it is seen: anybody can make any number of records."""
        self._unit.ring("attention")
        if not self._unit.change(AGAIN, {"now": now_us, "text": text, "peer": peer or ""}):
            self.incident(now_us, NOT_BELIEVED, text, peer=peer, transaction_id=transaction_id)

    def incident(
        self, now_us: int, kind: str, text: str, *, peer: str | None = None, transaction_id: str | None = None
    ) -> None:
        """Something that must not happen and moved no money."""
        self._unit.ring("attention")
        row = {"at_us": now_us, "kind": kind, "text": text, "peer": peer, "transaction_id": transaction_id}
        self._unit.change(NOTE, row)
