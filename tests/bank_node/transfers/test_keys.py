"""Nobody speaks for another: what a mac covers and whose it is, and whom the authority vouches for."""

from __future__ import annotations

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_node.transfers.keys import (
    bilateral_key,
    canonical,
    certificate,
    certified,
    exchange_key_of,
    identity_of,
    mac_fits,
    mac_of,
    new_exchange_key,
    new_identity,
    verify,
)
from bank_node.transfers.wire_files import VECTORS

VECTOR_FILE = json.loads(VECTORS.read_text(encoding="utf-8"))
MAC, CERTIFICATE = VECTOR_FILE["mac"], VECTOR_FILE["certificate"]
ALFA, BRVO, CHRL = new_exchange_key(), new_exchange_key(), new_exchange_key()
FEDERATION = "8f14e45fceea167a"
KEY = bilateral_key(ALFA.private, BRVO.public, "ALFA", "BRVO", FEDERATION)


def a_message(**changes: Any) -> dict[str, Any]:
    fields = {"transaction_id": "t1", "from_bank": "ALFA", "to_bank": "BRVO", "amount_minor": 1250, "reason": None}
    return {**fields, **changes}


def sealed(**changes: Any) -> dict[str, Any]:
    fields = a_message(**changes)
    return fields | {"mac": mac_of(KEY, fields)}


@pytest.mark.parametrize("example", MAC["examples"], ids=lambda example: example["name"])
def test_a_mac_vector_fits_the_code_and_what_its_file_says_of_it(example: dict[str, Any]) -> None:
    own, peer = (MAC["exchange_keys"][bank] for bank in example["banks"])
    fields = example["fields"]
    key = bilateral_key(own["private"], peer["public"], *example["banks"], fields["federation_id"])
    covered = {name: value for name, value in fields.items() if name not in MAC["left_out"]}
    text = json.dumps(covered, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert key.hex() == example["key"]
    assert text == example["canonical"]
    assert example["mac"] == hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == mac_of(key, fields)


def test_the_keys_of_the_vectors_are_pairs() -> None:
    for pair in MAC["exchange_keys"].values():
        assert exchange_key_of(pair["private"]).public == pair["public"]
    authority = CERTIFICATE["authority"]
    assert identity_of(authority["private"]).public == authority["public"]


@pytest.mark.parametrize("example", CERTIFICATE["examples"], ids=lambda example: example["bank_id"])
def test_a_certificate_vector_fits_the_code_and_what_its_file_says_of_it(example: dict[str, Any]) -> None:
    authority = CERTIFICATE["authority"]
    said = (example["federation_id"], example["bank_id"], example["identity"])
    assert json.dumps(["bankfed/1.0", "certificate", *said], separators=(",", ":")) == example["signed"]
    assert certificate(authority["private"], *said) == example["certificate"]
    assert certified(authority["public"], *said, example["certificate"])
    assert verify(authority["public"], example["certificate"], example["signed"].encode())


def test_both_banks_have_the_same_key_in_whatever_order_they_are_named() -> None:
    assert bilateral_key(BRVO.private, ALFA.public, "BRVO", "ALFA", FEDERATION) == KEY
    assert bilateral_key(BRVO.private, ALFA.public, "ALFA", "BRVO", FEDERATION) == KEY


def test_other_banks_another_federation_and_another_private_key_make_another_key() -> None:
    others = [
        bilateral_key(CHRL.private, BRVO.public, "ALFA", "BRVO", FEDERATION),
        bilateral_key(ALFA.private, CHRL.public, "ALFA", "BRVO", FEDERATION),
        bilateral_key(ALFA.private, BRVO.public, "ALFA", "CHRL", FEDERATION),
        bilateral_key(ALFA.private, BRVO.public, "ALFA", "BRVO", "another"),
        bilateral_key(ALFA.private, CHRL.public, "ALFA", "CHRL", FEDERATION),
    ]
    assert len({KEY, *others}) == 6


def test_names_do_not_run_into_each_other() -> None:
    assert bilateral_key(ALFA.private, BRVO.public, "AB", "C", "f") != bilateral_key(
        ALFA.private, BRVO.public, "A", "BC", "f"
    )


def test_a_mac_of_alfa_and_brvo_is_none_between_alfa_and_charlie() -> None:
    alfa_and_charlie = bilateral_key(CHRL.private, ALFA.public, "CHRL", "ALFA", FEDERATION)
    assert mac_fits(KEY, sealed())
    assert not mac_fits(alfa_and_charlie, sealed())
    assert not mac_fits(alfa_and_charlie, sealed(to_bank="CHRL"))


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 1251},
        {"amount_minor": "1250"},
        {"from_bank": "CHRL"},
        {"to_bank": "CHRL"},
        {"purpose": "a member that nobody knows"},
        {"reason": {}},
        {"mac": "00" * 32},
        {"mac": ""},
        {"mac": None},
        {"mac": 7},
        {"mac": "ä" * 64},
        pytest.param({"mac": sealed()["mac"].upper()}, id="mac in capitals"),
    ],
    ids=str,
)
def test_a_message_that_was_touched_does_not_fit(change: dict[str, Any]) -> None:
    assert not mac_fits(KEY, sealed() | change)


