"""A row of the audit log as people read it: who, what, to what, when, and what was before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from bank_node.ledger.account import group
from bank_node.ledger.chain import Row
from bank_node.ledger.money import EXPONENTS, format_amount
from bank_node.statements.wording import KINDS
from teller_ui.views.text import clock, date

_WORDS = {
    **{kind: word for kind, word in KINDS.items() if not word.endswith((" to", " from", " by"))},
    "transfer_out": "Payment to another bank",
    "transfer_in": "Payment from another bank",
    "return_in": "Return received",
    "return_out": "Return sent",
    "signed_in": "Signed in",
    "staff_let_in": "Staff let in again",
    "staff_role": "Role changed",
    "staff_password": "Password changed",
    "login_password": "Customer's password changed",
    "login_given": "Login given to a customer",
    "session_ended": "Session ended",
    "account_state": "State of an account changed",
    "account_terms": "Terms of an account changed",
    "account_label": "Account named",
    "hold_placed": "Money held",
    "hold_ended": "Hold ended",
    "card_issued": "Card issued",
    "card_blocked": "Card blocked",
    "receipt_printed": "Receipt printed",
    "note_added": "Note about a customer",
    "note_ended": "Note about a customer ended",
}
_CHARS_MAX = 60
_AMOUNTS = ("amount", "held", "floor")  # in minor units
_NOT_SAID = ("entry", "currency", "postings", "from", "to")  # said in other words


@dataclass(frozen=True, slots=True)
class Change:
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    seq: int
    when: str
    who: str
    who_path: str
    what: str
    on: str
    on_path: str
    changes: tuple[Change, ...]
    also: str


@dataclass(frozen=True, slots=True)
class AuditView:
    rows: tuple[AuditRow, ...]
    user: str
    subject: str
    kind: str
    older_path: str = ""
    newest_path: str = ""
    looked_back: str = ""

    @property
    def is_asked(self) -> bool:
        return bool(self.user or self.subject)


def audit_row(row: Row, numbers: Mapping[int, str]) -> AuditRow:
    """`numbers` are the account numbers of the ids in it."""
    facts = orjson.loads(row.facts)
    return AuditRow(
        seq=row.seq,
        when=f"{date(row.at_us)}, {clock(row.at_us)}",
        who=row.actor or "the bank",
        who_path=f"/audit?{urlencode({'user': row.actor})}" if row.actor else "",
        what=_WORDS.get(row.action, row.action.replace("_", " ").capitalize()),
        on=_on(row.subject, numbers),
        on_path=f"/audit?{urlencode({'object': row.subject})}",
        changes=_changes(facts, numbers),
        also="; ".join(_said(name, value, facts.get("currency", "")) for name, value in _others(facts)),
    )


def account_ids(row: Row) -> set[int]:
    """The accounts it speaks of."""
    kind, _, id_ = row.subject.partition("/")
    of = {int(id_)} if kind == "account" and id_.isdigit() else set()
    return of | {int(posting[0]) for posting in orjson.loads(row.facts).get("postings", ())}


def _on(subject: str, numbers: Mapping[int, str]) -> str:
    kind, _, id_ = subject.partition("/")
    if kind == "account" and id_.isdigit() and int(id_) in numbers:
        return f"account {_number(numbers[int(id_)])}"
    return subject.replace("/", " ")


def _changes(facts: dict[str, Any], numbers: Mapping[int, str]) -> tuple[Change, ...]:
    if "postings" in facts:
        currency = facts["currency"]
        return tuple(
            Change(
                _number(numbers.get(id_, f"account {id_}")),
                format_amount(after - amount, currency),
                f"{format_amount(after, currency)} {currency}",
            )
            for id_, amount, after in facts["postings"]
        )
    if "to" in facts:
        return (Change("", _text(facts.get("from", "nothing")), _text(facts["to"])),)
    return ()


def _number(code: str) -> str:
    return group(code) if code.startswith("XF") else code


def _others(facts: dict[str, Any]) -> list[tuple[str, Any]]:
    told = _NOT_SAID if "to" in facts else _NOT_SAID[:3]  # a `from` alone is where somebody signed in
    return [(name, value) for name, value in facts.items() if name not in told and value not in (None, "")]


def _said(name: str, value: Any, currency: str = "") -> str:
    return f"{name.removesuffix('_us').replace('_', ' ')} {_told(name, value, currency)}"


def _told(name: str, value: Any, currency: str) -> str:
    """Money as money where the row says of which currency, moments as clocks, of a hash as much as tells it apart."""
    if isinstance(value, int) and not isinstance(value, bool):
        if name in EXPONENTS:
            return format_amount(value, name)
        if name in _AMOUNTS:
            return f"{format_amount(value, currency)} {currency}" if currency else f"{value} minor units"
        if name.endswith("_us"):
            return f"{date(value)}, {clock(value)}"
    return f"{value[:12]}…" if name.endswith("hash") and isinstance(value, str) else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(_said(name, one) for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    said = value if isinstance(value, str) else str(value)
    return said if len(said) <= _CHARS_MAX else said[: _CHARS_MAX - 1] + "…"
