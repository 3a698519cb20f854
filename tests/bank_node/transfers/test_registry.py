"""A bank's word about itself: what is the bank's own is believed, whatever else lies on the topic is not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_node.transfers import keys
from bank_node.transfers.messages import BYTES_MAX
from bank_node.transfers.registry import PeerKey, PeerRecord, read_record, sign_record
from tests.support.cast import NOON_US

AUTHORITY, BRVO, MALLORY = keys.new_identity(), keys.new_identity(), keys.new_identity()
FED = "fed"
RECORD = PeerRecord(
    bank_id="BRVO",
    name="Bravo Coöperative",
    url="http://127.0.0.1:8002",
    identity=BRVO.public,
    certificate=keys.certificate(AUTHORITY.private, FED, "BRVO", BRVO.public),
    keys=(PeerKey(1, keys.new_exchange_key().public, NOON_US), PeerKey(2, keys.new_exchange_key().public)),
    state="open",
    heartbeat_us=NOON_US,
    sequence=7,
    head=(41, "ab" * 32),
)
VALUE = sign_record(RECORD, FED, BRVO)
read = partial(read_record, authority_public=AUTHORITY.public, federation_id=FED)


def altered(**change: Any) -> bytes:
    return orjson.dumps(orjson.loads(VALUE) | change)


def resigned(signer: keys.Identity = BRVO, /, **change: Any) -> bytes:
    """Altered, and signed again by whoever has this identity."""
    fields = orjson.loads(VALUE) | change
    del fields["signature"]
    signature = signer.sign(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS))
    return orjson.dumps(fields | {"signature": signature})


def test_a_banks_own_word_is_read_as_it_was_signed() -> None:
    assert read(VALUE) == replace(RECORD, value=VALUE)


def test_a_record_without_a_head_or_with_members_of_a_later_version_is_read() -> None:
    assert isinstance(read(resigned(head=None, schema="bankfed/1.7", shoe_size=44)), PeerRecord)


def test_the_signature_covers_what_is_not_known_here_too() -> None:
    assert isinstance(read(altered(shoe_size=44)), str)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": [{"version": 2, "public_key": keys.new_exchange_key().public}]},
        {"keys": []},
        {"bank_id": "ALFA"},
        {"sequence": 8},
        {"url": "http://127.0.0.1:6666"},
        {"heartbeat_at": "2036-11-21T10:00:00.000Z"},
        {"head": {"seq": 42, "hash": "cd" * 32}},
        {"head": None},
        {"state": "suspect"},
        {"name": "Bravo"},
        {"versions": ["bankfed/1.9"]},
        {"identity": MALLORY.public},
        {"certificate": keys.certificate(MALLORY.private, FED, "BRVO", BRVO.public)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_record_with_one_altered_member_is_not_believed(change: dict[str, Any]) -> None:
    assert isinstance(read(altered(**change)), str)


def test_another_key_can_not_sign_for_a_bank() -> None:
    assert "signature" in str(read(resigned(MALLORY)))


def test_an_identity_of_ones_own_needs_the_authoritys_word() -> None:
    own_word = keys.certificate(MALLORY.private, FED, "BRVO", MALLORY.public)
    assert "authority" in str(read(resigned(MALLORY, identity=MALLORY.public)))
    assert "authority" in str(read(resigned(MALLORY, identity=MALLORY.public, certificate=own_word)))


def test_a_certified_bank_can_not_take_another_ones_name() -> None:
    mallorys = keys.certificate(AUTHORITY.private, FED, "MLRY", MALLORY.public)
    assert "authority" in str(read(resigned(MALLORY, identity=MALLORY.public, certificate=mallorys)))


def test_a_certificate_of_another_federation_is_none() -> None:
    elsewhere = keys.certificate(AUTHORITY.private, "another", "BRVO", BRVO.public)
    assert "authority" in str(read(resigned(certificate=elsewhere)))
    assert "federation" in str(read(resigned(federation_id="another")))


def test_without_an_authority_nobody_is_believed() -> None:
    assert isinstance(read_record(VALUE, "", FED), str)


@pytest.mark.parametrize(
    "change",
    [
        {"bank_id": "brvo"},
        {"bank_id": 7},
        {"name": "evil\u202eeman"},
        {"name": "x" * 141},
        {"url": "javascript:alert(1)"},
        {"url": 'http://x/"onclick="y'},
        {"identity": "ab"},
        {"keys": "none"},
        {"keys": [1]},
        {"keys": [{"version": 0, "public_key": "ab" * 32}]},
        {"keys": [{"version": 1, "public_key": "zz"}]},
        {"keys": [{"version": 1, "public_key": "ab" * 32, "valid_until": "tomorrow"}]},
        {"keys": [{"version": 1, "public_key": "ab" * 32}] * 17},
        {"versions": []},
        {"versions": ["bankfed/2.0"]},
        {"state": ""},
        {"heartbeat_at": None},
        {"sequence": 0},
        {"sequence": True},
        {"sequence": 2**53},
        {"sequence": 1.5},
        {"head": "41"},
        {"head": {"seq": 1, "hash": "short"}},
        {"type": "transfer.requested"},
        {"extra": 1.5},
    ],
    ids=str,
)
def test_what_no_bank_of_ours_would_say_is_not_believed_though_it_is_signed(change: dict[str, Any]) -> None:
    assert isinstance(read(resigned(**change)), str)


@pytest.mark.parametrize(
    "value", [None, b"", b"\xff", b"{", b"[]", b"7", b"{}", b"[" * 50_000, b" " * (BYTES_MAX + 1)], ids=repr
)
def test_a_tombstone_and_garbage_are_not_believed(value: bytes | None) -> None:
    assert isinstance(read(value), str)


@given(st.binary(max_size=300))
def test_no_bytes_whatever_are_believed(value: bytes) -> None:
    assert isinstance(read(value), str)


@given(st.integers(0, len(VALUE) - 1), st.integers(0, 255))
def test_no_altered_byte_is_believed(at: int, byte: int) -> None:
    altered = VALUE[:at] + bytes([byte]) + VALUE[at + 1 :]
    found = read(altered)
    assert isinstance(found, str) or replace(found, value=VALUE) == replace(RECORD, value=VALUE)
