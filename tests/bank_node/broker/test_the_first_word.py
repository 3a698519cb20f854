"""What a bank says first: its word in the registry lies on the topic before any money that is sealed with its key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bank_node.broker.memory import MemoryPublisher
from bank_node.transfers.topics import BANK_REGISTRY, EXTERNAL_TRANSFERS
from tests.bank_node.broker.neighbours import OPENING, Neighbourhood, a_neighbourhood


@pytest.fixture
def near(tmp_path: Path) -> Iterator[Neighbourhood]:
    with a_neighbourhood(tmp_path) as near:
        yield near


def test_nothing_is_said_between_reading_the_registry_and_the_first_word(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    near.open("BRVO")
    near.go_on(turns=2)
    alfa = near.open("ALFA")
    alfa.send("BRVO")
    registrar = alfa.post.registrar
    assert registrar is not None
    speak = registrar._speak

    def while_the_relay_turns() -> None:
        alfa.loops["relay"].step()
        assert near.messages() == []
        speak()

    monkeypatch.setattr(registrar, "_speak", while_the_relay_turns)
    alfa.turn("consumer")
    near.go_on()
    assert near.banks["BRVO"].incidents == []
    assert near.banks["BRVO"].balance == OPENING + 1_00


def test_a_key_that_comes_to_be_while_money_is_sealed_is_told_before_it_too(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay was at work already when the consumer's thread made the key known."""
    near.open("BRVO")
    near.go_on(turns=2)
    alfa = near.open("ALFA")
    alfa.send("BRVO")
    registrar, relay = alfa.post.registrar, alfa.post.relay
    assert registrar is not None
    speak = registrar._speak
    monkeypatch.setattr(registrar, "_speak", lambda: None)
    alfa.turn("consumer")
    said: list[str] = []
    seal, publish = relay._seal, MemoryPublisher.publish

    def slowly(row: Any) -> Any:
        if row.topic == EXTERNAL_TRANSFERS and not said:
            speak()
        return seal(row)

    def overheard(publisher: MemoryPublisher, records: Any, timeout_s: float) -> Any:
        said.extend(record.topic for record in records)
        return publish(publisher, records, timeout_s)

    monkeypatch.setattr(relay, "_seal", slowly)
    monkeypatch.setattr(MemoryPublisher, "publish", overheard)
    alfa.turn("relay")
    assert said == [BANK_REGISTRY, EXTERNAL_TRANSFERS]
