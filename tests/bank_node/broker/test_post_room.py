"""Two whole banks with their threads, on both brokers: what a customer sends arrives without anybody ticking."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bank_node.bank import Bank
from bank_node.broker.kafka import KafkaBroker
from bank_node.broker.loop import Loop
from bank_node.broker.memory import MemoryBroker
from bank_node.broker.post_room import PostRoom
from bank_node.broker.relay import LOOK_AT_TABLE_EVERY_S
from bank_node.ledger.account import make_number
from bank_node.opening import close_bank, open_bank
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.lease import under_lease
from bank_node.operations.orders import TransferOrder
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.redrive import hasten
from bank_node.operations.seeding import Seed, seed
from bank_node.operations.send_transfer import send_transfer
from bank_node.settings import BankSettings
from bank_node.store import queries, transfer_queries
from bank_node.transfers.ports import Broker
from bank_node.transfers.reading import Batch, Source, Unreadable
from federation.authority import Authority

ALICE, BOB = make_number("ALFA", 1), make_number("BRVO", 1)
PEERS = {"ALFA": "http://127.0.0.1:8001", "BRVO": "http://127.0.0.1:8002"}
PATIENCE_S = 20.0


@dataclass
class House:
    """A bank with its post room; `changed` is notified by every commit."""

    bank: Bank
    post: PostRoom
    changed: threading.Condition

    def wait_until(self, true: Callable[[], bool]) -> bool:
        with self.changed:
            return self.changed.wait_for(true, PATIENCE_S)

    def send(self, amount_minor: int) -> str:
        order = TransferOrder(ALICE, "BRVO", BOB, amount_minor, "EUR")
        return str(self.bank.submit_and_wait(send_transfer, order).id)

    def states(self) -> set[str]:
        with self.bank.readers.connection() as connection:
            return {row.state for row in transfer_queries.transfers(connection, limit=1_000)}

    def balance(self, number: str) -> int:
        with self.bank.readers.connection() as connection:
            account = queries.account(connection, number)
            assert account is not None
            return account.balance_minor


def open_house(
    folder: Path, bank_id: str, number: str, broker: Callable[[BankSettings], Broker], **knobs: Any
) -> House:
    settings = BankSettings(
        bank_id=bank_id,
        data_dir=folder / bank_id,
        federation_id=folder.name,
        authority_public_key=Authority(folder / "authority", folder.name).certify(bank_id, folder / bank_id),
        peers=PEERS,
        synchronous="OFF",
        **knobs,
    )
    bank = open_bank(settings)
    changed = threading.Condition()

    def notify(_: Any) -> None:
        with changed:
            changed.notify_all()

    bank.writer.on_commit.append(notify)
    account = {"number": number, "owner": "Somebody", "type": "current", "currency": "EUR"}
    bank.submit_and_wait(seed, Seed([{"name": "Somebody"}], [account]))
    bank.submit_and_wait(deposit, CashOrder(number, 1_000_00, "EUR"))
    house = House(bank, PostRoom(bank, broker(settings)), changed)
    house.post.start()
    return house


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
def houses(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[House, House]]:
    shared, knobs = MemoryBroker(), {}
    make: Callable[[BankSettings], Broker] = lambda _: shared  # noqa: E731
    if request.param == "kafka":
        make, knobs = KafkaBroker, {"kafka_bootstrap_servers": request.getfixturevalue("kafka").addresses}
    opened: list[House] = []
    try:
        for bank_id, number in (("ALFA", ALICE), ("BRVO", BOB)):
            opened.append(open_house(tmp_path, bank_id, number, make, **knobs))
        yield opened[0], opened[1]
    finally:
        late = [name for house in opened for name in house.post.stop(5.0)]
        for house in opened:
            close_bank(house.bank)
        assert late == []


def test_transfers_arrive_and_complete_by_themselves(houses: tuple[House, House]) -> None:
    alfa, brvo = houses
    for _ in range(50):
        alfa.send(1_00)
    assert alfa.wait_until(lambda: alfa.states() == {"COMPLETED"})
    assert brvo.balance(BOB) == 1_050_00
    assert alfa.balance(ALICE) == 950_00


def test_a_bank_that_never_hears_a_broker_works_and_closes_in_time(tmp_path: Path) -> None:
    alfa = open_house(tmp_path, "ALFA", ALICE, KafkaBroker, kafka_bootstrap_servers="127.0.0.1:9")
    try:
        alfa.send(1_00)
        assert alfa.states() == {"PENDING"}
        assert not alfa.bank.link.up
        assert alfa.post.stop(5.0) == []
    finally:
        close_bank(alfa.bank)


def test_when_the_broker_is_heard_again_what_waited_long_is_hastened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = BankSettings(bank_id="ALFA", data_dir=tmp_path, synchronous="OFF")
    bank = open_bank(settings)
    submitted: list[Any] = []
    try:
        post = PostRoom(bank, MemoryBroker())
        monkeypatch.setattr(bank.writer, "submit", lambda *said: submitted.append(said))
        post.tenure.fence = 7
        bank.link.heard()
        bank.link.heard()
        bank.link.lost("away")
        bank.link.heard()
        post.tenure.fence = None
        bank.link.lost("away")
        bank.link.heard()
        assert post.stop() == []
    finally:
        close_bank(bank)
    assert submitted == [(under_lease, "post_room", 7, hasten)] * 2  # a standby hastens nothing


def test_whoever_has_no_threads_steps_the_loops_by_hand(tmp_path: Path) -> None:
    settings = BankSettings(bank_id="ALFA", data_dir=tmp_path, synchronous="OFF", fetch_max_wait_ms=1)
    bank, woken = open_bank(settings), list[str]()

    class Stepped(Loop):
        def wake(self) -> None:
            woken.append(self.name)

    try:
        post = PostRoom(bank, MemoryBroker(), make_loop=Stepped, monotonic_s=lambda: 0.0)
        assert {loop.step() for loop in post.loops if loop.name == "relay"} == {LOOK_AT_TABLE_EVERY_S}
        unread = Unreadable(Source("t", 0, 0, None, b"?", 0), "FF01", "not JSON")
        bank.submit_and_wait(receive_records, Batch((unread,)))
        assert {loop.name for loop in post.loops} >= {"relay", "consumer", "sweeper", "tidy"}
        assert woken == ["relay"]
        assert [loop.step() for loop in post.loops if loop.name == "relay"] == [0.0]
        assert post.relay.published == 1
    finally:
        close_bank(bank)
