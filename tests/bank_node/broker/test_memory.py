"""The lab controls of the in-memory broker: what goes wrong with a real one, on demand."""

from __future__ import annotations

import pytest

from bank_node.broker.memory import MemoryBroker
from bank_node.transfers.ports import Ack, BrokerAway, NotAcked, PositionLost, TopicSpec
from tests.bank_node.broker.conftest import Ends

ONE: dict[int, int | None] = {0: None}


@pytest.fixture
def ends() -> Ends:
    broker = MemoryBroker("lab")
    broker.ensure_topics([TopicSpec("t", 1)], 0)
    return Ends(broker, "t")


def lab(ends: Ends) -> MemoryBroker:
    assert isinstance(ends.broker, MemoryBroker)
    return ends.broker


def publish(ends: Ends, *bodies: bytes) -> list[Ack | NotAcked]:
    return ends.publisher().publish([ends.record(body) for body in bodies], 0)


def test_a_broker_that_is_away_takes_nothing_and_keeps_what_it_has(ends: Ends) -> None:
    publish(ends, b"1")
    reader = ends.open_reader(ONE)
    lab(ends).go_away()
    assert publish(ends, b"2") == [NotAcked("the broker is away")]
    for refused in (lambda: reader.poll(1, 0), lambda: ends.reader().open(0), lambda: ends.broker.ensure_topics([], 0)):
        with pytest.raises(BrokerAway):
            refused()
    assert not ends.broker.reachable(0)
    lab(ends).come_back()
    assert [record.value for record in reader.poll(9, 0)] == [b"1"]


def test_a_lost_ack_is_a_stored_record(ends: Ends) -> None:
    lab(ends).lose_acks(1)
    assert publish(ends, b"1", b"2") == [NotAcked("the acknowledgement was lost"), Ack(0, 1)]
    assert [record.value for record in lab(ends).records("t")] == [b"1", b"2"]


def test_repeated_records_come_again_under_new_offsets(ends: Ends) -> None:
    publish(ends, b"1", b"2", b"3")
    lab(ends).repeat_last("t", 0, 2)
    read = ends.open_reader(ONE).poll(9, 0)
    assert [(record.offset, record.value) for record in read] == list(enumerate([b"1", b"2", b"3", b"2", b"3"]))


def test_a_lost_tail_is_noticed_by_who_has_read_it(ends: Ends) -> None:
    publish(ends, b"1", b"2")
    reader = ends.open_reader(ONE)
    reader.poll(9, 0)
    lab(ends).lose_last("t", 0, 1)
    with pytest.raises(PositionLost):
        reader.poll(9, 0)


def test_a_wiped_topic_is_another_log(ends: Ends) -> None:
    publish(ends, b"1")
    reader = ends.reader()
    before = reader.open(0)
    reader.assign(ONE)
    lab(ends).wipe("t")
    with pytest.raises(PositionLost):
        reader.poll(9, 0)
    assert reader.open(0).topic_id != before.topic_id
    reader.assign(ONE)
    assert reader.poll(9, 0) == []


def test_a_held_partition_delivers_when_released(ends: Ends) -> None:
    reader = ends.open_reader(ONE)
    lab(ends).hold("t", 0)
    publish(ends, b"1")
    assert reader.poll(9, 0) == []
    lab(ends).release("t", 0)
    assert [record.value for record in reader.poll(9, 0)] == [b"1"]


def test_monitors_are_told_and_another_process_is_another_cluster(ends: Ends) -> None:
    ends.reader("g").commit_for_monitors({0: 7})
    assert lab(ends).monitored == {("g", "t", 0): 7}
    assert MemoryBroker().cluster_id != MemoryBroker().cluster_id
