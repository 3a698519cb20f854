"""What people want of a bank, step by step: each word of a plan's workload becomes one operation and its order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bank_node.ledger.dates import rfc3339
from bank_node.operations.accounts import StateChange, change_state
from bank_node.operations.answer_recall import Agreement, RecallRefusal, agree_to_recall, refuse_recall
from bank_node.operations.cancel_transfer import Question, ask_again, cancel_by_hand
from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.operations.orders import TransferOrder
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.unclaimed import PayOut, pay_out_unclaimed
from bank_node.store.commit import Operation
from federation.simulation.accounts import DOLLARS, number_of
from federation.simulation.counter import Counter
from federation.simulation.house import House
from federation.simulation.plan import Step

Houses = dict[str, House]
Wanted = tuple[Operation, Any] | None  # None: not possible yet
ACTOR = "teller"


def send(step: Step, houses: Houses, _counter: Counter) -> Wanted:
    house, facts = houses[step.bank], step.facts
    expires_at = None
    if "expires_ms" in facts:
        expires_at = rfc3339(house.clock.now_us() + facts["expires_ms"] * 1_000)
    order = TransferOrder(
        from_account=number_of(step.bank, facts["from"]),
        to_bank=facts["to"],
        to_account=number_of(facts["to"], facts["account"]),
        amount_minor=facts["amount"],
        currency="USD" if facts["from"] == DOLLARS else "EUR",
        reference=step.id,
        expires_at=expires_at,
        actor=ACTOR,
    )
    return send_transfer, order


def repeat(step: Step, _houses: Houses, counter: Counter) -> Wanted:
    """The same order with the same key, as a second click makes it."""
    first = counter.requests.get(step["of"])
    return None if first is None else (first.operation, first.order)


def send_back(step: Step, houses: Houses, _counter: Counter) -> Wanted:
    """The bank that was paid returns the payment, whole or in part."""
    found = _one(houses[step.bank], _RECEIVED, step["of"])
    if found is None:
        return None
    return return_transfer, ReturnOrder(found[0], found[1], step.facts.get("amount"), "sent back", ACTOR)


def cancel(step: Step, houses: Houses, _counter: Counter) -> Wanted:
    found = _one(houses[step.bank], _SENT, step["of"])
    return None if found is None else (cancel_by_hand, Question(found[0], ACTOR))


def ask(step: Step, houses: Houses, _counter: Counter) -> Wanted:
    found = _one(houses[step.bank], _SENT, step["of"])
    return None if found is None else (ask_again, Question(found[0], ACTOR))


def set_state(step: Step, _houses: Houses, _counter: Counter) -> Wanted:
    return change_state, StateChange(number_of(step.bank, step["account"]), step["state"], actor=ACTOR)


def pay_in(step: Step, _houses: Houses, _counter: Counter) -> Wanted:
    return deposit, CashOrder(number_of(step.bank, step["account"]), step["amount"], "EUR", ACTOR)


def pay_out(step: Step, _houses: Houses, _counter: Counter) -> Wanted:
    return withdraw, CashOrder(number_of(step.bank, step["account"]), step["amount"], "EUR", ACTOR)


def recall(step: Step, houses: Houses, _counter: Counter) -> Wanted:
    """Taken back if it is open, asked back if it is completed."""
    found = _one(houses[step.bank], _SENT, step["of"])
    return None if found is None else (recall_transfer, RecallOrder(found[0], "by mistake", ACTOR))


def agree(step: Step, houses: Houses, _counter: Counter) -> Wanted:
    found = _one(houses[step.bank], _ASKED_BACK, step["of"])
    return None if found is None else (agree_to_recall, Agreement(found[0], found[1], None, ACTOR))


def refuse(step: Step, houses: Houses, _counter: Counter) -> Wanted:
    found = _one(houses[step.bank], _ASKED_BACK, step["of"])
    return None if found is None else (refuse_recall, RecallRefusal(found[0], found[1], "it is spent", ACTOR))


def pay_unclaimed(step: Step, houses: Houses, _counter: Counter) -> Wanted:
    """In cash, to whoever was the owner."""
    sql = "SELECT id FROM unclaimed WHERE paid_us IS NULL ORDER BY id LIMIT 1"
    found = houses[step.bank].database.line.look(sql).fetchone()
    return None if found is None else (pay_out_unclaimed, PayOut(found[0], None, ACTOR))


ORDERS: dict[str, Callable[[Step, Houses, Counter], Wanted]] = {
    "send": send,
    "repeat": repeat,
    "return": send_back,
    "cancel": cancel,
    "ask": ask,
    "state": set_state,
    "deposit": pay_in,
    "withdraw": pay_out,
    "recall": recall,
    "agree": agree,
    "refuse": refuse,
    "pay_out": pay_unclaimed,
}

_OF_STEP = "transaction_id > ? AND transaction_id < ?"
_SENT = f"SELECT transaction_id FROM transfers WHERE {_OF_STEP} ORDER BY transaction_id LIMIT 1"
_ASKED_BACK = (
    f"SELECT from_bank, recall_id FROM recall_requests WHERE {_OF_STEP} AND state = 'OPEN' ORDER BY recall_id LIMIT 1"
)
_RECEIVED = (
    f"SELECT from_bank, transaction_id FROM decisions WHERE {_OF_STEP} AND decision = 'ACCEPTED'"
    " ORDER BY transaction_id LIMIT 1"
)


def _one(house: House, sql: str, step_id: str) -> Any:
    """What a step came to, as this bank's books have it."""
    between = f"{step_id}-", f"{step_id}."  # after the dash comes the dot
    return house.database.line.look(sql, between).fetchone()
