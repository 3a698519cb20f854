"""What a row of the audit log says of other tables, as it can be held against their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import orjson

from bank_node.ledger.account import OPEN
from bank_node.ledger.chain import Row
from bank_node.ledger.dates import month_after
from bank_node.transfers.recall import VERDICTS
from bank_node.transfers.states import ACCEPTED, INSIDE, PAYMENT, RETURN

Posting = tuple[int, int, int]  # account id, amount, balance after
Key = tuple[str, ...]
RecallSaid = tuple[str, Key, dict[str, Any]]  # table, primary key, what its columns are

HoldSaid = tuple[int, tuple[Any, ...] | None, tuple[Any, ...] | None]  # its id; as it was placed, or how it ended

ABOUT_ACCOUNTS = ("account_opened", "account_state")
ABOUT_HOLDS = ("hold_placed", "hold_ended")
_DECIDED = {f"recall_{word}": state for word, state in VERDICTS.items()}
ABOUT_RECALLS = ("recall_asked", "recall_answered", "recall_received", *_DECIDED)
ABOUT_THE_BRANCH = (
    "reversal",
    "drawer_claimed",
    "drawer_closed",
    *(f"approval_{word}" for word in ("asked", "approved", "rejected", "expired", "withdrawn")),
)
ABOUT_DAYS = ("day_opened", "day_closed", "day_reopened")
ABOUT_THE_ARCHIVE = ("month_sealed",)
NUMBER_MIN, NUMBER_MAX = -(2**63), 2**63 - 1  # what a column takes
_KINDS = {"transfer_out": PAYMENT, "return_out": RETURN, "transfer_inside": INSIDE}


@dataclass(slots=True)  # not frozen: one is made for every row, and freezing costs each of its fields a call
class Said:
    """One row, read. What it does not speak of is None."""

    row: Row
    facts: dict[str, Any]
    entry_id: int | None = None
    entry: tuple[Any, ...] | None = None  # kind, currency, transaction_id, text, actor, at_us
    postings: frozenset[Posting] = frozenset()
    from_bank: str | None = None  # of a decision
    decision: tuple[Any, ...] | None = None  # kind, decision, content_hash, amount, account id, reason's code
    # of a new transfer: kind, to_bank, content_hash, amount, account id, reference, currency, actor, created_us
    sent: tuple[Any, ...] | None = None
    state: str | None = None  # of a transfer
    account: tuple[int, str] | None = None  # its id, and the state it was opened or left in
    recall: RecallSaid | None = None
    paid_out: int | None = None  # an item of unclaimed money
    hold: HoldSaid | None = None
    floor: tuple[int, int] | None = None  # an account's id, and the floor it was opened or left with

    @property
    def where(self) -> str:
        return f"row {self.row.seq} of the audit log"

    @classmethod
    def read(cls, row: Row) -> Self:
        """Raises ValueError where the row does not speak as such a row does."""
        facts = _of(orjson.loads(row.facts), dict)
        try:
            read = BESIDE[row.action](row, facts) if row.action in BESIDE else {}
            return cls(row, facts, **_entry(row, facts), **_decision(facts), **_transfer(row, facts), **read)
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
    credited = max(facts["postings"], key=lambda posting: posting[1])[0] if "entry" in facts else None
    decision = (said["kind"], said["decision"], said["hash"], amount, credited, said.get("code"))
    return {"from_bank": _of(said["from_bank"], str), "decision": decision}


def _transfer(row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    if "transfer" not in facts:
        return {}
    said = facts["transfer"]
    sent = None
    if "hash" in said:
        debited = min(facts["postings"], key=lambda posting: posting[1])[0]
        what = (_KINDS[row.action], said["to_bank"], said["hash"], _moved(facts), debited, facts.get("text"))
        sent = (*what, facts["currency"], row.actor, row.at_us)
    return {"sent": sent, "state": _of(said["state"], str)}


def _account(row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    id_ = _account_id(row)
    if row.action == "account_opened":
        return {"account": (id_, OPEN), "floor": (id_, _of(facts.get("floor", 0), int))}
    return {"account": (id_, _of(facts["to"], str))}


def _terms(row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    _of(facts["from"]["type"], str), _of(facts["to"]["type"], str)
    return {"floor": (_account_id(row), _of(facts["to"]["floor"], int))}


def _hold(row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    id_, amount = _of(facts["hold"], int), _of(facts["amount"], int)
    if row.action == "hold_ended":
        return {"hold": (id_, None, (row.at_us, row.actor, _of(facts["outcome"], str)))}
    placed = (_account_id(row), amount, facts["kind"], facts["reason"], row.actor, row.at_us, facts["expires_us"])
    return {"hold": (id_, placed, None)}


def _account_id(row: Row) -> int:
    kind, _, id_ = row.subject.partition("/")
    if kind != "account":
        raise ValueError(f"{row.subject} is no account")
    return int(id_)


def _recall(row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    """A log from before it said more names neither hash nor words; they are held against it where it does."""
    words = {"answer_text": facts["text"]} if "text" in facts else {}
    columns: dict[str, Any]
    match row.action:
        case "recall_asked":
            columns = {"transaction_id": row.subject, "to_bank": facts["of"], "actor": row.actor}
            columns |= {"created_us": row.at_us, **_asked(facts)}
        case "recall_answered":
            columns = {"state": _of(facts["verdict"], str), "answered_us": row.at_us, **words}
        case "recall_received":
            columns = {"transaction_id": row.subject, **_asked(facts)}
        case decided:
            columns = {"state": _DECIDED[decided], "decided_us": row.at_us, "decided_by": row.actor}
            columns |= {"return_id": facts["return"], **words}
    id_ = _of(facts["recall"], str)
    if "from" in facts:
        return {"recall": ("recall_requests", (_of(facts["from"], str), id_), columns)}
    return {"recall": ("recalls", (id_,), columns)}


def _asked(facts: dict[str, Any]) -> dict[str, Any]:
    said = {"content_hash": facts["hash"], "reason": facts["reason"]} if "hash" in facts else {}
    return {**said, "received_us": facts["read_us"]} if "read_us" in facts else said


def _paid_out(_row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    return {"paid_out": _of(facts["unclaimed"], int)}


def _seeded(_row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    if "hash" in facts:
        _of(facts["first"], int), _of(facts["last"], int)
    return {}


def _day(row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    needed = {"day_closed": "next", "day_reopened": "from"}.get(row.action)
    if needed:
        _of(facts[needed], str)
    return {}


def _sealed(row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    """Nothing more is read of it, once it says all that it should."""
    for name in ("after_entry", "up_to_entry", "postings"):
        _of(facts[name], int)
    _of(facts["hash"], str), _of(facts["previous"], str), month_after(row.subject.removeprefix("month/"))
    return {}


def _branch(row: Row, facts: dict[str, Any]) -> dict[str, Any]:
    """Nothing more is read of it; what it is about has a number."""
    if row.action == "reversal":
        _of(facts["reverses"], int)
    else:
        int(row.subject.partition("/")[2])
    return {}


BESIDE = {  # what neither books nor moves a transfer, and has a check of its own
    "world_seeded": _seeded,
    **dict.fromkeys(ABOUT_ACCOUNTS, _account),
    "account_terms": _terms,
    **dict.fromkeys(ABOUT_HOLDS, _hold),
    **dict.fromkeys(ABOUT_RECALLS, _recall),
    "unclaimed_paid_out": _paid_out,
    **dict.fromkeys(ABOUT_THE_BRANCH, _branch),
    **dict.fromkeys(ABOUT_DAYS, _day),
    **dict.fromkeys(ABOUT_THE_ARCHIVE, _sealed),
}


def _moved(facts: dict[str, Any]) -> int:
    moved: int = max(_of(amount, int) for _, amount, _ in facts["postings"])
    return moved


def _of(value: Any, type_: type) -> Any:
    if type(value) is not type_:
        raise ValueError(f"{value!r} is no {type_.__name__}")
    if isinstance(value, int) and not NUMBER_MIN <= value <= NUMBER_MAX:
        raise ValueError(f"{value} is in no column")
    return value
