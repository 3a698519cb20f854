"""With which key a message is sealed, and whether one that came is believed; across every switch of keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bank_node.transfers import keys
from bank_node.transfers.keyring import Keyring, OwnKey
from bank_node.transfers.registry import PeerKey, PeerRecord
from tests.support.cast import NOON_US, StandingClock

MINUTE_US = 60_000_000


class Bank:
    """A keyring and the private halves behind it."""

    def __init__(self, bank_id: str, clock: StandingClock, **how: Any) -> None:
        self.bank_id, self.clock = bank_id, clock
        self.pairs = {1: keys.new_exchange_key()}
        self.keyring = Keyring(bank_id, "fed", clock.now_us, **how)
        self.said = (PeerKey(1, self.pairs[1].public),)
        self.keyring.hold([OwnKey(1, self.pairs[1].private)])

    @property
    def record(self) -> PeerRecord:
        return PeerRecord(self.bank_id, "", "http://x", "", "", self.said, "open", NOON_US, 1)

    def change_key(self, seals_from_us: int, old_until_us: int) -> None:
        """What its registrar does with a second key."""
        self.pairs[2] = keys.new_exchange_key()
        self.said = (PeerKey(1, self.pairs[1].public, old_until_us), PeerKey(2, self.pairs[2].public))
        own = OwnKey(1, self.pairs[1].private, 0, old_until_us), OwnKey(2, self.pairs[2].private, seals_from_us)
        self.keyring.hold(own)

    def message(self, to_bank: str, **fields: Any) -> dict[str, Any]:
        """Sealed as it goes out."""
        fields = {"from_bank": self.bank_id, "to_bank": to_bank, "amount_minor": 1, **fields}
        mac = self.keyring.seal(to_bank, fields)
        return fields if mac is None else {**fields, "mac": mac, "attempt": 1}

    def doubts(self, message: dict[str, Any]) -> str | None:
        return self.keyring.doubt(message["from_bank"], message)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def alfa(clock: StandingClock) -> Bank:
    return Bank("ALFA", clock)


@pytest.fixture
def brvo(clock: StandingClock) -> Bank:
    return Bank("BRVO", clock)


@pytest.fixture
def friends(alfa: Bank, brvo: Bank) -> tuple[Bank, Bank]:
    """ALFA and BRVO have read each other's records."""
    alfa.keyring.learn(brvo.record)
    brvo.keyring.learn(alfa.record)
    return alfa, brvo


def test_what_one_seals_the_other_believes(friends: tuple[Bank, Bank]) -> None:
    alfa, brvo = friends
    assert brvo.doubts(alfa.message("BRVO")) is None
    assert alfa.doubts(brvo.message("ALFA")) is None
    assert brvo.doubts(alfa.message("BRVO") | {"attempt": 9}) is None


@pytest.mark.parametrize(
    "change", [{"amount_minor": 2}, {"mac": "ab" * 32}, {"mac": 7}, {"to_bank": "CHRL"}, {"extra": 1}], ids=str
)
def test_an_altered_message_is_not_believed(friends: tuple[Bank, Bank], change: dict[str, Any]) -> None:
    alfa, brvo = friends
    assert "mac" in str(brvo.doubts(alfa.message("BRVO") | change))


def test_a_third_bank_can_not_speak_for_another(friends: tuple[Bank, Bank], clock: StandingClock) -> None:
    _, brvo = friends
    chrl = Bank("CHRL", clock)
    chrl.keyring.learn(brvo.record)
    brvo.keyring.learn(chrl.record)
    assert brvo.doubts(chrl.message("BRVO")) is None
    assert "mac" in str(brvo.doubts(chrl.message("BRVO", from_bank="ALFA")))


def test_what_was_sealed_for_one_bank_is_not_believed_by_another(
    friends: tuple[Bank, Bank], clock: StandingClock
) -> None:
    alfa, _ = friends
    chrl = Bank("CHRL", clock)
    chrl.keyring.learn(alfa.record)
    assert "mac" in str(chrl.doubts(alfa.message("BRVO")))


def test_a_message_without_a_mac_is_not_believed_where_a_key_is_on_file(friends: tuple[Bank, Bank]) -> None:
    _, brvo = friends
    assert "no mac" in str(brvo.doubts({"from_bank": "ALFA", "to_bank": "BRVO"}))


def test_required_a_bank_without_a_key_is_never_believed(brvo: Bank) -> None:
    assert "no key of ALFA" in str(brvo.doubts({"from_bank": "ALFA"}))
    assert "no key of ALFA" in str(brvo.doubts({"from_bank": "ALFA", "mac": "ab" * 32}))


def test_optional_a_bank_without_a_key_speaks_without_a_mac(clock: StandingClock, alfa: Bank) -> None:
    brvo = Bank("BRVO", clock, required=False)
    assert brvo.doubts({"from_bank": "ALFA"}) is None
    assert "no key of ALFA" in str(brvo.doubts({"from_bank": "ALFA", "mac": "ab" * 32}))
    brvo.keyring.learn(alfa.record)
    assert "no mac" in str(brvo.doubts({"from_bank": "ALFA"}))


