"""A key whose file is lost while the bank runs, and keys that another process of the bank has made known meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.enquiry import holder_of
from bank_node.identity import IdentityProblem, new_exchange_version
from bank_node.operations.desk import DeskOrder, redrive_record
from bank_node.transfers.keyring import Keyring
from tests.bank_node.broker.neighbours import OPENING, Neighbour, Neighbourhood, a_neighbourhood, account_of

DAY_MS = 24 * 3_600_000


@pytest.fixture
def near(tmp_path: Path) -> Iterator[Neighbourhood]:
    with a_neighbourhood(tmp_path) as near:
        yield near


def key_file(near: Neighbourhood, bank_id: str, version: int) -> Path:
    return near.folder / bank_id / "secrets" / f"exchange-{version}.key"


def a_key_change(near: Neighbourhood, bank_id: str = "ALFA") -> None:
    """Announced, in force, and the one before it forgotten."""
    new_exchange_version(near.folder / bank_id)
    near.pass_ms(31_000)
    near.go_on()
    near.pass_ms(DAY_MS + 120_000)
    near.go_on(turns=40)


def told_by(near: Neighbourhood, bank_id: str) -> list[int]:
    return [key["version"] for key in orjson.loads(near.words_of(bank_id)[-1].value or b"")["keys"]]


def pays_both_ways(near: Neighbourhood, alfa: Neighbour, brvo: Neighbour) -> bool:
    sent = [(alfa, alfa.send("BRVO")), (brvo, brvo.send("ALFA"))]
    near.go_on(turns=20)
    near.lawful()
    return [bank.state(id_) for bank, id_ in sent] == ["COMPLETED", "COMPLETED"]


def test_the_newest_key_is_not_announced_away_when_its_file_vanishes(near: Neighbourhood) -> None:
    alfa, brvo = near.open("ALFA"), near.open("BRVO")
    near.go_on()
    a_key_change(near)
    key_file(near, "ALFA", 2).unlink()
    for _ in range(3):
        near.pass_ms(31_000)
        near.go_on(turns=4)
    assert told_by(near, "ALFA") == [2]
    assert [key.version for key in brvo.peers["ALFA"].keys] == [2]
    assert pays_both_ways(near, alfa, brvo)
    assert alfa.incidents == [("key_lost", None)], "said once, however often it is noticed"
    assert brvo.incidents == []


def test_nor_is_one_of_two_that_are_in_use(near: Neighbourhood) -> None:
    """The other banks seal with the second already, ALFA still with the first."""
    alfa, brvo = near.open("ALFA", key_announce_ms=DAY_MS), near.open("BRVO")
    near.go_on()
    new_exchange_version(near.folder / "ALFA")
    near.pass_ms(31_000)
    near.go_on()
    for version in (1, 2):
        lost = key_file(near, "ALFA", version)
        text = lost.read_text(encoding="ascii")
        lost.unlink()
        near.pass_ms(31_000)
        near.go_on(turns=4)
        assert told_by(near, "ALFA") == [1, 2]
        assert pays_both_ways(near, alfa, brvo)
        lost.write_text(text, encoding="ascii")
        near.pass_ms(31_000)
        near.go_on(turns=4)
    assert alfa.incidents == [("key_lost", None)] * 2
    assert brvo.incidents == []


def test_a_bank_whose_only_key_file_vanishes_goes_on_with_it_and_says_nothing_new(near: Neighbourhood) -> None:
    alfa, brvo = near.open("ALFA"), near.open("BRVO")
    near.go_on()
    key_file(near, "ALFA", 1).unlink()
    said = len(near.words_of("ALFA"))
    for _ in range(3):
        near.pass_ms(31_000)
        near.go_on(turns=4)
    assert len(near.words_of("ALFA")) == said
    assert pays_both_ways(near, alfa, brvo)
    assert alfa.incidents == [("key_lost", None)]


def test_a_lost_key_is_replaced_by_a_newer_one_and_nothing_under_way_is_lost(near: Neighbourhood) -> None:
    alfa, brvo = near.open("ALFA"), near.open("BRVO")
    near.go_on()
    a_key_change(near)
    key_file(near, "ALFA", 2).unlink()
    near.pass_ms(31_000)
    near.go_on(turns=4)
    on_the_way = brvo.send("ALFA")
    brvo.turn("relay")
    assert new_exchange_version(near.folder / "ALFA", above=2) == 3
    near.pass_ms(31_000)
    near.go_on()
    assert told_by(near, "ALFA") == [2, 3]
    assert brvo.state(on_the_way) == "COMPLETED"
    assert pays_both_ways(near, alfa, brvo)
    assert brvo.incidents == []
    assert alfa.incidents == [("key_lost", None)]


def test_a_process_that_never_had_the_lost_key_starts_with_a_newer_one(near: Neighbourhood) -> None:
    alfa, brvo = near.open("ALFA"), near.open("BRVO")
    near.go_on()
    a_key_change(near)
    alfa.end()
    key_file(near, "ALFA", 2).unlink()
    with pytest.raises(IdentityProblem, match="exchange key 2 of ALFA is gone"):
        alfa.begin()
    new_exchange_version(near.folder / "ALFA", above=2)
    alfa.begin()
    near.go_on()
    assert told_by(near, "ALFA") == [3]
    assert pays_both_ways(near, alfa, brvo)


@pytest.fixture
def three(near: Neighbourhood) -> tuple[Neighbour, Neighbour, Neighbour]:
    """BRVO, the process of ALFA that works the post room, and one that stands by."""
    brvo, first = near.open("BRVO"), near.open("ALFA")
    near.go_on()
    second = Neighbour(near, "ALFA", {})
    near.banks["ALFA, standing by"] = second
    return brvo, first, second


def lawful(near: Neighbourhood) -> None:
    standby = near.banks.pop("ALFA, standing by")
    near.lawful()
    near.banks["ALFA, standing by"] = standby


@pytest.mark.parametrize("times", [1, 2])
def test_a_standby_drives_a_record_again_that_is_sealed_with_a_key_of_the_other_process(
    near: Neighbourhood, three: tuple[Neighbour, ...], monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    brvo, first, second = three
    new_exchange_version(near.folder / "ALFA")
    near.pass_ms(31_000)
    near.go_on()
    assert [key.version for key in brvo.peers["ALFA"].keys] == [1, 2]
    brvo.send("ALFA")
    brvo.turn("relay")
    with monkeypatch.context() as patched:
        patched.setattr(Keyring, "_valid", lambda *_: ())
        first.turn("consumer")
    assert first.incidents == [("not_believed", "BRVO")]
    ((id_,),) = first.rows("SELECT id FROM quarantine")
    for _ in range(times):
        second.bank.submit_and_wait(redrive_record, DeskOrder("quarantine", str(id_), "sup"), second.bank.reading())
        assert second.balance == OPENING + 1_00
    near.go_on()
    assert brvo.balance == OPENING - 1_00
    lawful(near)


def test_a_standby_that_takes_over_reads_what_is_sealed_with_a_key_of_the_one_before(
    near: Neighbourhood, three: tuple[Neighbour, ...]
) -> None:
    brvo, first, second = three
    new_exchange_version(near.folder / "ALFA")
    near.pass_ms(31_000)
    near.go_on()
    id_ = brvo.send("ALFA")
    brvo.turn("relay")
    near.banks = {"BRVO": brvo, "ALFA": second}
    first.end()
    near.go_on()
    assert brvo.state(id_) == "COMPLETED"
    assert second.incidents == []
    near.lawful()


def test_a_standby_asks_a_bank_that_only_the_other_process_has_heard(near: Neighbourhood) -> None:
    near.open("ALFA")
    near.go_on()
    second = Neighbour(near, "ALFA", {"payee_wait_ms": 0})
    near.banks["ALFA, standing by"] = second
    brvo = near.open("BRVO")
    near.go_on()

    def asked() -> Any:
        asyncio.run(holder_of(second.bank, "BRVO", account_of("BRVO")))
        near.go_on()
        return asyncio.run(holder_of(second.bank, "BRVO", account_of("BRVO")))

    assert asked().name == "Holder at BRVO"
    assert brvo.incidents == []
