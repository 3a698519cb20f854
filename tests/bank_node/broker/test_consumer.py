"""What comes in: taken once with its position, nothing skipped silently, whatever the broker or the database does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from bank_node.broker import consumer as consumer_module
from bank_node.broker.loop import BackOff
from bank_node.broker.memory import MemoryBroker
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.send_transfer import send_transfer
from bank_node.transfers.ports import OutgoingRecord, PositionLost, TopicSpec, partition_for
from bank_node.transfers.reading import Readable
from bank_node.transfers.topics import DEAD_LETTERS, EXTERNAL_TRANSFERS
from tests.bank_node.broker.station import Station, turn
from tests.support.cast import BOB, OPENING, SmallBank, Town, an_order

BRVO = partition_for(b"BRVO", 32)


@dataclass
class Post:
    """ALFA writes, BRVO reads."""

    town: Town
    broker: MemoryBroker
    alfa: Station
    brvo: Station

    def send(self, times: int = 1) -> None:
        for _ in range(times):
            self.alfa.do(send_transfer, an_order(1))
        turn(self.alfa.relay.tick)

    def put(self, value: bytes, key: bytes = b"BRVO") -> None:
        self.broker.publisher().publish([OutgoingRecord(EXTERNAL_TRANSFERS, key, value)], 0)

    @property
    def received(self) -> int:
        return self.town.brvo.balance(BOB) - OPENING

    def position(self) -> dict[int, int]:
        return self.brvo.stored_position(self.brvo.broker.reader(EXTERNAL_TRANSFERS, "").open(0))


@pytest.fixture
def post(town: Town) -> Post:
    broker = MemoryBroker("c")
    post = Post(town, broker, Station(town.alfa, broker), Station(town.brvo, broker))
    post.brvo.consumer.tick()
    post.alfa.consumer.tick()
    return post


def quarantined(bank: SmallBank) -> list[tuple[Any, ...]]:
    return list(bank.connection.execute("SELECT code, text, transaction_id FROM quarantine ORDER BY id").fetchall())


def test_the_first_tick_makes_the_topics_and_hears_the_broker(town: Town) -> None:
    broker = MemoryBroker("c")
    brvo = Station(town.brvo, broker)
    assert not brvo.link.up
    assert brvo.consumer.tick() == 0
    assert brvo.link.up
    assert broker.records(EXTERNAL_TRANSFERS) == broker.records(DEAD_LETTERS) == []


def test_a_request_is_credited_and_its_answer_completes_the_transfer(post: Post) -> None:
    post.send()
    assert post.brvo.consumer.tick() == 1
    assert post.received == 1
    turn(post.brvo.relay.tick, post.alfa.consumer.tick)
    assert post.alfa.consumer.outcomes == {"completed": 1}
    post.town.lawful()


def test_a_record_delivered_twice_credits_once(post: Post) -> None:
    post.send()
    post.broker.repeat_last(EXTERNAL_TRANSFERS, BRVO, 1)
    turn(post.brvo.consumer.tick, post.brvo.relay.tick, post.alfa.consumer.tick)
    assert post.received == 1
    assert post.brvo.consumer.outcomes == {"credited": 1, "repeat": 1}
    post.town.lawful()


def test_the_position_is_stored_with_the_effects_and_a_new_process_goes_on_from_it(post: Post) -> None:
    post.send(3)
    post.brvo.consumer.tick()
    assert post.position() == {BRVO: 3}
    post.brvo.open()
    post.send()
    turn(post.brvo.consumer.tick)
    assert post.brvo.consumer.outcomes == {"credited": 1}, "the first three were not read again"
    assert post.received == 4


def test_monitors_are_told_the_position(post: Post) -> None:
    post.send(3)
    turn(post.brvo.consumer.tick)
    assert post.broker.monitored["bankfed.fed.BRVO", EXTERNAL_TRANSFERS, BRVO] == 3
    assert post.brvo.link.lag == 0


def test_a_record_for_another_bank_is_skipped_before_it_is_decoded_and_counted(town: Town) -> None:
    broker = MemoryBroker("c")
    broker.ensure_topics([TopicSpec(EXTERNAL_TRANSFERS, 1)], 0)  # one partition for all
    post = Post(town, broker, Station(town.alfa, broker), Station(town.brvo, broker))
    post.put(b"\xff not even text", key=b"CHRL")
    post.send()
    turn(post.brvo.consumer.tick)
    assert post.brvo.consumer.skipped == 1
    assert post.brvo.consumer.outcomes == {"credited": 1}
    assert quarantined(town.brvo) == []
    assert post.position() == {0: 2}


def test_skipped_records_alone_do_not_cost_a_unit_of_work_each(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_module, "SKIPPED_UNSTORED_MAX", 5)
    foreign = orjson.dumps({"schema": "bankfed/1.0", "federation_id": "another-life"})
    for _ in range(4):
        post.put(foreign)
    turn(post.brvo.consumer.tick)
    assert (post.brvo.consumer.skipped, post.position()) == (4, {})
    post.put(foreign)
    turn(post.brvo.consumer.tick)
    assert (post.brvo.consumer.skipped, post.position()) == (5, {BRVO: 5})


@pytest.mark.parametrize("times", [1, 2])
def test_what_can_not_be_read_is_quarantined_and_the_next_record_flows(post: Post, times: int) -> None:
    for _ in range(times):
        post.put(b"\x00\xffpoison")
    post.send()
    post.brvo.consumer.tick()
    assert post.received == 1
    assert [(code, text) for code, text, _ in quarantined(post.town.brvo)] == [("FF01", "not JSON")] * times
    turn(post.brvo.relay.tick)
    letters = [orjson.loads(record.value or b"") for record in post.broker.records(DEAD_LETTERS)]
    assert [letter["source"]["offset"] for letter in letters] == list(range(times))


def test_a_quarantined_record_read_again_is_kept_once(post: Post) -> None:
    post.put(b"poison")
    turn(post.brvo.consumer.tick)
    post.town.brvo.connection.execute("DELETE FROM positions")
    post.brvo.open()
    turn(post.brvo.consumer.tick)
    assert post.brvo.consumer.outcomes == {"quarantined": 1}
    assert len(quarantined(post.town.brvo)) == 1


def test_a_locked_database_advances_nothing_and_the_records_come_again(post: Post) -> None:
    post.send(2)
    post.brvo.locked = True
    for _ in range(3):
        with pytest.raises(BackOff, match="the database: database is locked"):
            post.brvo.consumer.tick()
    assert (post.received, post.position()) == (0, {})
    assert post.brvo.link.up, "it is not the broker's fault"
    post.brvo.locked = False
    turn(post.brvo.consumer.tick)
    assert (post.received, post.position()) == (2, {BRVO: 2})


def test_a_batch_read_ahead_never_passes_one_that_failed(post: Post) -> None:
    post.brvo.slow = True
    post.send()
    assert post.brvo.consumer.tick() == 1, "the first batch is at the writer"
    post.send()
    post.brvo.locked = True
    post.brvo.work_off()
    with pytest.raises(BackOff):
        post.brvo.consumer.tick()
    assert post.brvo.waiting == [], "the second was not handed over"
    post.brvo.locked = post.brvo.slow = False
    turn(post.brvo.consumer.tick)
    assert (post.received, post.position()) == (2, {BRVO: 2})


def test_only_one_batch_is_at_the_writer_while_nothing_new_comes(post: Post) -> None:
    post.brvo.slow = True
    post.send()
    post.brvo.consumer.tick()
    assert post.brvo.consumer.tick() == 0, "an empty poll does not wait for the writer"
    assert [operation for _, operation, _ in post.brvo.waiting] == [receive_records]
    post.brvo.work_off()
    turn(post.brvo.consumer.tick)
    assert post.brvo.consumer.outcomes == {"credited": 1}


def spoil(victim: str) -> Any:
    """Processing whatever message of this transfer raises."""

    def spoils(operation: Any, arguments: tuple[Any, ...]) -> bool:
        records = arguments[0].records if operation is receive_records else ()
        return any(isinstance(one, Readable) and one.message.transaction_id == victim for one in records)

    return spoils


def test_a_record_whose_processing_fails_is_quarantined_alone(post: Post) -> None:
    post.send(3)
    victim = orjson.loads(post.broker.records(EXTERNAL_TRANSFERS, BRVO)[1].value or b"")["transaction_id"]
    post.brvo.spoils = spoil(victim)
    turn(post.brvo.consumer.tick)
    assert post.received == 2
    assert quarantined(post.town.brvo) == [("MS03", "processing it failed: ZeroDivisionError: a bug", victim)]
    assert post.position() == {BRVO: 3}
    post.town.lawful()


def test_a_quarantined_transfer_is_taken_when_it_is_said_again(post: Post) -> None:
    post.send()
    value = post.broker.records(EXTERNAL_TRANSFERS, BRVO)[0].value or b""
    post.brvo.spoils = spoil(orjson.loads(value)["transaction_id"])
    turn(post.brvo.consumer.tick)
    post.brvo.spoils = lambda operation, arguments: False
    post.broker.repeat_last(EXTERNAL_TRANSFERS, BRVO, 1)
    turn(post.brvo.consumer.tick)
    assert post.received == 1


def test_where_not_even_the_quarantine_takes_a_record_it_is_not_skipped(post: Post) -> None:
    post.send(2)
    post.brvo.spoils = lambda operation, arguments: operation is receive_records
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            post.brvo.consumer.tick()
    post.brvo.spoils = lambda operation, arguments: False
    turn(post.brvo.consumer.tick)
    assert (post.received, post.position()) == (2, {BRVO: 2})


def test_a_record_whose_reading_fails_is_quarantined(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.send()

    def break_down(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(post.brvo.consumer._desk, "read", break_down)
    turn(post.brvo.consumer.tick)
    assert [code for code, _, _ in quarantined(post.town.brvo)] == ["MS03"]


def test_the_link_says_when_the_broker_goes_and_comes(post: Post) -> None:
    post.broker.go_away()
    for _ in range(2):
        with pytest.raises(BackOff, match="away"):
            post.brvo.consumer.tick()
    assert (post.brvo.link.up, post.brvo.link.note) == (False, "the broker is away")
    post.broker.come_back()
    post.send()
    turn(post.brvo.consumer.tick)
    assert post.brvo.link.up
    assert post.received == 1


def test_a_batch_at_the_writer_while_the_broker_goes_away_is_not_read_again(post: Post) -> None:
    post.send()
    post.brvo.slow = True
    post.brvo.consumer.tick()
    post.broker.go_away()
    with pytest.raises(BackOff):
        post.brvo.consumer.tick()
    post.broker.come_back()
    post.brvo.slow = False
    post.brvo.work_off()
    turn(post.brvo.consumer.tick)
    assert post.brvo.consumer.outcomes == {"credited": 1}


def test_a_topic_made_anew_is_read_from_its_start_and_credits_nothing_twice(post: Post) -> None:
    post.send(2)
    records = post.broker.records(EXTERNAL_TRANSFERS, BRVO)
    turn(post.brvo.consumer.tick)
    post.broker.wipe(EXTERNAL_TRANSFERS)
    for record in records:
        post.put(record.value or b"")
    post.send()
    turn(post.brvo.consumer.tick)
    assert post.brvo.consumer.outcomes == {"credited": 3, "repeat": 2}
    assert (post.received, post.position()) == (3, {BRVO: 3})
    post.town.lawful()


def test_a_topic_made_anew_while_the_bank_was_down_is_read_from_its_start(post: Post) -> None:
    post.send(2)
    turn(post.brvo.consumer.tick)
    post.broker.wipe(EXTERNAL_TRANSFERS)
    post.send()
    post.brvo.open()
    turn(post.brvo.consumer.tick)
    assert post.received == 3


def test_another_cluster_is_read_from_its_start(post: Post) -> None:
    post.send(2)
    turn(post.brvo.consumer.tick)
    post.brvo.broker = MemoryBroker("another")
    post.brvo.open()
    turn(post.brvo.consumer.tick)
    for record in post.broker.records(EXTERNAL_TRANSFERS, BRVO):
        post.brvo.broker.publisher().publish([OutgoingRecord(EXTERNAL_TRANSFERS, b"BRVO", record.value or b"")], 0)
    turn(post.brvo.consumer.tick)
    assert post.brvo.consumer.outcomes == {"repeat": 2}
    assert post.received == 2


@pytest.mark.parametrize("restarted", [False, True])
def test_a_lost_tail_is_read_from_the_start_and_the_position_goes_back(post: Post, restarted: bool) -> None:
    post.send(3)
    turn(post.brvo.consumer.tick)
    post.broker.lose_last(EXTERNAL_TRANSFERS, BRVO, 2)
    if restarted:
        post.brvo.open()
    turn(post.brvo.consumer.tick)
    assert post.received == 3
    assert post.position() == {BRVO: 1}, "the new end of the log"
    post.send()
    turn(post.brvo.consumer.tick)
    assert (post.received, post.position()) == (4, {BRVO: 2})


def test_a_position_lost_with_a_batch_at_the_writer_still_reads_from_the_start(post: Post) -> None:
    post.send(3)
    post.brvo.slow = True
    post.brvo.consumer.tick()
    post.broker.lose_last(EXTERNAL_TRANSFERS, BRVO, 2)
    assert post.brvo.consumer.tick() == 1
    post.brvo.slow = False
    post.brvo.work_off()
    turn(post.brvo.consumer.tick)
    assert (post.received, post.position()) == (3, {BRVO: 1})


def test_a_mixed_federation_reads_every_partition(town: Town) -> None:
    broker = MemoryBroker("c")
    brvo = Station(town.brvo, broker, read_all_partitions=True)
    post = Post(town, broker, Station(town.alfa, broker), brvo)
    turn(brvo.consumer.tick)
    post.send()
    misplaced = broker.records(EXTERNAL_TRANSFERS, BRVO)[0].value or b""
    post.put(misplaced, key=b"")  # a foreign client without keys: another partition
    turn(brvo.consumer.tick)
    assert brvo.consumer.outcomes == {"credited": 1, "repeat": 1}
    assert post.position() == {BRVO: 1, partition_for(b"", 32): 1}


def test_an_unexpected_error_of_the_reader_begins_with_a_new_connection(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.send()
    reader = post.brvo.consumer._reader
    with monkeypatch.context() as broken:
        broken.setattr(reader, "poll", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            post.brvo.consumer.tick()
    turn(post.brvo.consumer.tick)
    assert post.received == 1


def test_a_thousand_records_redelivered_change_nothing(post: Post) -> None:
    post.send(100)
    turn(post.brvo.consumer.tick)
    before = post.town.brvo.snapshot().accounts
    for _ in range(10):
        post.broker.repeat_last(EXTERNAL_TRANSFERS, BRVO, 100)
    turn(post.brvo.consumer.tick)
    assert post.brvo.consumer.outcomes == {"credited": 100, "repeat": 1_000}
    assert post.town.brvo.snapshot().accounts == before
    turn(post.brvo.relay.tick, post.alfa.consumer.tick, turns=100)
    post.town.lawful()


def test_the_memory_of_a_lost_position_ends_with_the_first_batch_stored(post: Post) -> None:
    post.send(2)
    turn(post.brvo.consumer.tick)
    post.broker.lose_last(EXTERNAL_TRANSFERS, BRVO, 1)
    turn(post.brvo.consumer.tick)
    post.broker.go_away()
    with pytest.raises(BackOff):
        post.brvo.consumer.tick()
    post.broker.come_back()
    before = post.brvo.consumer.outcomes.total()
    turn(post.brvo.consumer.tick)
    assert post.brvo.consumer.outcomes.total() == before, "it went on from the stored position"
    with pytest.raises(PositionLost):
        post.brvo.consumer._reader.assign({BRVO: 9})
