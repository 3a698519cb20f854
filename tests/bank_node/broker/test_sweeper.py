from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from bank_node.broker.loop import BackOff
from bank_node.broker.memory import MemoryBroker
from bank_node.broker.sweeper import Chore, Sweeper
from bank_node.operations.approvals import Request, ask_approval, expire_approvals
from bank_node.operations.holds import HoldOrder, expire_holds, place_hold
from bank_node.operations.orders import TransferOrder
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.standing import suspect
from bank_node.store import queries
from bank_node.store.approvals import next_expiry
from bank_node.store.holds import next_lapse_us
from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.bank_node.broker.neighbours import a_neighbourhood, account_of
from tests.bank_node.broker.station import Station, turn
from tests.support.cast import ALICE, BOB, OPENING, Town, an_order


def test_a_request_the_broker_lost_is_said_again_and_arrives_once(town: Town) -> None:
    broker = MemoryBroker("c")
    alfa, brvo = Station(town.alfa, broker), Station(town.brvo, broker)
    everything = (alfa.consumer.tick, brvo.consumer.tick, alfa.relay.tick, brvo.relay.tick)
    turn(*everything)
    alfa.do(send_transfer, an_order())
    alfa.relay.tick()
    broker.lose_last(EXTERNAL_TRANSFERS, partition_for(b"BRVO", 32), 1)
    turn(*everything)
    assert town.brvo.balance(BOB) == OPENING
    assert alfa.sweeper.tick() == 0, "not quiet for long enough"
    town.clock.pass_ms(60_000)
    assert alfa.sweeper.tick() == 1
    assert alfa.sweeper.tick() == 0
    turn(*everything)
    assert town.brvo.balance(BOB) == OPENING + 12_50
    assert alfa.sweeper.said_again == 1
    town.lawful()


def test_a_locked_database_backs_off(town: Town) -> None:
    alfa = Station(town.alfa, MemoryBroker("c"))
    alfa.locked = True
    with pytest.raises(BackOff, match="locked"):
        alfa.sweeper.tick()


def test_it_asks_for_no_unit_of_work_before_its_time(town: Town) -> None:
    asked: list[object] = []
    sweeper = Sweeper(lambda *operation: asked.append(operation), 100, lambda: False)  # type: ignore[arg-type, return-value]
    assert sweeper.tick() == 0
    assert asked == []


def test_a_hold_ends_when_its_time_has_come_and_nobody_asks_before(town: Town) -> None:
    asked: list[object] = []

    def submit(operation: Callable[..., int], *arguments: object) -> Future[int]:
        asked.append(operation)
        future: Future[int] = Future()
        future.set_result(town.alfa.do(operation, *arguments))
        return future

    def is_time() -> bool:
        lapse_us = town.alfa.read(next_lapse_us)
        return lapse_us is not None and lapse_us <= town.clock.now_us()

    sweeper = Sweeper(submit, 100, lambda: False, (Chore(expire_holds, is_time),))
    town.alfa.do(place_hold, HoldOrder(ALICE, 60_00, "EUR", "cheque", town.clock.now_us() + 1_000_000))
    assert (sweeper.tick(), asked) == (0, [])
    town.clock.pass_ms(1_000)
    assert [sweeper.tick() for _ in range(2)] == [1, 0]
    assert asked == [expire_holds]
    assert town.alfa.read(queries.account, ALICE).held_minor == 0
    assert sweeper.said_again == 0
    town.lawful()


def test_a_request_that_nobody_decides_ends_and_its_money_is_free_again(town: Town) -> None:
    alfa = Station(town.alfa, MemoryBroker("c"))

    def is_time() -> bool:
        expires_us = town.alfa.read(next_expiry)
        return expires_us is not None and expires_us <= town.clock.now_us()

    sweeper = Sweeper(alfa.submit, 100, lambda: False, (Chore(expire_approvals, is_time),))
    town.alfa.do(ask_approval, Request("transfer", an_order(60_00, actor="okafor")))
    assert sweeper.tick() == 0
    town.clock.pass_ms(town.alfa.charter.approval_expiry_ms)
    assert [sweeper.tick() for _ in range(2)] == [1, 0]
    assert town.alfa.read(queries.account, ALICE).held_minor == 0
    town.lawful()


def test_a_suspect_bank_says_nothing_again_but_ends_what_has_its_time(tmp_path: Path) -> None:
    with a_neighbourhood(tmp_path) as near:
        alfa, mine = near.open("ALFA"), account_of("ALFA")
        near.go_on()
        alfa.send("BRVO")
        asked = TransferOrder(mine, "BRVO", account_of("BRVO"), 60_00, "EUR", actor="okafor")
        alfa.bank.submit_and_wait(ask_approval, Request("transfer", asked))
        until_us = near.clock.now_us() + 1_000_000
        alfa.bank.submit_and_wait(place_hold, HoldOrder(mine, 5_00, "EUR", "cheque", until_us))
        alfa.bank.submit_and_wait(suspect, "an old backup")
        near.pass_ms(alfa.bank.charter.approval_expiry_ms)
        alfa.turn("sweeper")
        assert alfa.rows("SELECT held FROM accounts WHERE kind = 'customer'") == [(0,)]
        assert alfa.rows("SELECT state, decided_by FROM approvals") == [("EXPIRED", "expiry")]
        assert alfa.post.sweeper.said_again == 0
        near.lawful()
