"""What every broker behind the ports does: one set of tests, on the one in memory and on Apache Kafka."""

from __future__ import annotations

import threading

import pytest

from bank_node.transfers.ports import Ack, BrokerAway, NotAcked, PositionLost, TopicSpec, partition_for
from tests.bank_node.broker.conftest import PARTITIONS, PATIENCE_S, Ends, read

BRVO = partition_for(b"BRVO", PARTITIONS)


def test_a_published_record_is_read_as_it_was_written(ends: Ends) -> None:
    [ack] = ends.publisher().publish([ends.record(b"12.50 for Bob")], PATIENCE_S)
    [record] = read(ends.open_reader({BRVO: None}), 1)
    assert ack == Ack(BRVO, 0)
    assert (record.topic, record.partition, record.offset) == (ends.topic, BRVO, 0)
    assert (record.key, record.value, record.headers) == (b"BRVO", b"12.50 for Bob", (("ce_type", b"test"),))
    assert record.timestamp_ms > 1_600_000_000_000


def test_records_of_one_key_keep_their_order_and_each_gets_its_own_answer(ends: Ends) -> None:
    bodies = [f"{number}".encode() for number in range(1_000)]
    acks = ends.publisher().publish([ends.record(body) for body in bodies], PATIENCE_S)
    assert acks == [Ack(BRVO, offset) for offset in range(1_000)]
    assert [record.value for record in read(ends.open_reader({BRVO: None}), 1_000)] == bodies


def test_a_key_chooses_its_partition_as_java_does(ends: Ends) -> None:
    banks = [b"ALFA", b"BRVO", b"CHRL", b"DLTA"]
    acks = ends.publisher().publish([ends.record(b"x", key=bank) for bank in banks], PATIENCE_S)
    assert [ack.partition for ack in acks if isinstance(ack, Ack)] == [partition_for(k, PARTITIONS) for k in banks]


def test_a_reader_reads_only_the_partitions_it_was_given(ends: Ends) -> None:
    ends.publisher().publish([ends.record(b"for Alfa", b"ALFA"), ends.record(b"for Brvo", b"BRVO")], PATIENCE_S)
    reader = ends.open_reader({BRVO: None})
    assert [record.value for record in read(reader, 1)] == [b"for Brvo"]
    assert reader.poll(500, 0.05) == []


def test_a_reader_can_read_all_partitions(ends: Ends) -> None:
    ends.publisher().publish([ends.record(b"for Alfa", b"ALFA"), ends.record(b"for Brvo", b"BRVO")], PATIENCE_S)
    everything = read(ends.open_reader(dict.fromkeys(range(PARTITIONS))), 2)
    assert sorted(record.value or b"" for record in everything) == [b"for Alfa", b"for Brvo"]


def test_reading_goes_on_from_the_offset_it_is_given(ends: Ends) -> None:
    ends.publisher().publish([ends.record(b"first"), ends.record(b"second")], PATIENCE_S)
    reader = ends.open_reader({BRVO: 1})
    assert [record.value for record in read(reader, 1)] == [b"second"]


def test_going_back_delivers_the_same_records_again(ends: Ends) -> None:
    ends.publisher().publish([ends.record(b"first"), ends.record(b"second")], PATIENCE_S)
    reader = ends.open_reader({BRVO: None})
    once = read(reader, 2)
    reader.assign({BRVO: 0})
    assert read(reader, 2) == once


def test_a_poll_brings_no_more_than_asked_for_and_loses_nothing(ends: Ends) -> None:
    ends.publisher().publish([ends.record(str(number).encode()) for number in range(10)], PATIENCE_S)
    reader = ends.open_reader({BRVO: None})
    first = reader.poll(3, PATIENCE_S)
    assert 1 <= len(first) <= 3
    assert [record.offset for record in first + read(reader, 10 - len(first))] == list(range(10))


def test_an_empty_poll_is_an_empty_list(ends: Ends) -> None:
    assert ends.open_reader({BRVO: None}).poll(500, 0.05) == []


