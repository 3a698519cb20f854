"""Debits that no accepted transfer explains, and what else may: an order of which nobody knew the outcome, one that was
refused, a key that was sent again. What Q12 and Q13 say of them is for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from federation.grading.calls import FAIL, INFO, OK, TRANSFER, WITHDRAW, Call
from federation.grading.evidence import Evidence

Explained = Literal["unknown", "refused", "repeated", "nothing"]


@dataclass(frozen=True, slots=True)
class Stray:
    account: str
    amount_minor: int
    transaction_id: str
    by: Explained
    order: Call | None  # the one that explains it


def strays(evidence: Evidence) -> Iterator[Stray]:
    """An order of unknown outcome explains one debit, once."""
    orders = [call for do in (TRANSFER, WITHDRAW) for call in evidence.history.of.get(do, ())]
    answered = {(call.bank, call.key) for call in orders if call.outcome == OK}
    open_orders = {
        (call.bank, call.key): call for call in orders if call.outcome == INFO and (call.bank, call.key) not in answered
    }
    for account, amount, id_ in _unexplained(evidence, orders):
        fits = [call for call in orders if call.account == account and call.amount_minor == amount]
        unknown = next((call for call in fits if open_orders.get((call.bank, call.key)) is not None), None)
        if unknown is not None:
            open_orders.pop((unknown.bank, unknown.key))
            yield Stray(account, amount, id_, "unknown", unknown)
            continue
        refused = next((c for c in fits if c.outcome == FAIL and (c.bank, c.key) not in answered), None)
        repeated = next((c for c in fits if len(evidence.history.by_key[c.bank, c.key]) > 1), None)
        if refused is not None:
            yield Stray(account, amount, id_, "refused", refused)
        elif repeated is not None:
            yield Stray(account, amount, id_, "repeated", repeated)
        else:
            yield Stray(account, amount, id_, "nothing", None)


def _unexplained(evidence: Evidence, orders: list[Call]) -> Iterator[tuple[str, int, str]]:
    known = ({call.transaction_id for call in orders if call.outcome == OK} | evidence.forged_ids()) - {""}
    for account, lines in evidence.history.final.statements.items():
        told: set[str] = set()
        for line in lines:
            new = line.transaction_id not in known and line.transaction_id not in told and line.id not in known
            if line.amount_minor < 0 and line.transaction_id and new:
                told.add(line.transaction_id)  # twice the same id is for Q05
                yield account, -line.amount_minor, line.transaction_id
