"""Who the banks are, by their own word: heard, believed, told on; and what a forged word does, which is nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.broker.memory import MemoryPublisher
from bank_node.ledger.errors import Refusal
from bank_node.transfers import keys
from bank_node.transfers.ports import BrokerAway
from bank_node.transfers.topics import BANK_REGISTRY, EXTERNAL_TRANSFERS
from tests.bank_node.broker.neighbours import FEDERATION, OPENING, Neighbour, Neighbourhood, a_neighbourhood

MALLORY = keys.new_identity()


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


def known(bank: Neighbour, of: str) -> Any:
    """All that this bank holds of another one, in its books, its keyring and its directory; not when it was heard."""
    keyring, directory = bank.bank.keyring, bank.bank.charter.directory
    assert keyring is not None
    peer = asdict(bank.peers[of]) | {"heard_us": 0} if of in bank.peers else None
    return peer, keyring.seal(of, {"a": 1}), keyring.known_head(of), directory.get(of), directory.name_of(of)


def test_two_banks_hear_each_other_and_their_money_is_sealed(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, brvo = pair
    assert set(alfa.peers) == set(brvo.peers) == {"ALFA", "BRVO"}
    id_ = alfa.send("BRVO")
    near.go_on()
    assert alfa.state(id_) == "COMPLETED"
    assert brvo.balance == OPENING + 1_00
    assert {type(message.get("mac")) for message in near.messages()} == {str}
    assert near.messages(type="transfer.requested")[0]["known_head"]["seq"] == alfa.peers["BRVO"].head_seq
    near.lawful()


def test_a_payment_to_a_bank_not_heard_yet_waits_and_goes_as_soon_as_it_is_heard(near: Neighbourhood) -> None:
    alfa = near.open("ALFA")
    id_ = alfa.send("BRVO")
    near.go_on()
    assert alfa.state(id_) == "PENDING"
    assert near.messages() == []
    near.open("BRVO")
    near.go_on(turns=6)
    assert alfa.state(id_) == "COMPLETED"
    assert near.banks["BRVO"].incidents == []
    near.lawful()


def test_a_bank_that_is_in_no_list_of_peers_becomes_known_by_its_word(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, _ = pair
    with pytest.raises(Refusal, match="there is no bank 'CHRL'"):
        alfa.send("CHRL")
    chrl = near.open("CHRL", bank_name="Charlie & Co", port=8003)
    near.go_on()
    assert alfa.bank.charter.directory["CHRL"] == "http://127.0.0.1:8003"
    assert alfa.bank.charter.directory.name_of("CHRL") == "Charlie & Co"
    there, back = alfa.send("CHRL"), chrl.send("BRVO")
    near.go_on()
    assert (alfa.state(there), chrl.state(back)) == ("COMPLETED", "COMPLETED")
    alfa.start_again()
    assert "CHRL" in alfa.bank.charter.directory
    near.lawful()


def test_a_bank_that_has_just_joined_is_believed_at_once(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    _, brvo = pair
    chrl = near.open("CHRL")
    chrl.turn()
    chrl.send("BRVO")
    chrl.turn()
    assert "CHRL" not in brvo.peers
    brvo.turn("consumer")
    brvo.turn("consumer")
    assert brvo.balance == OPENING + 1_00
    assert brvo.incidents == []


def test_a_banks_word_goes_out_before_the_first_money_it_seals(near: Neighbourhood) -> None:
    near.open("BRVO")
    near.go_on(turns=2)
    alfa = near.open("ALFA")
    alfa.turn("consumer")
    alfa.send("BRVO")
    alfa.post.relay.forget()
    said: list[str] = []

    class Orderly(MemoryPublisher):
        def publish(self, records: Any, timeout_s: float) -> Any:
            said.extend(record.topic for record in records)
            return super().publish(records, timeout_s)

    alfa.post.relay._publisher = Orderly(near.broker)
    alfa.turn("relay")
    assert said == [BANK_REGISTRY, EXTERNAL_TRANSFERS]


def forged(change: Callable[[dict[str, Any]], dict[str, Any]], signer: keys.Identity | None = None) -> Any:
    """BRVO's newest word, changed; signed again if somebody has signed it."""

    def make(near: Neighbourhood) -> bytes:
        fields = orjson.loads(near.words_of("BRVO")[-1].value or b"")
        fields = {**fields, "sequence": fields["sequence"] + 1_000, **change(fields)}
        if signer is not None:
            del fields["signature"]
            fields["signature"] = signer.sign(keys.canonical(fields))
        return orjson.dumps(fields)

    return make


