"""What a row of the audit log says of other tables, as it can be held against their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import orjson

from bank_node.ledger.chain import Row
from bank_node.transfers.states import ACCEPTED

Posting = tuple[int, int, int]  # account id, amount, balance after


@dataclass(frozen=True, slots=True)
class Said:
    """One row, read. What it does not speak of is None."""

    row: Row
    facts: dict[str, Any]
    entry_id: int | None = None
    entry: tuple[Any, ...] | None = None  # kind, currency, transaction_id, text, actor, at_us
    postings: frozenset[Posting] = frozenset()
    from_bank: str | None = None  # of a decision
    decision: tuple[Any, ...] | None = None  # kind, decision, content_hash, amount; of money also account id
    sent: tuple[Any, ...] | None = None  # of a new transfer: to_bank, content_hash, amount, account id
    state: str | None = None  # of a transfer

    @property
    def where(self) -> str:
        return f"row {self.row.seq} of the audit log"

    @classmethod
    def read(cls, row: Row) -> Self:
        """Raises ValueError where the row does not speak as such a row does."""
        facts = _of(orjson.loads(row.facts), dict)
        try:
            return cls(row, facts, **_entry(row, facts), **_decision(facts), **_transfer(facts))
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error


def _entry(row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    if "entry" not in facts:
        return {}
    id_ = _of(facts["entry"], int)
    own_subject = None if row.subject == f"entry/{id_}" else row.subject
    transaction_id = facts.get("transaction_id", own_subject)
    entry = (row.action, facts["currency"], transaction_id, facts.get("text"), row.actor, row.at_us)
    return {"entry_id": id_, "entry": entry, "postings": frozenset((a, b, c) for a, b, c in facts["postings"])}


def _decision(facts: dict[str, Any]) -> dict[str, Any]:
    if "decision" not in facts:
        return {}
    said = facts["decision"]
    amount = _moved(facts) if "entry" in facts else said["amount"]
    if said["decision"] == ACCEPTED:
        _of(amount, int)
    credited = (max(facts["postings"], key=lambda posting: posting[1])[0],) if "entry" in facts else ()
    decision = (said["kind"], said["decision"], said["hash"], amount, *credited)
    return {"from_bank": _of(said["from_bank"], str), "decision": decision}


def _transfer(facts: dict[str, Any]) -> dict[str, Any]:
    if "transfer" not in facts:
        return {}
    said = facts["transfer"]
    sent = None
    if "hash" in said:
        debited = min(facts["postings"], key=lambda posting: posting[1])[0]
        sent = (said["to_bank"], said["hash"], _moved(facts), debited)
    return {"sent": sent, "state": _of(said["state"], str)}


def _moved(facts: dict[str, Any]) -> int:
    moved: int = max(_of(amount, int) for _, amount, _ in facts["postings"])
    return moved


def _of(value: Any, type_: type) -> Any:
    if type(value) is not type_:
        raise ValueError(f"{value!r} is no {type_.__name__}")
    return value
