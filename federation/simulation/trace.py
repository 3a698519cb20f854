"""What happened in a history, line by line: for people to read, and for two runs of a seed to be compared.

Nothing in it depends on keys, hash seeds or this machine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import orjson

from bank_node.transfers.ports import OutgoingRecord, Record
from federation.simulation.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Event:
    at_us: int  # since the beginning
    bank: str  # empty: the whole world
    what: str
    words: str
    peer: str = ""  # of a message: the bank it is for
    transaction_id: str = ""


class Silent:
    """Nobody listens."""

    timeline: Timeline

    def said(self, bank_id: str, what: str, words: str) -> None:
        """Something a bank or the world went through."""

    def told(self, bank_id: str, what: str, record: OutgoingRecord | Record) -> None:
        """Something became of a record."""

    def digest(self) -> str:
        return ""


@dataclass
class Trace(Silent):
    events: list[Event] = field(default_factory=list)

    def said(self, bank_id: str, what: str, words: str) -> None:
        self.events.append(Event(self.timeline.passed_us, bank_id, what, words))

    def told(self, bank_id: str, what: str, record: OutgoingRecord | Record) -> None:
        type_, id_ = dict(record.headers).get("ce_type", b"a record").decode(), _transaction_of(record)
        words = f"{what}: {type_} {id_}".rstrip()
        if isinstance(record, Record):
            words += f" ({record.partition}/{record.offset})"
        peer = (record.key or b"").decode(errors="replace")
        self.events.append(Event(self.timeline.passed_us, bank_id, what, words, peer, id_))

    def digest(self) -> str:
        """The same for the same history."""
        said = "\n".join(f"{e.at_us} {e.bank} {e.what} {e.words} {e.peer}" for e in self.events)
        return hashlib.sha256(said.encode()).hexdigest()

    def listing(self) -> list[str]:
        """One line each; banks in columns would not fit a terminal, so a bank has its own indent."""
        banks = sorted({event.bank for event in self.events if event.bank})
        lines = []
        for event in self.events:
            indent = "  " * (banks.index(event.bank) if event.bank else 0)
            what = event.words if event.transaction_id or event.peer else f"{event.what}: {event.words}"
            lines.append(f"{event.at_us / 1_000_000:11.6f}  {event.bank or '    '} {indent}{what}")
        return lines


def _transaction_of(record: OutgoingRecord | Record) -> str:
    """Which transfer a record is about; empty where it does not say."""
    try:
        said = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return ""
    return str(said.get("transaction_id", "")) if isinstance(said, dict) else ""
