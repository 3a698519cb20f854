"""The outbox goes out: once each when all is well, again when nobody knows, never silently not."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import orjson
import pytest

from bank_node.broker.loop import BackOff
from bank_node.broker.memory import MemoryBroker
from bank_node.broker.sealing import KeyWanted
from bank_node.operations.publishing import mark_published
from bank_node.operations.redrive import redrive_due
from bank_node.operations.registry import hear_banks
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.outbox import NEWS
from bank_node.transfers.ports import TopicSpec
from bank_node.transfers.registry import PeerRecord
from bank_node.transfers.topics import BANK_REGISTRY, DEAD_LETTERS, EXTERNAL_TRANSFERS
from tests.bank_node.broker.station import Station, turn
from tests.support.cast import Town, an_order

CHRL = PeerRecord("CHRL", "Charlie", "http://127.0.0.1:8003", "00" * 32, "00" * 64, (), "open", 1, 1)


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker("c")


@pytest.fixture
def alfa(town: Town, broker: MemoryBroker) -> Station:
    return Station(town.alfa, broker)


def send(station: Station, times: int = 1) -> list[str]:
    return [station.do(send_transfer, an_order(1)).id for _ in range(times)]


def queue_news(books: Any, now_us: int, _ids: Any, topic: str, body: bytes = b"{}") -> int:
    return int(
        books.outbox.queue(now_us, topic=topic, key="k", type_="news", transaction_id=None, body=body, lane=NEWS)
    )


def on_topic(broker: MemoryBroker) -> list[str]:
    return [orjson.loads(record.value or b"")["transaction_id"] for record in broker.records(EXTERNAL_TRANSFERS)]


def states(station: Station) -> list[str]:
    found = station.bank.connection.execute("SELECT state FROM transfers ORDER BY created_us, transaction_id")
    return [row[0] for row in found]


def unmarked(station: Station) -> int:
    query = "SELECT count(*) FROM outbox WHERE published_us IS NULL AND parked IS NULL"
    return int(station.bank.connection.execute(query).fetchone()[0])


def test_a_committed_message_goes_out_from_memory_and_is_marked(alfa: Station, broker: MemoryBroker) -> None:
    turn(alfa.relay.tick)
    reads = alfa.table_reads
    [sent] = send(alfa)
    assert states(alfa) == ["PENDING"]
    assert alfa.relay.tick() == 1
    assert on_topic(broker) == [sent]
    assert states(alfa) == ["SENT"]
    assert alfa.link.up
    assert alfa.table_reads == reads, "the rows were in memory"
    assert alfa.relay.tick() == 0


def test_a_new_process_reads_the_table_first(alfa: Station, broker: MemoryBroker) -> None:
    sent = send(alfa, 3)
    alfa.open()
    turn(alfa.relay.tick)
    assert on_topic(broker) == sent
    assert unmarked(alfa) == 0


def test_while_the_broker_is_away_messages_wait_and_the_link_says_so(alfa: Station, broker: MemoryBroker) -> None:
    turn(alfa.relay.tick)
    broker.go_away()
    sent = send(alfa, 3)
    for _ in range(2):
        with pytest.raises(BackOff, match="away"):
            alfa.relay.tick()
    assert not alfa.link.up
    assert "away" in alfa.link.note
    assert states(alfa) == ["PENDING"] * 3
    broker.come_back()
    sent += send(alfa)
    turn(alfa.relay.tick)
    assert on_topic(broker) == sent, "all of them, once, in order"
    assert alfa.link.up
    assert unmarked(alfa) == 0


def test_a_lost_ack_is_sent_twice_and_marked_once(alfa: Station, broker: MemoryBroker) -> None:
    [sent] = send(alfa)
    broker.lose_acks(1)
    turn(alfa.relay.tick)
    assert on_topic(broker) == [sent, sent]
    assert states(alfa) == ["SENT"]
    assert unmarked(alfa) == 0


def test_a_crash_between_ack_and_mark_sends_again(alfa: Station, broker: MemoryBroker) -> None:
    turn(alfa.relay.tick)
    [sent] = send(alfa)
    alfa.slow = True
    alfa.relay.tick()
    alfa.waiting.clear()  # the process dies with the mark still queued
    alfa.slow = False
    alfa.open()
    turn(alfa.relay.tick)
    assert on_topic(broker) == [sent, sent]
    assert unmarked(alfa) == 0


def test_marks_the_database_did_not_take_are_marked_later_and_not_sent_again(
    alfa: Station, broker: MemoryBroker
) -> None:
    turn(alfa.relay.tick)
    [sent] = send(alfa)
    alfa.locked = True
    alfa.relay.tick()
    with pytest.raises(BackOff, match="could not be marked"):
        alfa.relay.tick()
    alfa.locked = False
    turn(alfa.relay.tick, turns=3)
    turn(alfa.relay.tick)
    assert on_topic(broker) == [sent]
    assert states(alfa) == ["SENT"]


def test_more_than_memory_holds_is_read_from_the_table_in_order(town: Town, broker: MemoryBroker) -> None:
    alfa = Station(town.alfa, broker, remembered_max=2, batch_max=3)
    turn(alfa.relay.tick)
    sent = send(alfa, 10)
    turn(alfa.relay.tick)
    assert on_topic(broker) == sent
    assert unmarked(alfa) == 0


def test_what_is_committed_while_the_table_is_read_goes_out_once_and_in_order(town: Town, broker: MemoryBroker) -> None:
    alfa = Station(town.alfa, broker, batch_max=2)
    sent = send(alfa, 5)
    alfa.open()
    while unmarked(alfa):
        alfa.relay.tick()
        if len(sent) < 9:
            sent += send(alfa)
    assert on_topic(broker) == sent


def test_a_message_that_can_never_be_sent_is_parked_with_an_incident_and_the_next_one_goes(
    alfa: Station, broker: MemoryBroker
) -> None:
    alfa.do(queue_news, "audit_log", b'{"x":"%b"}' % (b"y" * 1_100_000))
    alfa.do(queue_news, "audit_log")
    turn(alfa.relay.tick)
    assert [record.value for record in broker.records("audit_log")] == [b"{}"]
    assert alfa.relay.parked == 1
    [incident] = alfa.bank.connection.execute("SELECT kind, text FROM incidents").fetchall()
    assert incident[0] == "parked"
    alfa.open()
    turn(alfa.relay.tick)
    assert alfa.relay.parked == 0, "it is not tried again"


def test_a_row_that_can_not_be_sealed_is_parked_too(alfa: Station, broker: MemoryBroker) -> None:
    alfa.do(queue_news, DEAD_LETTERS, b"not json")
    [sent] = send(alfa)
    turn(alfa.relay.tick)
    assert on_topic(broker) == [sent]
    assert alfa.relay.parked == 1


def test_news_without_a_topic_do_not_hold_up_money_and_go_out_when_they_can(
    alfa: Station, broker: MemoryBroker
) -> None:
    alfa.do(queue_news, "other-news")
    [sent] = send(alfa)
    turn(alfa.relay.tick)
    assert on_topic(broker) == [sent]
    assert alfa.link.up
    broker.ensure_topics([TopicSpec("other-news", 1)], 0)
    turn(alfa.relay.tick)
    assert broker.records("other-news") == [], "it sits out for a while"
    alfa.seconds += 60
    turn(alfa.relay.tick)
    assert len(broker.records("other-news")) == 1


def test_a_topic_somebody_deleted_is_made_again(alfa: Station, broker: MemoryBroker) -> None:
    alfa.do(queue_news, "audit_log")
    turn(alfa.relay.tick)
    broker.delete("audit_log")
    alfa.do(queue_news, "audit_log")
    turn(alfa.relay.tick)
    alfa.seconds += 60
    turn(alfa.relay.tick)
    assert len(broker.records("audit_log")) == 1


def test_a_message_said_again_keeps_its_row_and_counts_its_attempt(
    town: Town, alfa: Station, broker: MemoryBroker
) -> None:
    send(alfa, 3)
    turn(alfa.relay.tick)
    town.clock.pass_ms(60_000)
    assert alfa.do(redrive_due, 1) == 1
    turn(alfa.relay.tick)
    attempts = [orjson.loads(record.value or b"")["attempt"] for record in broker.records(EXTERNAL_TRANSFERS)]
    assert attempts == [1, 1, 1, 2]
    assert unmarked(alfa) == 0


def test_at_most_a_few_units_of_work_with_marks_wait_at_the_writer(alfa: Station, broker: MemoryBroker) -> None:
    turn(alfa.relay.tick)
    alfa.slow = True
    for _ in range(4):
        send(alfa)
        alfa.relay.tick()
    assert [operation for _, operation, _ in alfa.waiting] == [mark_published] * 4
    alfa.work_off()
    alfa.slow = False
    turn(alfa.relay.tick)
    assert unmarked(alfa) == 0


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_everything_goes_out_and_first_times_are_in_order(
    seed: int, town: Town, broker: MemoryBroker
) -> None:
    chance = Random(seed)
    alfa = Station(town.alfa, broker, remembered_max=4, batch_max=3)
    sent: list[str] = []
    happenings: list[Callable[[], Any]] = [
        lambda: sent.extend(send(alfa, chance.randrange(1, 6))),
        lambda: turn(alfa.relay.tick, turns=chance.randrange(1, 4)),
        broker.go_away,
        broker.come_back,
        broker.come_back,
        lambda: broker.lose_acks(chance.randrange(3)),
        alfa.open,
        lambda: setattr(alfa, "locked", chance.random() < 0.3),
    ]
    for _ in range(60):
        chance.choice(happenings)()
    broker.come_back()
    broker.lose_acks(0)
    alfa.locked = False
    for _ in range(20):
        turn(alfa.relay.tick)
    assert list(dict.fromkeys(on_topic(broker))) == sent
    assert unmarked(alfa) == 0
    assert set(states(alfa)) == {"SENT"}


def test_after_an_error_nobody_foresaw_everything_goes_out_all_the_same(alfa: Station, broker: MemoryBroker) -> None:
    ids = send(alfa, 3)
    publisher, failures = alfa.relay._publisher, iter((RuntimeError("a bug"),))

    def fail_once(*arguments: Any) -> Any:
        for failure in failures:
            raise failure
        return type(publisher).publish(publisher, *arguments)

    publisher.publish = fail_once  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        alfa.relay.tick()
    turn(alfa.relay.tick)
    assert sorted(on_topic(broker)) == sorted(ids)
    assert unmarked(alfa) == 0


def test_a_message_that_waits_for_a_key_stays_and_goes_as_soon_as_the_key_is_known(
    alfa: Station, broker: MemoryBroker
) -> None:
    turn(alfa.relay.tick)
    seal, wanted = alfa.relay._seal, []

    def without_a_key(row: Any) -> Any:
        raise KeyWanted(row.key)

    alfa.relay._seal = without_a_key
    alfa.relay._key_wanted = lambda: wanted.append(1)
    ids = send(alfa, 3)
    turn(alfa.relay.tick)
    assert (on_topic(broker), unmarked(alfa), states(alfa)) == ([], 3, ["PENDING"] * 3)
    assert len(wanted) == 3
    alfa.relay._seal = seal
    turn(alfa.relay.tick)
    assert on_topic(broker) == []
    alfa.relay.look_again()
    turn(alfa.relay.tick)
    assert on_topic(broker) == ids
    assert (unmarked(alfa), states(alfa)) == (0, ["SENT"] * 3)


def test_a_message_that_waits_for_a_key_holds_up_nobody_elses(alfa: Station, broker: MemoryBroker) -> None:
    turn(alfa.relay.tick)
    seal = alfa.relay._seal
    first, second, third = send(alfa, 3)

    def without_a_key(row: Any) -> Any:
        if row.transaction_id == second:
            raise KeyWanted(row.key)
        return seal(row)

    alfa.relay._seal = without_a_key
    turn(alfa.relay.tick)
    assert on_topic(broker) == [first, third]
    assert unmarked(alfa) == 1


def test_what_waits_for_a_key_is_not_read_again_and_again_and_goes_once_there_is_one(
    town: Town, broker: MemoryBroker
) -> None:
    """However much waits for a bank that nobody has heard of, the others' money is not behind it."""
    alfa = Station(town.alfa, broker, batch_max=8)
    alfa.keyless = {"CHRL"}
    alfa.do(hear_banks, [CHRL])
    waiting = [alfa.do(send_transfer, an_order(1, to_bank="CHRL", to_account="DE-1")).id for _ in range(50)]
    wanted: list[int] = []
    alfa.relay._key_wanted = lambda: wanted.append(1)
    turn(alfa.relay.tick)
    for _ in range(3):
        alfa.seconds += 6
        alfa.rows_read, asked = 0, len(wanted)
        ids = send(alfa, 2)
        assert alfa.relay.tick() >= 2
        assert on_topic(broker)[-2:] == ids
        assert alfa.rows_read <= 3, "of the rows that wait none is read"
        assert len(wanted) > asked, "and the key is looked for"
    assert unmarked(alfa) == 50
    alfa.keyless.clear()
    alfa.relay.look_again()
    turn(alfa.relay.tick)
    assert sorted(on_topic(broker)[-50:]) == sorted(waiting)
    assert unmarked(alfa) == 0


