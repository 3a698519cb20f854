"""One moment of a bank, as the laws read it: accounts with their sums, sender rows, decisions; as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

import orjson

from bank_node.ledger.laws import AccountLine


@dataclass(frozen=True, slots=True)
class SenderLine:
    transaction_id: str
    kind: str  # payment, return
    original_transaction_id: str | None
    to_bank: str
    amount_minor: int
    currency: str
    state: str
    content_hash: str
    returned_minor: int
    created_us: int
    quiet_ms: int
    due_us: int | None


@dataclass(frozen=True, slots=True)
class DecisionLine:
    from_bank: str
    transaction_id: str
    kind: str  # payment, return, tombstone
    decision: str
    content_hash: str
    original_transaction_id: str | None
    amount_minor: int | None
    currency: str | None
    reserved_minor: int


@dataclass(slots=True)
class BankSnapshot:
    """`ids_only`: it holds just the transfers that were asked for, so sums over transfers say nothing."""

    bank_id: str
    federation_id: str
    at_us: int
    suspect: bool = False
    ids_only: bool = False
    unbalanced_entries: tuple[int, ...] = ()
    settled_minor: dict[str, int] = field(default_factory=dict)  # "BRVO/EUR": settlement postings on clearing
    heard: dict[str, tuple[int, str]] = field(default_factory=dict)  # of each other bank's chain: its end (seq, hash)
    accounts: list[AccountLine] = field(default_factory=list)
    sent: list[SenderLine] = field(default_factory=list)
    decided: list[DecisionLine] = field(default_factory=list)
    _sent_by_id: dict[str, SenderLine] = field(default_factory=dict, repr=False)
    _decided_by_id: dict[tuple[str, str], DecisionLine] = field(default_factory=dict, repr=False)

    def row_of(self, transaction_id: str) -> SenderLine | None:
        """The sender row of a transfer, from an index made at first use (the rows are complete by then)."""
        if not self._sent_by_id and self.sent:
            self._sent_by_id = {row.transaction_id: row for row in self.sent}
        return self._sent_by_id.get(transaction_id)

    def decision_on(self, from_bank: str, transaction_id: str) -> DecisionLine | None:
        """This bank's decision on a message, from an index made at first use."""
        if not self._decided_by_id and self.decided:
            self._decided_by_id = {(row.from_bank, row.transaction_id): row for row in self.decided}
        return self._decided_by_id.get((from_bank, transaction_id))


_LINES = {"account": AccountLine, "sent": SenderLine, "decided": DecisionLine}


def head_line(snapshot: BankSnapshot) -> bytes:
    """The first line: everything but the rows."""
    said = {
        "line": "bank",
        "bank_id": snapshot.bank_id,
        "federation_id": snapshot.federation_id,
        "at_us": snapshot.at_us,
        "suspect": snapshot.suspect,
        "ids_only": snapshot.ids_only,
        "unbalanced_entries": list(snapshot.unbalanced_entries),
        "settled_minor": snapshot.settled_minor,
        "heard": {bank: {"seq": seq, "hash": hash_} for bank, (seq, hash_) in snapshot.heard.items()},
    }
    return orjson.dumps(said) + b"\n"


def row_line(row: AccountLine | SenderLine | DecisionLine) -> bytes:
    """A row as a line of JSON."""
    kind = next(name for name, class_ in _LINES.items() if isinstance(row, class_))
    return orjson.dumps({"line": kind, **{f.name: getattr(row, f.name) for f in fields(row)}}) + b"\n"


def read_snapshot(lines: Iterable[bytes | str]) -> BankSnapshot:
    """A snapshot from its lines; unknown fields are ignored. Raises ValueError where it was cut short."""
    snapshot: BankSnapshot | None = None
    ended = False
    for raw in lines:
        if not raw.strip():
            continue
        line: dict[str, Any] = orjson.loads(raw)
        kind = line.pop("line")
        if kind == "bank":
            line["unbalanced_entries"] = tuple(line["unbalanced_entries"])
            line["heard"] = {bank: (int(at["seq"]), str(at["hash"])) for bank, at in line.get("heard", {}).items()}
            snapshot = BankSnapshot(**_known(BankSnapshot, line))
        elif kind == "end":
            ended = True
        elif snapshot is not None:
            _rows(snapshot, kind).append(_LINES[kind](**_known(_LINES[kind], line)))
    if snapshot is None or not ended:
        raise ValueError("the snapshot was cut short; read it again")
    return snapshot


END_LINE = orjson.dumps({"line": "end"}) + b"\n"


def _known(class_: type, line: dict[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(class_)}
    return {name: value for name, value in line.items() if name in names}


def _rows(snapshot: BankSnapshot, kind: str) -> list[Any]:
    rows: dict[str, list[Any]] = {"account": snapshot.accounts, "sent": snapshot.sent, "decided": snapshot.decided}
    return rows[kind]
