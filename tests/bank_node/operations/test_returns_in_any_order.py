"""Returns, recalls, cancelled returns and repeats in any order, over a broker that delivers as it likes: no transfer
ever gets back more than it was, and every law holds after every step. On SQLite alone."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bank_node.ledger.errors import Refusal
from bank_node.operations.answer_recall import Agreement, RecallRefusal, agree_to_recall, refuse_recall
from bank_node.operations.cancel_transfer import Question, cancel_by_hand
from bank_node.operations.cash import CashOrder, withdraw
from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.redrive import redrive_due
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.unclaimed import PayOut, pay_out_unclaimed
from bank_node.store import recall_queries
from bank_node.store.unclaimed import unclaimed
from tests.support.cast import ALICE, CAROL, SmallBank, Town, an_order, open_town

amounts = st.integers(1, 20_00)
parts = st.none() | st.integers(1, 12_00)
places = st.integers(0, 1_000_000)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="any-order-"))
        self.town: Town = open_town(self.folder)
        self.payments: list[str] = []
        self.air: list[tuple[str, bytes]] = []  # whatever was ever sent: a broker may bring it at any time, and again

    def teardown(self) -> None:
        self.town.close()
        shutil.rmtree(self.folder)

    @initialize(amount=amounts)
    def begin(self, amount: int) -> None:
        self.pay(amount)

    @rule(amount=amounts)
    def pay(self, amount: int) -> None:
        receipt = self.try_to(self.town.alfa, send_transfer, an_order(amount))
        if receipt is not None:
            self.payments.append(receipt.id)
            self.arrive(-1)

    @rule(place=places, times=st.integers(1, 3))
    @precondition(lambda self: self.air)
    def arrive(self, place: int, times: int = 1) -> None:
        key, body = self.air[place % len(self.air)]
        to = self.town.banks[key]
        to.take(to.record(body), times)
        self.publish()

    @rule()
    def arrive_all_in_reverse(self) -> None:
        for place in reversed(range(len(self.air))):
            self.arrive(place)

    @rule(place=places, part=parts)
    @precondition(lambda self: self.payments)
    def give_back(self, place: int, part: int | None) -> None:
        self.try_to(self.town.brvo, return_transfer, ReturnOrder("ALFA", self.payment(place), part))

    @rule(place=places)
    def cancel_a_return(self, place: int) -> None:
        """Refused for ever if ALFA meets the question before the return; then what was set aside is free again."""
        ids = [row.transaction_id for row in self.town.brvo.snapshot().sent]
        if ids:
            self.try_to(self.town.brvo, cancel_by_hand, Question(ids[place % len(ids)], "teller1"))

    @rule(place=places)
    @precondition(lambda self: self.payments)
    def call_back(self, place: int) -> None:
        self.try_to(self.town.alfa, recall_transfer, RecallOrder(self.payment(place), "sent twice", "teller1"))

    @rule(place=places, part=parts, agree=st.booleans())
    def answer_a_recall(self, place: int, part: int | None, agree: bool) -> None:
        asked = self.town.brvo.read(recall_queries.requests)
        if asked:
            recall_id = asked[place % len(asked)].recall_id
            if agree:
                self.try_to(self.town.brvo, agree_to_recall, Agreement("ALFA", recall_id, part, "supervisor"))
            else:
                self.try_to(self.town.brvo, refuse_recall, RecallRefusal("ALFA", recall_id, "no", "supervisor"))

    @rule()
    def close_alice(self) -> None:
        """With all her money in cash; what comes back from now on is unclaimed."""
        balance = self.town.alfa.balance(ALICE)
        if balance:
            self.town.alfa.do(withdraw, CashOrder(ALICE, balance, "EUR"))
        self.town.alfa.set_state(ALICE, "closed")

    @rule(place=places, in_cash=st.booleans())
    def pay_out(self, place: int, in_cash: bool) -> None:
        items = self.town.alfa.read(unclaimed)
        if items:
            to = None if in_cash else CAROL
            self.try_to(self.town.alfa, pay_out_unclaimed, PayOut(items[place % len(items)].id, to, "supervisor"))

    @rule(minutes=st.integers(0, 3 * 24 * 60))
    def time_passes(self, minutes: int) -> None:
        self.town.clock.pass_ms(minutes * 60_000)
        for bank in self.town.banks.values():
            bank.do(redrive_due, 100)
        self.publish()

    @invariant()
    def every_law_holds(self) -> None:
        self.town.lawful()

    @invariant()
    def nothing_gets_back_more_than_it_was(self) -> None:
        returned = {row.transaction_id: row.returned_minor for row in self.town.alfa.snapshot().sent}
        amount = {row.transaction_id: row.amount_minor for row in self.town.alfa.snapshot().sent}
        assert all(returned[id_] <= amount[id_] for id_ in self.payments)

    @invariant()
    def a_recall_is_agreed_to_with_one_return_or_with_none(self) -> None:
        returns = {row.transaction_id for row in self.town.brvo.snapshot().sent}
        agreed = [row.return_id for row in self.town.brvo.read(recall_queries.requests, state="AGREED")]
        assert len(set(agreed)) == len(agreed)
        assert set(agreed) <= returns
        for asked in self.town.alfa.read(recall_queries.asked):
            there = self.town.brvo.read(recall_queries.request, "ALFA", asked.recall_id)
            assert asked.state == "ASKED" or there.state == asked.state
        assert self.town.alfa.count("incidents") == self.town.brvo.count("incidents") == 0

    def payment(self, place: int) -> str:
        return self.payments[place % len(self.payments)]

    def try_to(self, bank: SmallBank, operation: Any, order: Any) -> Any:
        """None where it is refused, as it may well be."""
        try:
            return bank.do(operation, order)
        except Refusal:
            return None
        finally:
            self.publish()

    def publish(self) -> None:
        for bank in self.town.banks.values():
            rows, bank.waiting = bank.waiting, []
            bank.do(mark_published, [Published(row, 0, row.seq) for row in rows])
            self.air += [(row.key, row.body) for row in rows if row.topic == "external-transfers"]


AnyOrder.TestCase.settings = settings(max_examples=30, stateful_step_count=25)
TestAnyOrder = AnyOrder.TestCase