def test_many_threads_with_more_keys_than_are_kept_ready_make_the_same_macs() -> None:
    keys = [hashlib.sha256(bytes([number])).digest() for number in range(80)]
    texts = [a_message(text="y" * number) for number in range(80)]

    def macs(begin: int) -> list[str]:
        return [mac_of(keys[(begin + turn) % 80], texts[turn]) for turn in range(80)]

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(macs, range(40)))
    for begin, found in enumerate(made):
        for turn, mac in enumerate(found):
            expected = hmac.digest(keys[(begin + turn) % 80], canonical(texts[turn], ("mac", "attempt")), "sha256")
            assert mac == expected.hex()


def test_a_member_less_does_not_fit_even_if_it_was_null() -> None:
    fields = sealed()
    del fields["reason"]
    assert not mac_fits(KEY, fields)


def test_the_attempt_and_the_mac_itself_are_outside_the_mac() -> None:
    assert mac_of(KEY, a_message(attempt=3, mac="anything")) == mac_of(KEY, a_message())
    assert mac_fits(KEY, sealed() | {"attempt": 7})


def test_only_the_outermost_attempt_is_outside() -> None:
    assert mac_of(KEY, a_message(inside={"attempt": 1})) != mac_of(KEY, a_message(inside={"attempt": 2}))


def test_the_order_of_members_does_not_matter() -> None:
    assert mac_fits(KEY, dict(reversed(sealed().items())))


@pytest.mark.parametrize(
    "value",
    [1.0, 1e300, float("nan"), 2**53, -(2**53), 2**64, [1, [2.5]], {"a": {"b": 0.5}}, {"ä": 1}, "\ud800"],
    ids=repr,
)
def test_what_languages_write_differently_has_no_mac(value: Any) -> None:
    with pytest.raises(ValueError, match="no canonical form"):
        mac_of(KEY, a_message(strange=value))
    with pytest.raises(ValueError, match="no canonical form"):
        mac_fits(KEY, a_message(strange=value, mac="00" * 32))


def test_what_is_nested_too_deep_has_no_mac() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(ValueError, match="no canonical form"):
        mac_of(KEY, a_message(strange=deep))


def test_the_widest_whole_numbers_have_a_mac() -> None:
    assert canonical({"b": 2**53 - 1, "a": -(2**53) + 1}) == b'{"a":-9007199254740991,"b":9007199254740991}'


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda part: st.lists(part) | st.dictionaries(st.text(st.characters(codec="ascii")), part),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(codec="ascii")), JSON))
def test_the_canonical_form_is_that_of_another_implementation(fields: dict[str, Any]) -> None:
    assert canonical(fields) == json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def test_an_identity_signs_and_nobody_else_does() -> None:
    identity, other = new_identity(), new_identity()
    signature = identity.sign(b"a record")
    assert verify(identity.public, signature, b"a record")
    assert not verify(identity.public, signature, b"another record")
    assert not verify(other.public, signature, b"a record")


@pytest.mark.parametrize("rubbish", ["", "zz" * 32, "00" * 31, "00" * 64, "AB" * 32, " " * 64, "٠" * 64, None, 7])
def test_what_is_no_key_and_no_signature_verifies_nothing(rubbish: Any) -> None:
    identity = new_identity()
    assert not verify(rubbish, identity.sign(b""), b"")
    assert not verify(identity.public, rubbish, b"")
    assert not certified(identity.public, FEDERATION, "ALFA", identity.public, rubbish)


@pytest.mark.parametrize("rubbish", ["", "zz" * 32, "00" * 31, "AB" * 32])
def test_what_is_no_private_key_is_refused_and_not_repeated(rubbish: str) -> None:
    for read in (identity_of, exchange_key_of):
        with pytest.raises(ValueError, match="not 32 bytes in lower-case hexadecimal"):
            read(rubbish)


@pytest.mark.parametrize("weak", ["00" * 32, "01" + "00" * 31, "ed" + "ff" * 30 + "7f"])
def test_a_public_key_whose_secret_everybody_knows_is_refused(weak: str) -> None:
    with pytest.raises(ValueError, match="everybody knows"):
        bilateral_key(ALFA.private, weak, "ALFA", "BRVO", FEDERATION)


def test_a_certificate_is_of_one_authority_federation_bank_and_identity() -> None:
    authority, identity = new_identity(), new_identity()
    said = (FEDERATION, "ALFA", identity.public)
    paper = certificate(authority.private, *said)
    assert certified(authority.public, *said, paper)
    assert not certified(identity.public, *said, paper)
    assert not certified(authority.public, "another", "ALFA", identity.public, paper)
    assert not certified(authority.public, FEDERATION, "BRVO", identity.public, paper)
    assert not certified(authority.public, FEDERATION, "ALFA", new_identity().public, paper)
    assert not certified(authority.public, *said, certificate(identity.private, *said))
    assert not certified("", *said, paper)  # a bank without an authority believes nobody


def test_private_keys_are_not_shown() -> None:
    for pair in (new_identity(), new_exchange_key()):
        assert pair.private not in f"{pair} {pair!r}"
        assert pair.public in repr(pair)
