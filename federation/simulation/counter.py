"""The people at the counters: they order, wait for a word, and order again with the same key until they have one.

What they were told is held against the books: the laws of the counter, C1 to C3. They stand beside the federation's
ten because no snapshot shows what somebody was promised.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Claim, Receipt
from bank_node.store.commit import Operation, StoreUnavailable
from federation.simulation.dice import Dice
from federation.simulation.house import House, Life
from federation.simulation.plan import Step
from federation.simulation.timeline import Timeline

AGAIN_US_MIN, AGAIN_US_SPAN = 1_000_000, 6_000_000
COUNTER_LAWS = {
    "C1": "What was answered is in the books",
    "C2": "One key, one effect",
    "C3": "A request is done, refused or unknown, never an error",
}
SENDING = ("transfer", "return")  # receipts whose id is the transfer's
Broken = Callable[[str, str], None]  # law, sentence


@dataclass(slots=True)
class Request:
    """`order` is filled in with the first try, and is the same in every other one."""

    step: Step
    house: House
    operation: Operation
    order: Any
    tries: int = 0
    answered: str = ""  # with what, once it was


class Counter:
    def __init__(self, timeline: Timeline, dice: Dice, broken: Broken) -> None:
        self._timeline, self._dice, self._broken = timeline, dice, broken
        self.requests: dict[str, Request] = {}
        self.receipts: dict[tuple[str, str], Receipt] = {}  # by bank and key
        self.waiting = 0  # requests without a definite word

    def ask(self, step: Step, house: House, operation: Operation, order: Any) -> None:
        """A new request. An order that has a claim gets the step's key, unless it brings one."""
        if hasattr(order, "claim") and order.claim is None:
            order = replace(order, claim=Claim("counter", step.id, repr(order)))
        request = self.requests[step.id] = Request(step, house, operation, order)
        self.waiting += 1
        self._try(request)

    def _try(self, request: Request) -> None:
        lives = request.house.lives
        request.tries += 1
        if lives:
            life = lives[self._dice.roll(len(lives), "whom", request.step.id, request.tries)]
            life.do(lambda: self._hand_in(request, life))
        pause_us = AGAIN_US_MIN + self._dice.roll(AGAIN_US_SPAN, "again", request.step.id, self._timeline.now_us)
        self._timeline.after(pause_us, lambda: self._still_waiting(request))

    def _hand_in(self, request: Request, life: Life) -> None:
        if not request.answered:
            named = _named(request.operation, request.step.id)
            with suppress(StoreUnavailable):
                life.request(named, request.order, lambda future: self._hear(request, future))

    def _still_waiting(self, request: Request) -> None:
        if not request.answered:
            self._try(request)

    def _hear(self, request: Request, future: Future[Any]) -> None:
        try:
            receipt = future.result()
        except StoreUnavailable:
            return  # nobody knows; the same key again
        except Refusal as refusal:
            self._done(request, refusal.code)
        except Exception as error:
            self._broken("C3", f"{request.step.id} at {request.house.bank_id}: {type(error).__name__}: {error}")
            self._done(request, "error")
        else:
            self._promised(request, receipt)
            self._done(request, "done")

    def _done(self, request: Request, word: str) -> None:
        if not request.answered:
            request.answered = word
            self.waiting -= 1

    def _promised(self, request: Request, receipt: Receipt) -> None:
        bank_id, step = request.house.bank_id, request.step
        claim = getattr(request.order, "claim", None)
        if claim is not None:
            first = self.receipts.setdefault((bank_id, claim.key), receipt)
            if first.id != receipt.id:
                self._broken("C2", f"{step.id} at {bank_id} was told {first.id}, and for the same key {receipt.id}")
        self._kept(bank_id, step.id, receipt, request.house)

    def _kept(self, bank_id: str, name: str, receipt: Receipt, house: House) -> None:
        if receipt.entry_id is None:
            return
        sql = "SELECT transaction_id FROM entries WHERE id = ?"
        found = house.database.line.look(sql, (receipt.entry_id,)).fetchone()
        of = receipt.id if receipt.kind in SENDING else None
        if found is None or (of is not None and found[0] != of):
            self._broken("C1", f"{name} at {bank_id} was answered {receipt.status}; entry {receipt.entry_id} is not it")

    def forget(self, bank_id: str) -> None:
        """An old backup was restored: what this bank has promised is not in its books, and it will have to say so."""
        self.receipts = {of: receipt for of, receipt in self.receipts.items() if of[0] != bank_id}

    def look_back(self, houses: dict[str, House]) -> None:
        """Once more at the end: every promise is still kept."""
        for (bank_id, key), receipt in self.receipts.items():
            self._kept(bank_id, key, receipt, houses[bank_id])


def _named(operation: Operation, name: str) -> Operation:
    """The operation with ids that say which step it was; they do not change when another step is left out."""

    def named(books: Any, now_us: int, ids: Any, *arguments: Any) -> Any:
        return operation(books, now_us, ids.of(name), *arguments)

    return named
