"""Who speaks: what somebody else said in a bank's name moves no cent, is set aside, and somebody is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.identity import new_exchange_version
from bank_node.transfers import keys
from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.bank_node.broker.mallory import a_request, put, set_aside, unmoved
from tests.bank_node.broker.neighbours import FEDERATION, OPENING, Neighbour, Neighbourhood, a_neighbourhood, account_of

NOT_BELIEVED = [("not_believed", "ALFA")]
MINUTE_MS = 60_000


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


def test_a_wrong_mac_is_quarantined_as_an_incident(near: Neighbourhood, pair: tuple[Neighbour, Neighbour]) -> None:
    _, brvo = pair
    put(near, a_request(mac="ab" * 32))
    near.go_on()
    assert set_aside(brvo) == [("not believed: its mac is not ALFA's", "ALFA")]
    assert brvo.incidents == NOT_BELIEVED
    assert near.messages(from_bank="BRVO") == []
    assert unmoved(near)


def test_a_record_that_came_twice_is_two_records_but_read_again_it_is_one_incident(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    _, brvo = pair
    put(near, a_request(mac="ab" * 32))
    near.go_on()
    brvo.post.consumer._from_start = True
    brvo.post.consumer._assigned = False
    near.go_on()
    assert brvo.incidents == NOT_BELIEVED
    assert unmoved(near)


def test_a_message_without_a_mac_is_quarantined_as_an_incident(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    put(near, a_request())
    near.go_on()
    assert set_aside(pair[1]) == [("not believed: it carries no mac", "ALFA")]
    assert pair[1].incidents == NOT_BELIEVED
    assert unmoved(near)


def test_a_wrong_sender_is_quarantined_as_an_incident(near: Neighbourhood, pair: tuple[Neighbour, Neighbour]) -> None:
    _, brvo = pair
    put(near, a_request("MLRY", mac="ab" * 32))
    put(near, a_request("BRVO", mac="ab" * 32))
    near.go_on()
    assert [peer for _, peer in set_aside(brvo)] == ["MLRY", "BRVO"]
    assert brvo.incidents == [("not_believed", None)], "nobody we know; their names are anybody's to choose"
    assert unmoved(near)


def test_a_record_that_claims_another_bank_is_quarantined_as_an_incident(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    """CHRL is certified and has a key of its own with BRVO; it speaks for ALFA."""
    _, brvo = pair
    chrl = near.open("CHRL")
    near.go_on()
    assert chrl.bank.keyring is not None
    claim = a_request()
    put(near, claim | {"mac": chrl.bank.keyring.seal("BRVO", claim)})
    near.go_on()
    assert set_aside(brvo) == [("not believed: its mac is not ALFA's", "ALFA")]
    assert brvo.incidents == NOT_BELIEVED
    assert unmoved(near)


def test_what_one_bank_was_told_is_not_believed_by_another(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    """CHRL passes a message on that ALFA has sealed for it."""
    alfa, brvo = pair
    near.open("CHRL")
    near.go_on()
    near.broker.hold(EXTERNAL_TRANSFERS, partition_for(b"CHRL", 32))
    alfa.send("CHRL", 7_00)
    near.go_on(turns=2)
    (told,) = near.messages(to_bank="CHRL")
    put(near, told | {"to_bank": "BRVO"})
    near.go_on(turns=2)
    assert brvo.incidents == NOT_BELIEVED
    assert brvo.balance == OPENING


def test_a_replayed_answer_of_another_transfer_is_quarantined_as_an_incident(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    alfa, _ = pair
    first = alfa.send("BRVO")
    near.go_on()
    (answer,) = near.messages(type="transfer.accepted")
    near.broker.hold(EXTERNAL_TRANSFERS, partition_for(b"BRVO", 32))
    second = alfa.send("BRVO")
    near.go_on(turns=2)
    put(near, answer | {"transaction_id": second})
    put(near, answer | {"transaction_id": second, "mac": None})
    near.go_on(turns=2)
    assert (alfa.state(first), alfa.state(second)) == ("COMPLETED", "SENT")
    assert alfa.incidents == [("not_believed", "BRVO")] * 2
    assert len(set_aside(alfa)) == 2
    near.lawful()


def test_an_answer_of_a_bank_that_was_not_asked_is_quarantined_as_an_incident(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour]
) -> None:
    """Its mac is its own, and right; the transfer went to somebody else."""
    alfa, _ = pair
    chrl = near.open("CHRL")
    near.go_on()
    near.broker.hold(EXTERNAL_TRANSFERS, partition_for(b"BRVO", 32))
    id_ = alfa.send("BRVO")
    near.go_on(turns=2)
    (asked,) = near.messages(transaction_id=id_)
    answer = {
        "type": "transfer.accepted",
        "federation_id": FEDERATION,
        "transaction_id": id_,
        "from_bank": "CHRL",
        "to_bank": "ALFA",
        "answers_hash": asked["content_hash"],
    }
    assert chrl.bank.keyring is not None
    put(near, answer | {"mac": chrl.bank.keyring.seal("ALFA", answer)})
    near.go_on(turns=2)
    assert alfa.state(id_) == "SENT"
    assert alfa.incidents == [("wrong_answer", "CHRL")]
    assert set_aside(alfa) == [("transfer.accepted from CHRL does not answer what was sent", "CHRL")]
    near.lawful()


@pytest.mark.parametrize("member", ["amount_minor", "to_account", "reference", "expires_at", "known_head", "extra"])
def test_an_altered_request_is_quarantined_and_the_next_good_one_is_credited(
    near: Neighbourhood, pair: tuple[Neighbour, Neighbour], member: str
) -> None:
    alfa, brvo = pair
    near.broker.hold(EXTERNAL_TRANSFERS, partition_for(b"BRVO", 32))
    good = alfa.send("BRVO")
    near.go_on(turns=1)
    (real,) = near.messages(transaction_id=good)
    near.broker.lose_last(EXTERNAL_TRANSFERS, partition_for(b"BRVO", 32), 1)
    other = {"amount_minor": 999_00, "known_head": {"seq": 1, "hash": "ab" * 32}, "to_account": account_of("ALFA")}
    put(near, real | {member: other.get(member, "2030-01-01T00:00:00Z")})
    near.broker.release(EXTERNAL_TRANSFERS, partition_for(b"BRVO", 32))
    near.go_on(turns=2)
    assert brvo.incidents == NOT_BELIEVED
    near.go_on(turns=30)
    assert alfa.state(good) == "COMPLETED"
    assert brvo.balance == OPENING + 1_00
    near.lawful()


def test_an_altered_attempt_is_nobodys_business(near: Neighbourhood, pair: tuple[Neighbour, Neighbour]) -> None:
    alfa, brvo = pair
    near.broker.hold(EXTERNAL_TRANSFERS, partition_for(b"BRVO", 32))
    id_ = alfa.send("BRVO")
    near.go_on(turns=1)
    (real,) = near.messages(transaction_id=id_)
    put(near, real | {"attempt": 77})
    near.broker.release(EXTERNAL_TRANSFERS, partition_for(b"BRVO", 32))
    near.go_on(turns=3)
    assert brvo.incidents == []
    assert alfa.state(id_) == "COMPLETED"


# peer_auth


def test_optional_a_bank_without_a_key_on_file_is_believed_without_a_mac_and_called_unverified(
    near: Neighbourhood,
) -> None:
    brvo = near.open("BRVO", peer_auth="optional")
    near.go_on()
    put(near, a_request())
    near.go_on()
    assert brvo.balance == OPENING + 500_00
    assert brvo.bank.keyring is not None
    assert brvo.bank.keyring.unverified(brvo.bank.charter.directory) == ["ALFA"]
    assert [type(message.get("mac")) for message in near.messages(from_bank="BRVO")] == [type(None)]


def test_optional_a_bank_with_a_key_on_file_is_not_believed_without_a_mac(near: Neighbourhood) -> None:
    near.open("ALFA")
    brvo = near.open("BRVO", peer_auth="optional")
    near.go_on()
    put(near, a_request())
    near.go_on()
    assert brvo.balance == OPENING
    assert brvo.incidents == NOT_BELIEVED


def test_required_a_bank_without_a_key_on_file_is_not_believed(near: Neighbourhood) -> None:
    brvo = near.open("BRVO")
    near.go_on()
    put(near, a_request())
    near.go_on()
    assert set_aside(brvo) == [("not believed: no key of ALFA is on file", "ALFA")]
    assert brvo.balance == OPENING


# A key changes while money is under way


def spread(near: Neighbourhood, pair: tuple[Neighbour, Neighbour], until_ms: int, step_ms: int) -> list[str]:
    """Payments both ways, again and again, over that time."""
    alfa, brvo = pair
    sent = []
    for _ in range(0, until_ms, step_ms):
        sent += [alfa.send("BRVO", 1), brvo.send("ALFA", 1)]
        for bank in pair:
            bank.turn()
        near.pass_ms(step_ms)
    return sent


def test_a_key_changes_without_a_stop_and_every_payment_on_either_side_of_it_arrives(
    near: Neighbourhood, tmp_path: Path
) -> None:
    knobs = {"key_announce_ms": 2 * MINUTE_MS, "key_window_ms": 3 * MINUTE_MS}
    pair = near.open("ALFA", **knobs), near.open("BRVO", **knobs)
    alfa, brvo = pair
    near.go_on()
    sent = spread(near, pair, MINUTE_MS, 7_000)
    assert new_exchange_version(tmp_path / "ALFA") == 2
    sent += spread(near, pair, 4 * MINUTE_MS, 7_000)
    assert new_exchange_version(tmp_path / "BRVO") == 2
    sent += spread(near, pair, 8 * MINUTE_MS, 7_000)
    near.go_on()
    assert {bank.state(id_) for bank, id_ in zip([alfa, brvo] * len(sent), sent, strict=False)} == {"COMPLETED"}
    assert alfa.incidents == brvo.incidents == []
    assert [key.version for key in alfa.peers["BRVO"].keys] == [key.version for key in brvo.peers["ALFA"].keys] == [2]
    near.lawful()


def test_messages_sealed_with_the_old_key_are_believed_until_its_window_ends_and_said_again_after(
    near: Neighbourhood, tmp_path: Path
) -> None:
    knobs = {"key_announce_ms": MINUTE_MS, "key_window_ms": 2 * MINUTE_MS, "transfer_expiry_ms": 0}
    alfa, brvo = near.open("ALFA", **knobs), near.open("BRVO", **knobs)
    near.go_on()
    partition = partition_for(b"BRVO", 32)
    near.broker.hold(EXTERNAL_TRANSFERS, partition)
    early = alfa.send("BRVO", 1)
    alfa.turn("relay")
    old = near.messages(transaction_id=early)[0]
    new_exchange_version(tmp_path / "ALFA")
    near.go_on(turns=35)  # announced, and heard
    assert len(brvo.peers["ALFA"].keys) == 2
    near.pass_ms(MINUTE_MS)
    late = alfa.send("BRVO", 1)
    alfa.turn("relay")
    assert brvo.bank.keyring is not None
    new = near.messages(transaction_id=late)[0]
    own, theirs = near.secrets("ALFA").exchange_keys[2], near.secrets("BRVO").exchange_keys[1]
    key = keys.bilateral_key(own.private, theirs.public, "ALFA", "BRVO", FEDERATION)
    assert keys.mac_fits(key, new)
    assert not keys.mac_fits(key, old)
    assert brvo.bank.keyring.doubt("ALFA", old) is None
    near.pass_ms(3 * MINUTE_MS)
    assert brvo.bank.keyring.doubt("ALFA", old) is not None
    near.broker.release(EXTERNAL_TRANSFERS, partition)
    near.go_on(turns=60)
    assert (alfa.state(early), alfa.state(late)) == ("COMPLETED", "COMPLETED")
    assert brvo.balance == OPENING + 2
    near.lawful()


def test_a_key_announced_while_the_broker_was_away_is_told_before_it_is_used(
    near: Neighbourhood, tmp_path: Path
) -> None:
    knobs = {"key_announce_ms": 1_000, "key_window_ms": 0, "transfer_expiry_ms": 0}
    alfa, brvo = near.open("ALFA", **knobs), near.open("BRVO")
    near.go_on()
    new_exchange_version(tmp_path / "ALFA")
    near.broker.go_away()
    near.go_on(turns=40)
    id_ = alfa.send("BRVO")
    near.broker.come_back()
    near.go_on(turns=90)
    assert alfa.state(id_) == "COMPLETED"
    assert brvo.incidents == []


def sealed_with_a_key_not_heard_of(near: Neighbourhood, secrets: Path) -> Neighbour:
    """BRVO: a payment of ALFA's waits for it under a key that the registry names, and it has not looked there yet."""
    alfa, brvo = near.open("ALFA", key_announce_ms=0, key_window_ms=0), near.open("BRVO")
    near.go_on()
    near.pass_ms(31_000)
    brvo.turn()
    new_exchange_version(secrets / "ALFA")
    alfa.turn("consumer")
    alfa.send("BRVO")
    alfa.turn("relay")
    return brvo