def test_only_what_is_sealed_waits_for_a_key(town: Town, broker: MemoryBroker) -> None:
    alfa = Station(town.alfa, broker)
    alfa.keyless = {"CHRL", "k"}
    alfa.do(hear_banks, [CHRL])
    alfa.do(send_transfer, an_order(1, to_bank="CHRL", to_account="DE-1"))
    turn(alfa.relay.tick)
    alfa.do(queue_news, BANK_REGISTRY)
    alfa.seconds += 6
    turn(alfa.relay.tick)
    assert [record.topic for record in broker.records(BANK_REGISTRY)] == [BANK_REGISTRY]
    assert unmarked(alfa) == 1


def test_nothing_is_sent_before_the_bank_may_speak(alfa: Station, broker: MemoryBroker) -> None:
    alfa.relay._may_speak = lambda: False
    send(alfa)
    alfa.do(queue_news, BANK_REGISTRY)
    turn(alfa.relay.tick)
    assert unmarked(alfa) == 2
    alfa.relay._may_speak = lambda: True
    turn(alfa.relay.tick)
    assert unmarked(alfa) == 0


def test_a_registry_that_takes_nothing_does_not_hold_up_money(alfa: Station, broker: MemoryBroker) -> None:
    turn(alfa.relay.tick)
    alfa.do(queue_news, "a topic nobody made")
    alfa.relay._introduces = True
    ids = send(alfa)
    turn(alfa.relay.tick)
    assert on_topic(broker) == ids