def test_a_waiting_poll_returns_when_a_record_comes(ends: Ends) -> None:
    reader, publisher = ends.open_reader({BRVO: None}), ends.publisher()
    late = threading.Timer(0.05, publisher.publish, ([ends.record(b"late")], PATIENCE_S))
    late.start()
    assert [record.value for record in reader.poll(500, PATIENCE_S)] == [b"late"]
    late.join()


def test_the_lag_is_what_has_not_been_read(ends: Ends) -> None:
    ends.publisher().publish([ends.record(str(number).encode()) for number in range(10)], PATIENCE_S)
    reader = ends.open_reader({BRVO: None})
    got = reader.poll(4, PATIENCE_S)
    assert reader.lag() == 10 - len(got)


def test_how_far_behind_a_reader_is_is_known_before_it_has_read_anything(ends: Ends) -> None:
    reader = ends.open_reader({BRVO: None})
    assert reader.behind() == 0
    ends.publisher().publish([ends.record(str(number).encode()) for number in range(10)], PATIENCE_S)
    assert reader.behind() == 10
    read(reader, 10)
    assert reader.behind() == 0


def test_a_reader_that_is_not_open_can_not_say_how_far_behind_it_is(ends: Ends) -> None:
    with pytest.raises(BrokerAway):
        ends.reader().behind()


def test_a_position_past_the_end_of_the_log_is_lost(ends: Ends) -> None:
    ends.publisher().publish([ends.record(b"only one")], PATIENCE_S)
    reader = ends.reader()
    reader.open(PATIENCE_S)
    with pytest.raises(PositionLost):
        reader.assign({BRVO: 2})
    reader.assign({BRVO: None})
    assert len(read(reader, 1)) == 1


def test_the_identity_names_cluster_topic_and_partitions_and_stays(ends: Ends) -> None:
    identity, again = ends.reader().open(PATIENCE_S), ends.reader().open(PATIENCE_S)
    assert identity == again
    assert identity.topic == ends.topic
    assert identity.partitions == PARTITIONS
    assert identity.cluster_id not in ("", "None")
    assert identity.topic_id not in ("", "None")


def test_making_topics_twice_changes_nothing(ends: Ends) -> None:
    before = ends.reader().open(PATIENCE_S)
    ends.publisher().publish([ends.record(b"kept")], PATIENCE_S)
    ends.broker.ensure_topics([TopicSpec(ends.topic, 7), TopicSpec(ends.topic + "-2", 3)], PATIENCE_S)
    assert ends.reader().open(PATIENCE_S) == before
    assert len(read(ends.open_reader({BRVO: None}), 1)) == 1


def test_a_topic_that_is_not_there_can_not_be_opened_and_takes_no_records(ends: Ends) -> None:
    missing = ends.topic + "-missing"
    with pytest.raises(BrokerAway, match="no topic"):
        ends.broker.reader(missing, "g").open(PATIENCE_S)
    [answer] = ends.publisher().publish([Ends(ends.broker, missing).record(b"x")], PATIENCE_S)
    assert isinstance(answer, NotAcked)
    assert not answer.final


def test_a_record_that_is_too_large_can_never_be_sent_and_holds_up_no_other(ends: Ends) -> None:
    publisher = ends.publisher()
    records = [ends.record(b"before"), ends.record(b"x" * 1_100_000), ends.record(b"after")]
    before, large, after = publisher.publish(records, PATIENCE_S)
    assert isinstance(large, NotAcked)
    assert large.final
    assert (before, after) == (Ack(BRVO, 0), Ack(BRVO, 1))


def test_nothing_published_is_nothing_answered(ends: Ends) -> None:
    assert ends.publisher().publish([], PATIENCE_S) == []


def test_a_closed_reader_says_so_and_can_be_opened_again(ends: Ends) -> None:
    ends.publisher().publish([ends.record(b"x")], PATIENCE_S)
    reader = ends.open_reader({BRVO: None})
    reader.close()
    with pytest.raises(BrokerAway):
        reader.poll(500, 0.05)
    reader.open(PATIENCE_S)
    reader.assign({BRVO: None})
    assert len(read(reader, 1)) == 1


def test_the_broker_can_be_reached(ends: Ends) -> None:
    assert ends.broker.reachable(PATIENCE_S)