def test_a_bank_that_changed_its_key_is_believed_at_once(near: Neighbourhood, tmp_path: Path) -> None:
    brvo = sealed_with_a_key_not_heard_of(near, tmp_path)
    assert [key.version for key in brvo.peers["ALFA"].keys] == [1]
    brvo.turn("consumer")
    brvo.turn("consumer")
    assert brvo.balance == OPENING + 1_00
    assert brvo.incidents == []


def test_a_registry_that_is_slow_to_answer_is_asked_again_before_anybody_is_disbelieved(
    near: Neighbourhood, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine a poll comes back with nothing, though there is something."""
    brvo = sealed_with_a_key_not_heard_of(near, tmp_path)
    assert brvo.post.registrar is not None
    reader, slow = brvo.post.registrar._reader, [True, True]
    poll = reader.poll
    monkeypatch.setattr(reader, "poll", lambda most, wait_s: [] if slow and slow.pop() else poll(most, wait_s))
    brvo.turn("consumer")
    brvo.turn("consumer")
    assert not slow
    assert brvo.balance == OPENING + 1_00
    assert brvo.incidents == []


def test_a_bank_whose_keys_were_lost_is_believed_again_with_others(near: Neighbourhood, tmp_path: Path) -> None:
    """The authority certifies its other identity, and its word replaces the old one's."""
    alfa, brvo = near.open("ALFA"), near.open("BRVO")
    near.go_on()
    brvo.end()
    (tmp_path / "BRVO" / "secrets").rename(tmp_path / "lost")
    (tmp_path / "BRVO" / "certificate").unlink()
    brvo.begin()
    near.go_on(turns=40)
    id_ = alfa.send("BRVO")
    near.go_on()
    assert alfa.state(id_) == "COMPLETED"
