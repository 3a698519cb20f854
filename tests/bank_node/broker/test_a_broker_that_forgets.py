"""Topic made anew, tail cut, another cluster: noticed, read from the start, everything open said again at once."""

from __future__ import annotations

import pytest

from bank_node.broker.memory import MemoryBroker
from bank_node.operations.send_transfer import send_transfer
from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.bank_node.broker.station import Station, turn
from tests.support.cast import ALICE, BOB, OPENING, Town, an_order


@pytest.fixture
def post(town: Town) -> tuple[MemoryBroker, Station, Station]:
    """One transfer has made the whole way, so both banks have read this log."""
    broker = MemoryBroker("c")
    alfa, brvo = Station(town.alfa, broker), Station(town.brvo, broker)
    alfa.do(send_transfer, an_order(1))
    turn(*loops(alfa, brvo))
    assert town.brvo.balance(BOB) == OPENING + 1
    return broker, alfa, brvo


def loops(alfa: Station, brvo: Station) -> tuple[object, ...]:
    return tuple(room.tick for bank in (alfa, brvo) for room in (bank.relay, bank.consumer, bank.sweeper))


def test_a_wiped_topic_is_noticed_and_what_was_lost_is_said_again(
    town: Town, post: tuple[MemoryBroker, Station, Station]
) -> None:
    broker, alfa, brvo = post
    alfa.do(send_transfer, an_order(2))
    turn(alfa.relay.tick)
    broker.wipe(EXTERNAL_TRANSFERS)
    turn(*loops(alfa, brvo), turns=50)
    assert town.brvo.balance(BOB) == OPENING + 3
    assert town.alfa.balance(ALICE) == OPENING - 3
    assert alfa.link.noticed
    assert town.alfa.connection.execute("SELECT kind FROM incidents").fetchall() == [("broker_forgot",)]
    town.lawful()


def test_a_cut_tail_is_noticed_and_the_lost_answer_comes_again(
    town: Town, post: tuple[MemoryBroker, Station, Station]
) -> None:
    broker, alfa, brvo = post
    alfa.do(send_transfer, an_order(2))
    turn(alfa.relay.tick, brvo.consumer.tick, brvo.relay.tick)
    broker.lose_last(EXTERNAL_TRANSFERS, partition_for(b"ALFA", 32), 2)
    turn(*loops(alfa, brvo), turns=50)
    assert town.brvo.balance(BOB) == OPENING + 3
    assert town.alfa.own_balance("suspense:out") == 0
    town.lawful()


def test_another_cluster_is_another_log(town: Town, post: tuple[MemoryBroker, Station, Station]) -> None:
    _, alfa, brvo = post
    alfa.do(send_transfer, an_order(2))
    turn(alfa.relay.tick)
    other = MemoryBroker("another cluster")
    alfa, brvo = Station(town.alfa, other), Station(town.brvo, other)
    turn(*loops(alfa, brvo), turns=50)
    assert town.brvo.balance(BOB) == OPENING + 3
    assert brvo.link.noticed
    town.lawful()