def certified_by_herself(fields: dict[str, Any]) -> dict[str, Any]:
    word = keys.certificate(MALLORY.private, FEDERATION, fields["bank_id"], MALLORY.public)
    return {"identity": MALLORY.public, "certificate": word}


FORGERIES = {
    "another key": forged(lambda _: {"keys": [{"version": 1, "public_key": keys.new_exchange_key().public}]}),
    "another key, signed by another": forged(
        lambda _: {"keys": [{"version": 1, "public_key": keys.new_exchange_key().public}]}, MALLORY
    ),
    "no key": forged(lambda _: {"keys": []}),
    "another url": forged(lambda _: {"url": "http://127.0.0.1:6666"}),
    "another heartbeat": forged(lambda _: {"heartbeat_at": "2030-01-01T00:00:00Z"}),
    "another head": forged(lambda _: {"head": {"seq": 10_000, "hash": "ab" * 32}}),
    "another state": forged(lambda _: {"state": "suspect"}),
    "another name": forged(lambda _: {"name": "Mallory's"}),
    "a higher sequence": forged(lambda _: {}),
    "another identity": forged(lambda _: {"identity": MALLORY.public}, MALLORY),
    "an identity she certified herself": forged(certified_by_herself, MALLORY),
    "garbage": lambda _: b"\xff\x00 not a record",
    "an empty object": lambda _: b"{}",
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_record_changes_nothing(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], forgery: Callable[[Neighbourhood], bytes]
) -> None:
    alfa, brvo = pair
    before = known(alfa, "BRVO")
    brvo.end()
    near.banks.pop("BRVO")
    near.put_word("BRVO", forgery(near))
    near.go_on()
    assert alfa.post.registrar is not None
    assert alfa.post.registrar.ignored >= 1
    assert known(alfa, "BRVO") == before
    alfa.start_again()
    near.go_on()
    assert known(alfa, "BRVO") == before


def test_a_word_under_another_banks_key_is_not_taken(near: Neighbourhood, pair: tuple[Neighbour, Neighbour]) -> None:
    alfa, _ = pair
    near.open("CHRL").turn("consumer", "relay")
    word = near.words_of("CHRL")[-1].value or b""
    near.broker.lose_last(BANK_REGISTRY, 0, 1)
    near.put_word("BRVO", word)
    alfa.turn()
    near.pass_ms(10_000)
    alfa.turn()
    assert "CHRL" not in alfa.peers


def test_an_old_record_played_again_after_a_newer_one_changes_nothing(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, brvo = pair
    old = near.words_of("BRVO")[0].value or b""
    brvo.knobs["bank_name"] = "Bravo the Second"
    brvo.start_again()
    near.go_on(turns=40)
    before = known(alfa, "BRVO")
    assert before[-1] == "Bravo the Second"
    near.put_word("BRVO", old)
    near.go_on()
    alfa.start_again()
    near.broker.wipe(BANK_REGISTRY)
    near.put_word("BRVO", old)
    brvo.end()
    near.banks.pop("BRVO")
    near.go_on()
    after = known(alfa, "BRVO")
    assert after[0]["sequence"] >= before[0]["sequence"]
    assert after[-1] == "Bravo the Second"


def test_a_tombstone_takes_nobody_from_the_books(near: Neighbourhood, pair: tuple[Neighbour, Neighbour]) -> None:
    alfa, brvo = pair
    brvo.end()
    near.banks.pop("BRVO")
    before = known(alfa, "BRVO")
    near.put_word("BRVO", b"")
    near.go_on()
    alfa.start_again()
    near.go_on()
    assert known(alfa, "BRVO") == before


def test_before_the_registry_was_read_nothing_is_said_and_no_money_is_read(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], monkeypatch: pytest.MonkeyPatch
) -> None:
    alfa, brvo = pair
    alfa.send("BRVO")
    alfa.turn("relay")
    brvo.start_again()
    brvo.send("ALFA")
    words = len(near.words_of("BRVO"))
    assert brvo.post.registrar is not None
    reader = brvo.post.registrar._reader

    def away(_timeout_s: float) -> Any:
        raise BrokerAway("the registry's leader is away")

    monkeypatch.setattr(reader, "open", away)
    brvo.turn()
    brvo.turn()
    assert (brvo.balance, len(near.words_of("BRVO"))) == (OPENING - 1_00, words)
    assert near.messages(from_bank="BRVO") == []
    monkeypatch.undo()
    near.go_on()
    assert (brvo.balance, alfa.balance) == (OPENING, OPENING)


