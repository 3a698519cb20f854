"""A bank whose database was replaced by an older copy notices it before it speaks; no other bank ever does.

Certified banks on a broker in memory, their loops stepped by hand.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.broker.memory import MemoryReader
from bank_node.ledger.errors import Refusal
from bank_node.operations.cash import CashOrder, deposit
from bank_node.transfers.ports import Record
from bank_node.transfers.topics import BANK_REGISTRY
from tests.bank_node.broker.neighbours import OPENING, Neighbour, Neighbourhood, a_neighbourhood, account_of
from tests.support.backup import restore, take_backup

HEARTBEAT_MS = 31_000


@pytest.fixture
def near(tmp_path: Path) -> Iterator[Neighbourhood]:
    with a_neighbourhood(tmp_path) as near:
        yield near


@pytest.fixture
def pair(near: Neighbourhood) -> tuple[Neighbour, Neighbour]:
    """ALFA and BRVO, who have heard each other and traded a little."""
    alfa, brvo = near.open("ALFA"), near.open("BRVO")
    near.go_on()
    alfa.send("BRVO")
    brvo.send("ALFA")
    near.go_on()
    return alfa, brvo


def database(bank: Neighbour) -> Path:
    return bank.near.folder / bank.bank_id / "bank.db"


def heartbeat(near: Neighbourhood) -> None:
    """Everybody has said where its chain ends, and everybody has heard it."""
    near.pass_ms(HEARTBEAT_MS)
    near.go_on()


def restored(bank: Neighbour, backup: Path) -> None:
    bank.end()
    restore(backup, database(bank))
    bank.begin()
    bank.turn("sweeper")
    bank.near.pass_ms(16_000)  # the backup has a lease of the process that made it, which must run out


def silent_and_unmoved(near: Neighbourhood, bank: Neighbour) -> bool:
    """Whatever comes, it says nothing on any topic, decides nothing, and its position stays where it is."""
    decisions = "SELECT count(*) FROM decisions"
    place = "SELECT partition, next_offset FROM positions ORDER BY partition"
    before = (
        near.words_of(bank.bank_id),
        near.messages(from_bank=bank.bank_id),
        bank.rows(decisions),
        bank.rows(place),
    )
    near.go_on()
    heartbeat(near)
    after = (near.words_of(bank.bank_id), near.messages(from_bank=bank.bank_id), bank.rows(decisions), bank.rows(place))
    return before == after


def test_its_own_word_in_the_registry_tells_it_before_its_first_heartbeat(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    alfa, brvo = pair
    backup = take_backup(database(brvo), tmp_path / "backup.db")
    for _ in range(3):
        alfa.send("BRVO")
        brvo.send("ALFA")
    near.go_on()
    heartbeat(near)
    under_way = brvo.send("ALFA")
    brvo.turn("relay")
    restored(brvo, backup)
    sent = alfa.send("BRVO", 7_00)
    words, messages = near.words_of("BRVO"), near.messages(from_bank="BRVO")
    with caplog.at_level(logging.CRITICAL):
        brvo.turn()
    assert brvo.bank.standing.suspect
    assert "its own record in the registry knows row" in brvo.bank.standing.words
    assert "speaks to no other bank any more" in caplog.text
    assert (near.words_of("BRVO"), near.messages(from_bank="BRVO")) == (words, messages)
    assert silent_and_unmoved(near, brvo)
    assert (alfa.state(sent), brvo.incidents) == ("SENT", [("suspect", None)])
    with pytest.raises(Refusal, match="not to be believed"):
        brvo.send("ALFA")
    brvo.start_again()
    assert brvo.bank.standing.suspect, "it is remembered"
    assert silent_and_unmoved(near, brvo)
    assert under_way
    near.lawful()


@pytest.mark.parametrize("polls", [1, 3])
def test_a_broker_that_delivers_nothing_for_a_while_does_not_hide_its_own_word(
    near: Neighbourhood,
    pair: tuple[Neighbour, Neighbour],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    polls: int,
) -> None:
    """An empty poll is not the end of the registry."""
    alfa, brvo = pair
    alfa.send("BRVO", 7_00)
    backup = take_backup(database(alfa), tmp_path / "backup.db")
    alfa.send("BRVO", 9_00)
    near.go_on()
    heartbeat(near)
    restored(alfa, backup)
    brvo.end()
    near.banks.pop("BRVO")
    messages, words = near.messages(from_bank="ALFA"), near.words_of("ALFA")
    poll, empty = MemoryReader.poll, [BANK_REGISTRY] * polls

    def paused(reader: MemoryReader, max_records: int, timeout_s: float) -> list[Record]:
        if empty and reader._topic == BANK_REGISTRY:
            empty.pop()
            return []
        return poll(reader, max_records, timeout_s)

    monkeypatch.setattr(MemoryReader, "poll", paused)
    for _ in range(polls + 2):
        alfa.turn()
        assert (near.messages(from_bank="ALFA"), near.words_of("ALFA")) == (messages, words)
    assert not empty
    assert "its own record in the registry knows row" in alfa.bank.standing.words


def test_each_word_it_has_ever_told_is_held_against_its_books_not_only_the_newest(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], tmp_path: Path
) -> None:
    """Once it has gone on from a backup unnoticed, its newest word fits its books again."""
    alfa, _ = pair
    backup = take_backup(database(alfa), tmp_path / "backup.db")
    for _ in range(3):
        alfa.bank.submit_and_wait(deposit, CashOrder(account_of("ALFA"), 1, "EUR"))
    heartbeat(near)
    near.banks.pop("BRVO").end()
    told = [record.value for record in near.words_of("ALFA")]
    near.broker.wipe(BANK_REGISTRY)
    restored(alfa, backup)
    near.go_on()
    for _ in range(30):
        alfa.bank.submit_and_wait(deposit, CashOrder(account_of("ALFA"), 2, "EUR"))
    heartbeat(near)
    assert not alfa.bank.standing.suspect, "nobody has told it yet"
    newest = near.words_of("ALFA")[-1].value
    near.broker.wipe(BANK_REGISTRY)
    for value in (*told, newest):
        near.put_word("ALFA", value or b"")
    alfa.start_again()
    near.pass_ms(16_000)
    alfa.turn()
    assert "its own record in the registry knows row" in alfa.bank.standing.words


def test_a_peers_known_head_alone_tells_it(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], tmp_path: Path
) -> None:
    alfa, brvo = pair
    backup = take_backup(database(brvo), tmp_path / "backup.db")
    alfa.send("BRVO", 5_00)
    near.go_on()
    heartbeat(near)
    near.broker.wipe(BANK_REGISTRY)
    restored(brvo, backup)
    heartbeat(near)
    assert not brvo.bank.standing.suspect, "nobody has told it yet"
    sent = alfa.send("BRVO", 7_00)
    near.go_on()
    assert "ALFA knows row" in brvo.bank.standing.words
    assert brvo.balance == OPENING + 5_00, "what its backup forgot came once more; the 7.00 did not"
    assert alfa.state(sent) == "SENT"
    assert silent_and_unmoved(near, brvo)
    near.lawful()


def test_an_answer_to_what_it_does_not_know_to_have_sent_tells_it(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], tmp_path: Path
) -> None:
    alfa, _ = pair
    heartbeat(near)
    backup = take_backup(database(alfa), tmp_path / "backup.db")
    lost = alfa.send("BRVO", 5_00)
    near.go_on()
    assert alfa.state(lost) == "COMPLETED"
    restored(alfa, backup)
    near.go_on()
    assert alfa.bank.standing.words == f"SUSPECT: BRVO answers {lost}, which this bank does not know to have sent"
    assert silent_and_unmoved(near, alfa)
    near.lawful()


def test_the_others_go_on_without_it(near: Neighbourhood, pair: tuple[Neighbour, Neighbour], tmp_path: Path) -> None:
    alfa, brvo = pair
    backup = take_backup(database(brvo), tmp_path / "backup.db")
    near.open("CHRL", peers={"ALFA": "http://127.0.0.1/ALFA", "CHRL": "http://127.0.0.1/CHRL"})
    alfa.send("BRVO")
    near.go_on()
    heartbeat(near)
    restored(brvo, backup)
    near.go_on()
    assert brvo.bank.standing.suspect
    chrl = near.banks["CHRL"]
    done = chrl.send("ALFA", 3_00)
    near.go_on()
    assert chrl.state(done) == "COMPLETED"
    assert not alfa.bank.standing.suspect
    near.lawful()


@pytest.mark.parametrize("seed", range(6))
def test_no_bank_becomes_suspect_that_only_crashes_and_starts_again(near: Neighbourhood, seed: int) -> None:
    """Whatever was committed and not said, said and not marked, said twice, or heard late."""
    chance = random.Random(seed)
    banks = [near.open("ALFA"), near.open("BRVO")]
    for _ in range(120):
        bank, other = chance.sample(banks, 2)
        step = chance.randrange(8)
        if step < 2:
            bank.send(other.bank_id, chance.randrange(1, 50))
        elif step < 6:
            bank.turn(chance.choice(("relay", "consumer", "sweeper")))
        elif step == 6:
            bank.start_again()
        else:
            near.pass_ms(chance.choice((500, 16_000, HEARTBEAT_MS)))
        assert [one.bank_id for one in banks if one.bank.standing.suspect] == []
    near.go_on(40)
    assert sum(bank.balance for bank in banks) == 2 * OPENING
    near.lawful()
