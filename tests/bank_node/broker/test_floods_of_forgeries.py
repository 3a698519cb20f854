"""Any number of records that nobody believes: little is written down of each, and nobody else waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.operations.desk import DeskOrder, mark_seen
from tests.bank_node.broker.mallory import a_request, put, set_aside, unmoved
from tests.bank_node.broker.neighbours import OPENING, Neighbour, Neighbourhood, a_neighbourhood


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


def test_a_flood_of_forgeries_is_one_incident_for_each_bank_and_reason(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    _, brvo = pair
    for number in range(50):
        put(near, a_request(transaction_id=f"m-{number}", mac="ab" * 32))
        put(near, a_request(transaction_id=f"n-{number}"))
        put(near, a_request(f"ML{number:02}", transaction_id=f"s-{number}"))
    for _ in range(2):
        near.go_on(turns=2)
        brvo.post.consumer._from_start = True  # read again they count no more
        brvo.post.consumer._assigned = False
    near.pass_ms(60_000)
    put(near, a_request(transaction_id="m-later", mac="ab" * 32))
    near.go_on(turns=2)
    noted = brvo.rows("SELECT peer, text, times, (last_us - at_us) / 60000000 FROM incidents ORDER BY id")
    assert noted == [
        ("ALFA", "not believed: its mac is not ALFA's", 51, 1),
        ("ALFA", "not believed: it carries no mac", 50, 0),
        (None, "from_bank is not another bank of the directory", 50, 0),
    ]
    assert len(set_aside(brvo)) == 151
    assert unmoved(near)


def test_what_comes_after_an_incident_was_seen_is_another_one(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    _, brvo = pair
    put(near, a_request(mac="ab" * 32))
    near.go_on(turns=2)
    brvo.bank.submit_and_wait(mark_seen, DeskOrder("incident", "1", "teller1"))
    put(near, a_request(transaction_id="t-2", mac="ab" * 32))
    near.go_on(turns=2)
    assert brvo.rows("SELECT times, seen_by FROM incidents ORDER BY id") == [(1, "teller1"), (1, None)]


def test_a_flood_of_forgeries_asks_the_registry_once_a_batch(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], monkeypatch: pytest.MonkeyPatch
) -> None:
    alfa, brvo = pair
    for number in range(700):
        put(near, a_request(transaction_id=f"t-{number}", mac="ab" * 32))
    alfa.send("BRVO")
    alfa.turn("relay")
    assert brvo.post.registrar is not None
    asked, catch_up = [], brvo.post.registrar.catch_up
    monkeypatch.setattr(brvo.post.registrar, "catch_up", lambda: asked.append(1) or catch_up())
    for _ in range(4):
        brvo.turn("consumer")
    assert len(asked) == 2
    assert brvo.balance == OPENING + 1_00