def test_a_registry_that_is_away_later_does_not_hold_up_money(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], monkeypatch: pytest.MonkeyPatch
) -> None:
    alfa, _ = pair

    def away() -> int:
        raise BrokerAway("the registry's leader is away")

    for bank in pair:
        assert bank.post.registrar is not None
        monkeypatch.setattr(bank.post.registrar._reader, "behind", away)
    id_ = alfa.send("BRVO")
    near.go_on()
    assert alfa.state(id_) == "COMPLETED"


def test_a_wiped_registry_is_read_from_its_start_and_filled_again(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    near.broker.wipe(BANK_REGISTRY)
    near.go_on(turns=40)
    assert near.words_of("ALFA")
    assert near.words_of("BRVO")
    id_ = pair[0].send("BRVO")
    near.go_on()
    assert pair[0].state(id_) == "COMPLETED"


def test_each_heartbeat_is_said_once_and_all_are_one_row_of_the_outbox(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, _ = pair
    near.go_on(turns=95)
    sequences = [orjson.loads(word.value or b"")["sequence"] for word in near.words_of("ALFA")]
    assert len(sequences) == 4
    assert sequences == sorted(set(sequences))
    assert alfa.rows("SELECT count(*) FROM outbox WHERE type = 'bank.record'") == [(1,)]


def test_a_heartbeat_is_not_said_while_the_last_one_waits(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, _ = pair
    near.broker.go_away()
    near.go_on(turns=70)
    near.broker.come_back()
    before = len(near.words_of("ALFA"))
    near.go_on(turns=25)
    assert len(near.words_of("ALFA")) - before in (1, 2)
    assert alfa.rows("SELECT count(*) FROM outbox WHERE type = 'bank.record'") == [(1,)]


def test_after_a_restart_the_word_is_newer_than_the_last_one(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, brvo = pair
    near.clock.pass_ms(-3_600_000)  # and the clock was set back meanwhile
    alfa.start_again()
    near.go_on()
    sequences = [orjson.loads(word.value or b"")["sequence"] for word in near.words_of("ALFA")]
    assert sequences == sorted(set(sequences))
    assert len(sequences) == 2
    assert brvo.peers["ALFA"].sequence == sequences[-1]


def test_a_bank_without_a_certificate_or_an_authority_says_nothing(near: Neighbourhood, tmp_path: Path) -> None:
    alfa = near.open("ALFA")
    (tmp_path / "ALFA" / "certificate").unlink()
    loner = near.open("BRVO", authority_public_key="", peer_auth="optional")
    near.go_on()
    assert near.broker.records(BANK_REGISTRY) == []
    assert alfa.peers == loner.peers == {}


def test_another_process_of_the_bank_knows_what_the_first_has_heard(near: Neighbourhood) -> None:
    """Its books have every record of the log: none is news to them, and every one is to its keyring."""
    first, second = near.open("ALFA"), near.open("ALFA")
    near.banks = {"first": first, "second": second}
    near.open("BRVO")
    near.go_on()
    assert first.bank.keyring is not None
    assert second.bank.keyring is not None
    assert (first.bank.keyring.knows("BRVO"), second.bank.keyring.knows("BRVO")) == (True, False)
    near.banks.pop("first").end()
    near.banks.pop("BRVO").end()
    near.go_on()
    assert second.bank.keyring.knows("BRVO")
