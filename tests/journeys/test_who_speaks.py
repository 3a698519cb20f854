"""Anybody may write anything on a topic; only a bank can speak for itself, and may change its key in mid-sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from bank_node.broker.memory import MemoryBroker
from bank_node.identity import new_exchange_version
from bank_node.operations.payee import PayeeQuestion, ask_payee
from bank_node.settings import BankSettings
from bank_node.store.payees import payee
from bank_node.store.peers import known_peers
from bank_node.transfers.keys import canonical, new_identity
from bank_node.transfers.ports import Broker, OutgoingRecord
from bank_node.transfers.registry import record_key
from bank_node.transfers.topics import BANK_REGISTRY, EXTERNAL_TRANSFERS
from tests.bank_node.transfers.test_reading import a_body
from tests.support.cast import ALICE, BOB, CAROL, OPENING
from tests.support.running import Federation, Running, open_federation


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
def restless(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Federation]:
    """Banks whose old keys are believed for longer than a busy one takes to look into the registry: five seconds."""
    shared: Broker = MemoryBroker()
    make: Callable[[BankSettings], Broker] = lambda _settings: shared  # noqa: E731
    knobs = {"heartbeat_ms": 1_000, "key_announce_ms": 4_000, "key_window_ms": 8_000}
    if request.param == "kafka":
        from bank_node.broker.kafka import KafkaBroker

        make = KafkaBroker
        knobs |= {"key_announce_ms": 5_000, "key_window_ms": 10_000}
        knobs["kafka_bootstrap_servers"] = request.getfixturevalue("kafka").bootstrap
    with open_federation(tmp_path, make, **knobs) as federation:
        yield federation


def versions_of(bank: Running, of: str) -> list[int]:
    """Of the keys of another bank that this one has on file."""
    with bank.bank.readers.connection() as connection:
        return [key.version for peer in known_peers(connection) if peer.bank_id == of for key in peer.keys]


def word_of(bank: Running, of: str) -> bytes:
    with bank.bank.readers.connection() as connection:
        found = connection.exec_driver_sql(f"SELECT record FROM peers WHERE bank_id = '{of}'").scalar()
    return bytes(found or b"")


def incidents(bank: Running, column: str = "kind") -> list[str]:
    with bank.bank.readers.connection() as connection:
        return [str(row[0]) for row in connection.exec_driver_sql(f"SELECT {column} FROM incidents ORDER BY id")]


def put(bank: Running, topic: str, key: str, value: bytes) -> None:
    publisher = bank.broker.publisher()
    publisher.publish([OutgoingRecord(topic, key.encode(), value)], timeout_s=30)
    publisher.close()


def test_who_reaches_the_broker_can_speak_for_nobody(federation: Federation) -> None:
    alfa, brvo = federation.alfa, federation.brvo
    federation_id = alfa.bank.charter.federation_id
    federation.until(lambda: versions_of(alfa, "BRVO") == [1] == versions_of(brvo, "ALFA"))
    before, mallory = word_of(brvo, "ALFA"), new_identity()

    fields = orjson.loads(before) | {"sequence": 2**50, "url": "http://127.0.0.1:6666", "identity": mallory.public}
    del fields["signature"]
    forged = orjson.dumps(fields | {"signature": mallory.sign(canonical(fields))})
    put(alfa, BANK_REGISTRY, record_key(federation_id, "ALFA"), forged)
    put(alfa, EXTERNAL_TRANSFERS, "BRVO", a_body(federation_id=federation_id, amount_minor=99_00, content_hash=None))

    federation.until(lambda: incidents(brvo) == ["not_believed"])
    sent = alfa.send(12_50).result()
    federation.until(lambda: alfa.state(sent.id) == "COMPLETED")
    assert brvo.balance(BOB) == OPENING + 12_50
    assert orjson.loads(word_of(brvo, "ALFA"))["url"] == orjson.loads(before)["url"]
    federation.lawful()


def test_a_bank_is_told_whose_account_it_is_about_to_pay(federation: Federation) -> None:
    alfa = federation.alfa

    def name() -> str | None:
        with alfa.bank.readers.connection() as connection:
            known = payee(connection, "BRVO", BOB)
        return known.name if known else None

    alfa.bank.submit_and_wait(ask_payee, PayeeQuestion("BRVO", BOB))
    federation.until(lambda: name() == "Bob")


def test_banks_change_their_keys_while_payments_are_under_way(restless: Federation) -> None:
    alfa, brvo = restless.alfa, restless.brvo
    restless.until(lambda: versions_of(alfa, "BRVO") == [1] == versions_of(brvo, "ALFA"))
    payments = 0

    def pay_both_ways() -> None:
        nonlocal payments
        there = alfa.send(1).result()
        back = brvo.send(1, from_account=BOB, to_bank="ALFA", to_account=CAROL).result()
        restless.until(lambda: alfa.state(there.id) == brvo.state(back.id) == "COMPLETED")
        payments += 1

    assert new_exchange_version(alfa.bank.settings.data_dir) == 2
    while versions_of(brvo, "ALFA") != [1, 2]:
        pay_both_ways()
    assert new_exchange_version(brvo.bank.settings.data_dir) == 2  # while the other one's is told, and not yet used
    while not versions_of(brvo, "ALFA") == versions_of(alfa, "BRVO") == [2]:
        pay_both_ways()

    assert payments > 1
    assert [*incidents(alfa, "text"), *incidents(brvo, "text")] == []
    assert alfa.balance(ALICE) + alfa.balance(CAROL) == 2 * OPENING
    restless.lawful()