def test_no_keys_at_all_do_not_take_a_banks_keys_off_file(clock: StandingClock, alfa: Bank) -> None:
    brvo = Bank("BRVO", clock, required=False)
    brvo.keyring.learn(alfa.record)
    alfa.keyring.learn(brvo.record)
    assert not brvo.keyring.learn(replace(alfa.record, keys=(), sequence=2))
    assert brvo.keyring.knows("ALFA")
    assert "no mac" in str(brvo.doubts({"from_bank": "ALFA"}))
    assert brvo.doubts(alfa.message("BRVO")) is None


def test_a_record_that_is_older_than_the_known_one_changes_no_key(alfa: Bank, brvo: Bank) -> None:
    alfa.keyring.learn(replace(brvo.record, sequence=7))
    assert not alfa.keyring.learn(replace(brvo.record, sequence=6, keys=(PeerKey(9, "ab" * 32),)))
    assert alfa.keyring.seal("BRVO", {}) is not None


def test_who_has_no_key_on_file_is_unverified(alfa: Bank, brvo: Bank) -> None:
    assert alfa.keyring.unverified(["CHRL", "BRVO", "ALFA"]) == ["BRVO", "CHRL"]
    alfa.keyring.learn(brvo.record)
    assert alfa.keyring.unverified(["CHRL", "BRVO", "ALFA"]) == ["CHRL"]


def test_without_the_others_key_nothing_is_sealed(alfa: Bank) -> None:
    assert alfa.keyring.seal("BRVO", {"from_bank": "ALFA"}) is None


def test_numbers_that_languages_write_differently_are_not_believed(friends: tuple[Bank, Bank]) -> None:
    alfa, brvo = friends
    assert "canonical" in str(brvo.doubts(alfa.message("BRVO") | {"rate": 1.5}))


def test_a_key_that_is_none_is_passed_over(friends: tuple[Bank, Bank]) -> None:
    alfa, brvo = friends
    brvo.said = (*brvo.said, PeerKey(2, "00" * 32))
    alfa.keyring.learn(brvo.record)
    assert brvo.doubts(alfa.message("BRVO")) is None


def test_a_key_change_loses_no_message_on_either_side_of_any_switch(
    friends: tuple[Bank, Bank], clock: StandingClock
) -> None:
    alfa, brvo = friends
    under_way = [alfa.message("BRVO", place="before anything")]
    alfa.change_key(seals_from_us=clock.at_us + MINUTE_US, old_until_us=clock.at_us + 11 * MINUTE_US)
    under_way.append(alfa.message("BRVO", place="announced here, not heard there"))
    back = [brvo.message("ALFA", place="to the old key")]
    brvo.keyring.learn(alfa.record)
    back.append(brvo.message("ALFA", place="to the new key, before it is in force"))
    under_way.append(alfa.message("BRVO", place="heard, not in force"))
    clock.pass_ms(60_000)
    under_way.append(alfa.message("BRVO", place="in force"))
    assert len({alfa.keyring.seal("BRVO", {"same": 1}), *[m["mac"] for m in under_way]}) == 5
    clock.pass_ms(9 * 60_000)
    assert [brvo.doubts(message) for message in under_way] == [None] * 4
    assert [alfa.doubts(message) for message in back] == [None] * 2


def test_a_new_key_is_not_sealed_with_before_it_was_announced_for_long_enough(
    friends: tuple[Bank, Bank], clock: StandingClock
) -> None:
    alfa, _ = friends
    before = alfa.keyring.seal("BRVO", {})
    alfa.change_key(seals_from_us=clock.at_us + MINUTE_US, old_until_us=clock.at_us + 11 * MINUTE_US)
    assert alfa.keyring.seal("BRVO", {}) == before
    clock.pass_ms(60_000)
    assert alfa.keyring.seal("BRVO", {}) != before


def test_an_old_key_is_not_believed_after_its_window(friends: tuple[Bank, Bank], clock: StandingClock) -> None:
    alfa, brvo = friends
    late, later = alfa.message("BRVO"), brvo.message("ALFA")
    alfa.change_key(seals_from_us=clock.at_us + MINUTE_US, old_until_us=clock.at_us + 11 * MINUTE_US)
    brvo.keyring.learn(alfa.record)
    clock.pass_ms(11 * 60_000)
    assert "mac" in str(brvo.doubts(late))
    assert "mac" in str(alfa.doubts(later))
    assert brvo.doubts(alfa.message("BRVO")) is None


def test_a_key_the_bank_takes_back_is_not_believed(friends: tuple[Bank, Bank], clock: StandingClock) -> None:
    alfa, brvo = friends
    stolen = alfa.message("BRVO")
    alfa.change_key(seals_from_us=clock.at_us, old_until_us=clock.at_us)
    alfa.said = alfa.said[1:]
    assert brvo.keyring.learn(alfa.record)
    assert not brvo.keyring.learn(alfa.record)
    assert "mac" in str(brvo.doubts(stolen))


def test_the_highest_head_a_bank_has_told_is_remembered(alfa: Bank, brvo: Bank) -> None:
    assert alfa.keyring.known_head("BRVO") is None
    alfa.keyring.learn(replace(brvo.record, head=(9, "aa" * 32)))
    alfa.keyring.learn(replace(brvo.record, head=(8, "bb" * 32)))
    alfa.keyring.learn(replace(brvo.record, head=None))
    assert alfa.keyring.known_head("BRVO") == (9, "aa" * 32)


def test_no_key_is_printed(alfa: Bank) -> None:
    assert alfa.pairs[1].private not in repr(OwnKey(1, alfa.pairs[1].private))
