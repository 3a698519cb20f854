from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_node.transfers import messages
from bank_node.transfers.keyring import Keyring, OwnKey
from bank_node.transfers.keys import new_exchange_key
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Desk, Readable, Unreadable
from bank_node.transfers.registry import PeerKey, PeerRecord
from tests.support.cast import ALICE, BOB, DIRECTORY, NOON_US

DESK = Desk("BRVO", "fed", DIRECTORY)


def a_body(**change: object) -> bytes:
    body, _ = messages.request(
        now_us=NOON_US,
        event_id="e1",
        federation_id="fed",
        transaction_id="t1",
        from_bank="ALFA",
        to_bank="BRVO",
        from_account=ALICE,
        to_account=BOB,
        from_name="Alice",
        to_name="Bob",
        amount_minor=1250,
        currency="EUR",
        reference="Lunch",
        expires_at=None,
    )
    return orjson.dumps(orjson.loads(body) | change) if change else body


def read(value: bytes | None, key: bytes | None = b"BRVO") -> Readable | Unreadable | None:
    return DESK.read(Record("external-transfers", 0, 1, key, value), NOON_US)


def test_a_request_is_read() -> None:
    incoming = read(a_body())
    assert isinstance(incoming, Readable)
    assert incoming.message.fault is None
    assert incoming.message.hash == orjson.loads(a_body())["content_hash"]


def test_a_record_without_key_headers_or_unknown_extras_is_read() -> None:
    assert isinstance(read(a_body(shoe_size=44, schema="bankfed/1.9"), key=None), Readable)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (a_body(), b"ALFA"),
        (a_body(federation_id="another life"), b"BRVO"),
        (a_body(to_bank="CHRL"), None),
    ],
)
def test_what_is_for_others_is_skipped(value: bytes, key: bytes | None) -> None:
    assert read(value, key) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff\xfe",
        b"[1]",
        b'"text"',
        b"{",
        b"NaN",
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b" " * 70_000,
        a_body(schema="bankfed/2.0"),
        a_body(schema=7),
        a_body(type="transfer.stolen"),
        a_body(type=None),
        a_body(transaction_id=""),
        a_body(transaction_id="x" * 65),
        a_body(transaction_id="a b"),
        a_body(transaction_id=7),
        a_body(from_bank="BRVO"),
        a_body(from_bank="EVIL"),
        a_body(from_bank=["ALFA"]),
        a_body(to_bank="CHRL"),
        a_body(content_hash="0" * 64),
        a_body(reference="deep").replace(b'"deep"', b"[" * 300 + b"]" * 300),
        a_body(type="deep").replace(b'"deep"', b"[" * 1000 + b"]" * 1000),
        a_body(shoe_size="deep").replace(b'"deep"', b'{"a":' * 300 + b"1" + b"}" * 300),
        a_body(type="transfer.accepted"),
        a_body(type="transfer.accepted", answers_hash="short"),
    ],
)
def test_what_cannot_be_believed_is_unreadable(value: bytes | None) -> None:
    assert isinstance(read(value), Unreadable)


def suspicious(known: bool = True) -> tuple[Desk, Keyring]:
    """A desk that believes ALFA only under a mac; and ALFA's keyring."""
    alfa, brvo = new_exchange_key(), new_exchange_key()
    rings = {}
    for bank_id, own, peer_id, peer in (("ALFA", alfa, "BRVO", brvo), ("BRVO", brvo, "ALFA", alfa)):
        rings[bank_id] = Keyring(bank_id, "fed", lambda: NOON_US)
        rings[bank_id].hold([OwnKey(1, own.private)])
        if known:
            keys = (PeerKey(1, peer.public),)
            rings[bank_id].learn(PeerRecord(peer_id, "", "http://x", "", "", keys, "open", NOON_US, 1))
    return Desk("BRVO", "fed", DIRECTORY, rings["BRVO"].doubt), rings["ALFA"]


DOUBTER, ALFAS = suspicious()


def doubted(body: bytes, desk: Desk = DOUBTER) -> tuple[bool, str | None]:
    incoming = desk.read(Record("external-transfers", 0, 1, b"BRVO", body), NOON_US)
    assert isinstance(incoming, Unreadable)
    return incoming.doubted, incoming.from_bank


def test_a_sealed_request_is_read_and_known_to_be_sealed() -> None:
    fields = orjson.loads(a_body(shoe_size=44))
    body = orjson.dumps(fields | {"mac": ALFAS.seal("BRVO", fields), "attempt": 3})
    incoming = DOUBTER.read(Record("external-transfers", 0, 1, b"BRVO", body), NOON_US)
    assert isinstance(incoming, Readable)
    assert incoming.message.sealed


def test_who_is_not_believed_is_doubted_before_anything_else_is_looked_at() -> None:
    assert doubted(a_body()) == (True, "ALFA")
    assert doubted(a_body(mac="ab" * 32, type="no such type", amount_minor=-1)) == (True, "ALFA")
    assert doubted(a_body(), suspicious(known=False)[0]) == (True, "ALFA")


@pytest.mark.parametrize(
    ("claimed", "noted"), [("CHRL", "CHRL"), ("BRVO", "BRVO"), ("\x00", None), (7, None), (None, None)]
)
def test_a_stranger_is_doubted_by_the_name_he_gives_if_it_is_one(claimed: object, noted: str | None) -> None:
    assert doubted(a_body(from_bank=claimed)) == (noted is not None, noted)


def test_a_record_that_names_no_id_is_nobodys() -> None:
    assert doubted(a_body(transaction_id="a b")) == (False, None)


@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise(value: bytes) -> None:
    read(value)


@given(st.data())
def test_a_record_with_one_byte_changed_never_raises(data: st.DataObject) -> None:
    body = bytearray(a_body())
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(body))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(orjson.loads(a_body()))), json_values)
def test_any_field_may_be_anything(name: str, value: object) -> None:
    fields = orjson.loads(a_body())
    try:
        body = orjson.dumps({**fields, name: value})
    except TypeError:
        return
    read(body)
    DOUBTER.read(Record("external-transfers", 0, 1, b"BRVO", body[:-1] + b',"mac":"00"}'), NOON_US)
