"""The informational topics: told in the background, in order, at least once; nobody's money depends on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.broker import news
from bank_node.ledger.chain import BEGINNING, Row, first_broken
from bank_node.operations.standing import suspect
from bank_node.transfers.ports import Ack, NotAcked, OutgoingRecord, Publisher
from bank_node.transfers.topics import AUDIT_LOG, INFORMATIONAL
from tests.bank_node.broker.neighbours import Neighbour, Neighbourhood, a_neighbourhood, account_of


@pytest.fixture
def near(tmp_path: Path) -> Iterator[Neighbourhood]:
    with a_neighbourhood(tmp_path) as near:
        yield near


@pytest.fixture
def pair(near: Neighbourhood) -> tuple[Neighbour, Neighbour]:
    alfa, brvo = near.open("ALFA"), near.open("BRVO")
    near.go_on()
    return alfa, brvo


def heard(near: Neighbourhood, topic: str, bank: str = "ALFA") -> list[dict[str, Any]]:
    said = [orjson.loads(record.value or b"{}") for record in near.broker.records(topic)]
    return [one for one in said if one["bank"] == bank]


def lines_heard(near: Neighbourhood, bank: str = "ALFA") -> list[Row]:
    lines = [line for one in heard(near, AUDIT_LOG, bank) for line in one["lines"]]
    return [Row(**{**line, "hash": bytes.fromhex(line["hash"])}) for line in lines]


def rows_of(bank: Neighbour) -> int:
    return int(bank.rows("SELECT max(seq) FROM audit_log")[0][0])


class DeafPublisher:
    """Takes nothing, and counts what it was offered."""

    def __init__(self, answer: Ack | NotAcked) -> None:
        self.answer, self.offered, self.closed = answer, 0, 0

    def publish(self, records: Sequence[OutgoingRecord], timeout_s: float) -> list[Ack | NotAcked]:
        self.offered += len(records)
        return [self.answer] * len(records)

    def close(self) -> None:
        self.closed += 1


def deaf(bank: Neighbour, answer: Ack | NotAcked) -> DeafPublisher:
    """From now on the news of this bank go there."""
    publisher = DeafPublisher(answer)

    def opened() -> Publisher:
        return publisher

    bank.post.newsroom.close()
    bank.post.newsroom._open = opened
    return publisher


def test_a_transfers_life_is_told_under_its_accounts(near: Neighbourhood, pair: tuple[Neighbour, Neighbour]) -> None:
    alfa, brvo = pair
    done = alfa.send("BRVO", 3_00)
    near.go_on()
    initiated, completed = heard(near, "transaction_initiated"), heard(near, "transaction_completed")
    for told in (initiated, completed):
        assert [(one["transaction_id"], one["account"], one["amount_minor"]) for one in told] == [
            (done, account_of("ALFA"), 3_00)
        ]
    (funded,) = [one for one in heard(near, "account_funded", "BRVO") if one["by"] == "transfer_in"]
    assert (funded["account"], funded["transaction_id"], funded["actor"]) == (account_of("BRVO"), done, "ALFA")
    keys = {record.key for record in near.broker.records("transaction_initiated")}
    assert keys == {account_of("ALFA").encode()}
    assert brvo.balance == 1_000_00 + 3_00


def test_a_refused_transfer_is_told_with_its_reason(near: Neighbourhood, pair: tuple[Neighbour, Neighbour]) -> None:
    alfa, brvo = pair
    brvo.bank.submit_and_wait(lambda books, *_: books.customers.change_state(1, "blocked"))
    failed = alfa.send("BRVO")
    near.go_on()
    (told,) = heard(near, "transaction_failed")
    assert (told["transaction_id"], told["reason"]["code"]) == (failed, "AC06")


def test_the_whole_audit_log_arrives_and_its_chain_holds(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, _ = pair
    for _ in range(5):
        alfa.send("BRVO")
    near.go_on()
    lines = lines_heard(near)
    assert len(lines) == rows_of(alfa)
    assert first_broken(lines) is None
    assert heard(near, AUDIT_LOG)[0]["previous_hash"] == BEGINNING.hex()


def test_a_restart_tells_on_from_where_it_was(near: Neighbourhood, pair: tuple[Neighbour, Neighbour]) -> None:
    alfa, _ = pair
    alfa.send("BRVO")
    near.go_on()
    alfa.start_again()
    alfa.send("BRVO")
    near.go_on()
    assert [line.seq for line in lines_heard(near)] == list(range(1, rows_of(alfa) + 1))


def test_what_was_not_marked_is_told_again_with_the_same_event_id(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, _ = pair
    alfa.send("BRVO")
    near.broker.lose_acks(100)
    alfa.turn("news")
    assert heard(near, "transaction_initiated"), "the broker has it, and the bank does not know"
    near.broker.lose_acks(0)
    near.go_on()
    told = Counter(one["event_id"] for one in heard(near, "transaction_initiated"))
    assert list(told.values()) == [2]
    near.lawful()


def test_a_broker_that_takes_no_news_is_left_alone_for_longer_each_time(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, _ = pair
    publisher = deaf(alfa, NotAcked("nobody leads the topic"))
    done = alfa.send("BRVO")
    offered = []
    for _ in range(40):
        near.go_on(1)
        offered.append(publisher.offered)
    tries = [now for now, before in zip(offered[1:], offered, strict=False) if now != before]
    assert 3 <= len(tries) <= 6, "after 2, 4, 8, 16 seconds"
    assert alfa.state(done) == "COMPLETED", "money does not wait for the news"
    near.lawful()


def test_what_can_never_be_told_is_let_go(near: Neighbourhood, pair: tuple[Neighbour, Neighbour]) -> None:
    alfa, _ = pair
    deaf(alfa, NotAcked("too large", final=True))
    alfa.send("BRVO")
    near.go_on()
    assert alfa.post.newsroom._seq == rows_of(alfa)


def test_an_old_backlog_is_told_a_piece_at_a_time_and_a_busy_bank_tells_less(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr(news, "ROWS_WHEN_BUSY", 2)
    alfa, _ = pair
    near.go_on()
    for _ in range(20):
        alfa.send("BRVO", 1)
    told = len(lines_heard(near))
    alfa.turn("news")
    assert len(lines_heard(near)) == told + 5
    monkeypatch.setattr(news, "BUSY_OPERATIONS", 3)
    for _ in range(10):
        alfa.send("BRVO", 1)
    alfa.turn("news")
    assert len(lines_heard(near)) == told + 7


def test_a_bank_at_rest_closes_the_publisher_and_opens_another_one_for_the_next_news(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "QUIET_TICKS_MAX", 3)
    alfa, _ = pair
    publisher = deaf(alfa, Ack(0, 0))
    alfa.send("BRVO")
    near.go_on(20)
    assert publisher.closed == 1
    offered = publisher.offered
    alfa.send("BRVO")
    near.go_on(2)
    assert publisher.offered > offered


def test_a_suspect_bank_tells_no_news(near: Neighbourhood, pair: tuple[Neighbour, Neighbour]) -> None:
    alfa, _ = pair
    near.go_on()
    alfa.bank.submit_and_wait(suspect, "restored")
    before = near.broker.records(AUDIT_LOG)
    near.go_on()
    assert [one for one in near.broker.records(AUDIT_LOG)[len(before) :] if one.key == b"ALFA"] == []


def test_it_can_be_turned_off(near: Neighbourhood) -> None:
    alfa = near.open("ALFA", informational_topics=False)
    near.open("BRVO", informational_topics=False)
    done = alfa.send("BRVO")
    near.go_on(20)
    assert alfa.state(done) == "COMPLETED"
    assert [near.broker.records(topic) for topic in INFORMATIONAL] == [[]] * len(INFORMATIONAL)


def test_losing_all_news_harms_nothing(near: Neighbourhood) -> None:
    alfa, brvo = near.open("ALFA"), near.open("BRVO")
    for bank in (alfa, brvo):
        deaf(bank, Ack(0, 0))
    sent = [alfa.send("BRVO", amount) for amount in range(1, 20)] + [brvo.send("ALFA", 5)]
    near.go_on(30)
    assert {bank.state(id_) for bank, id_ in zip([alfa] * 19 + [brvo], sent, strict=True)} == {"COMPLETED"}
    assert [near.broker.records(topic) for topic in INFORMATIONAL] == [[]] * len(INFORMATIONAL)
    near.lawful()
