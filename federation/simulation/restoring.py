"""Old backups: taken, put back, and what the bank may do before it has noticed: nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from bank_node.transfers.ports import OutgoingRecord, Record
from bank_node.transfers.registry import read_claim, record_key
from bank_node.transfers.topics import BANK_REGISTRY, EXTERNAL_TRANSFERS
from federation.simulation.bus import Bus
from federation.simulation.house import House
from federation.simulation.judge import Judge
from federation.simulation.keys import FEDERATION
from federation.simulation.mirror import Mirror, Row

LAW, TITLE = "R1", "A bank restored from an old backup notices it before it decides or sends anything"
_NO_LOG = (
    b"\x01\x01"  # in its header: the copy of a file that has a log would be opened with one, and in memory is none
)
Broken = Callable[[str, str], None]  # law, sentence


class Restoring:
    """At most one bank of a history is restored: the others must still be able to tell."""

    def __init__(self, bus: Bus, judge: Judge, broken: Broken) -> None:
        self._bus, self._judge, self._broken = bus, judge, broken
        self.restored: House | None = None

    def backup(self, house: House) -> tuple[bytes, int]:
        """The database as it is committed now, and how long its chain is."""
        copy = sqlite3.connect(":memory:")
        house.database.line.backup(copy)
        head = copy.execute("SELECT coalesce(max(seq), 0) FROM audit_log").fetchone()[0]
        kept = bytearray(copy.serialize())
        copy.close()
        kept[18:20] = _NO_LOG
        return bytes(kept), int(head)

    def put_back(self, house: House, backup: bytes) -> None:
        """Kills the bank and gives it the old database; whoever looks after it starts it again."""
        self.restored = house
        house.end_lives("its disk is lost; an old backup is restored")
        old = sqlite3.connect(":memory:")
        old.deserialize(backup)
        old.backup(house.database.line)
        old.close()
        self._judge.put_back(house)

    def told_head(self, house: House) -> int:
        """The last row of its chain of which this bank has told the registry, as it can be read there now."""
        log = self._bus.logs.get(BANK_REGISTRY)
        if log is None or self._bus.away:
            return 0
        key, told = record_key(FEDERATION, house.bank_id).encode(), 0
        for record in log.partitions[0]:
            claim = read_claim(record.value, FEDERATION) if record.key == key else ""
            if not isinstance(claim, str) and claim.doubt(house.settings.authority_public_key) is None:
                told = claim.record.head[0] if claim.record.head else 0
        return told

    def seen(self, mirror: Mirror, rows: Sequence[Row]) -> None:
        """What a bank commits between its restoration and its noticing."""
        if mirror.left_out and not mirror.suspect:
            for kind, row in rows:
                if kind == "decided" and (row[0], row[1]) not in mirror.decided:
                    self._broken(LAW, f"{mirror.bank_id} has decided {row[1]} on restored books")
                    return

    def told(self, bank_id: str, what: str, record: OutgoingRecord | Record) -> None:
        """What a bank sends after its restoration, noticed or not."""
        restored = self.restored is not None and self.restored.bank_id == bank_id
        if restored and what not in {"read", "arrives late"} and record.topic == EXTERNAL_TRANSFERS:
            self._broken(LAW, f"{bank_id} has sent a message on restored books")

    def look_back(self) -> None:
        """At the end it must have noticed."""
        if self.restored is not None and not self._judge.mirrors[self.restored.bank_id].suspect:
            self._broken(LAW, f"{self.restored.bank_id} works on restored books and has noticed nothing")
