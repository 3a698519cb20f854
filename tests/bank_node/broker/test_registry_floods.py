"""Forgeries in numbers: they cost time, and hide nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from bank_node.broker import registrar as registrar_module
from bank_node.broker.registrar import PROOFS_MAX
from bank_node.transfers import keys
from tests.bank_node.broker.neighbours import FEDERATION, OPENING, Neighbour, Neighbourhood, a_neighbourhood


@pytest.fixture
def near(tmp_path: Path) -> Iterator[Neighbourhood]:
    with a_neighbourhood(tmp_path) as near:
        yield near


@pytest.fixture
def pair(near: Neighbourhood) -> tuple[Neighbour, Neighbour]:
    """ALFA and BRVO, who have heard each other."""
    alfa, brvo = near.open("ALFA"), near.open("BRVO")
    near.go_on()
    return alfa, brvo


@pytest.fixture
def signatures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Those that were looked at, certificates too."""
    looked_at: list[str] = []
    verify = keys.verify
    monkeypatch.setattr(keys, "verify", lambda *word: looked_at.append(word[1]) or verify(*word))
    return looked_at


def test_ten_thousand_garbage_records_cost_the_start_one_signature_for_each_that_claims_to_be_newer(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], monkeypatch: pytest.MonkeyPatch
) -> None:
    alfa, _ = pair
    alfa.end()
    real, higher = orjson.loads(near.words_of("BRVO")[-1].value or b""), iter(range(10_000))
    garbage = [
        lambda: b"garbage",
        lambda: orjson.dumps({"type": "bank.record", "federation_id": FEDERATION}),
        lambda: orjson.dumps(real | {"sequence": real["sequence"] + next(higher)}),
        lambda: orjson.dumps(real | {"sequence": 1}),
    ]
    for number in range(10_000):
        near.put_word("BRVO", garbage[number % 4]())
    looked_at = []
    verify = keys.verify
    monkeypatch.setattr(keys, "verify", lambda *word: looked_at.append(1) or verify(*word))
    alfa.begin()
    alfa.turn("consumer")
    assert alfa.post.registrar is not None
    assert not alfa.post.registrar.is_ready(), "others get their turn in between"
    assert len(looked_at) <= PROOFS_MAX + registrar_module.RECORDS_MAX
    alfa.turn("consumer")
    assert alfa.post.registrar.is_ready()
    assert 2_500 <= len(looked_at) <= 2_500 + 10
    near.pass_ms(60_000)
    near.go_on()
    assert alfa.peers["BRVO"].heard_us > near.clock.at_us - 60_000_000


def test_what_was_refused_once_is_not_looked_at_again_when_the_registry_is_read_from_its_start(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], signatures: list[str]
) -> None:
    alfa, _ = pair
    real = orjson.loads(near.words_of("BRVO")[-1].value or b"")
    for number in range(300):
        near.put_word("BRVO", orjson.dumps(real | {"sequence": real["sequence"] + 10_000_000 + number}))
    assert alfa.post.registrar is not None
    alfa.post.registrar.catch_up()
    assert len(signatures) == 300
    for _ in range(2):
        alfa.post.registrar.forget()
        signatures.clear()
        alfa.post.registrar.catch_up()
        assert len(signatures) <= len(near.words_of("ALFA")), "its own words are held against its books each time"
    assert alfa.peers["BRVO"].sequence == real["sequence"]


def test_certificates_she_made_herself_do_not_push_out_the_ones_that_are_known(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], signatures: list[str]
) -> None:
    """A genuine word costs its signature, and its certificate nothing."""
    alfa, brvo = pair
    real = orjson.loads(near.words_of("BRVO")[-1].value or b"")
    for number in range(600):
        forged = {"sequence": real["sequence"] + 10_000_000 + number, "certificate": f"{number:0128x}"}
        near.put_word("BRVO", orjson.dumps(real | forged))
    assert alfa.post.registrar is not None
    alfa.post.registrar.catch_up()
    assert len(signatures) == 600, "a wrong certificate costs no signature"
    near.pass_ms(31_000)
    brvo.turn()
    brvo.turn()
    signatures.clear()
    alfa.post.registrar.catch_up()
    assert len(signatures) == 1
    assert alfa.peers["BRVO"].sequence > real["sequence"]


def test_a_banks_word_is_heard_however_many_forgeries_come_after_it(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, brvo = pair
    for _ in range(3):
        near.pass_ms(31_000)
        brvo.turn()
        real = orjson.loads(near.words_of("BRVO")[-1].value or b"")
        for number in range(450):
            near.put_word("BRVO", orjson.dumps(real | {"sequence": real["sequence"] + 1_000 + number}))
        alfa.turn("consumer")
        assert alfa.peers["BRVO"].sequence == real["sequence"]


def test_a_flood_is_read_on_at_once_and_money_is_read_meanwhile(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registrar_module, "PROOFS_MAX", 500)
    alfa, brvo = pair
    near.pass_ms(31_000)
    real = orjson.loads(near.words_of("BRVO")[-1].value or b"")
    for number in range(1_500):
        near.put_word("BRVO", orjson.dumps(real | {"sequence": real["sequence"] + 10_000_000 + number}))
    brvo.send("ALFA")
    brvo.turn()
    brvo.turn()
    newest = orjson.loads(near.words_of("BRVO")[-1].value or b"")["sequence"]
    alfa.turn("consumer")
    alfa.turn("consumer")
    assert (alfa.balance, alfa.peers["BRVO"].sequence) == (OPENING + 1_00, real["sequence"])
    alfa.turn("consumer")
    alfa.turn("consumer")
    assert alfa.peers["BRVO"].sequence == newest


def test_a_record_under_its_own_key_that_nobody_believes_is_worth_a_warning(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], caplog: pytest.LogCaptureFixture
) -> None:
    real = orjson.loads(near.words_of("ALFA")[-1].value or b"")
    near.put_word("ALFA", orjson.dumps(real | {"keys": real["keys"] * 17}))
    near.pass_ms(6_000)
    pair[0].turn("consumer")
    assert "under this bank's own key is not believed by any bank: keys is not a list" in caplog.text
