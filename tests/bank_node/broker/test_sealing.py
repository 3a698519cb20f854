from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from bank_node.broker.sealing import KeyWanted, Unsendable, sealer
from bank_node.store.unit import OutboxRow
from bank_node.transfers.keyring import Keyring, OwnKey
from bank_node.transfers.keys import bilateral_key, mac_fits, new_exchange_key
from bank_node.transfers.messages import BYTES_MAX
from bank_node.transfers.registry import PeerKey, PeerRecord
from bank_node.transfers.topics import DEAD_LETTERS, EXTERNAL_TRANSFERS

TRANSFER = "01936b2e-7c31-7d4a-9f00-5b0c8d1e2f34"
EVENT = "01936b2e-7c31-7d4a-8a11-aabbccddeeff"
BODY = {"event_id": EVENT, "created_at": "2026-11-21T10:00:00.000Z", "content_hash": "ab", "reference": "Müller"}
ROW = OutboxRow(7, "money", EXTERNAL_TRANSFERS, "BRVO", "transfer.requested", TRANSFER, orjson.dumps(BODY), 1)

seal = sealer("ALFA", "f-1")


def test_the_value_is_the_stored_body_and_the_attempt() -> None:
    record = seal(replace(ROW, attempt=3))
    assert (record.topic, record.key) == (EXTERNAL_TRANSFERS, b"BRVO")
    assert orjson.loads(record.value) == {**BODY, "attempt": 3}


def test_cloud_events_content_type_and_trace_are_headers() -> None:
    assert dict(seal(ROW).headers) == {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": EVENT.encode(),
        "ce_source": b"/federations/f-1/banks/ALFA",
        "ce_type": b"transfer.requested",
        "traceparent": b"00-01936b2e7c317d4a9f005b0c8d1e2f34-8a11aabbccddeeff-01",
    }


@pytest.mark.parametrize("foreign", ["order-1", "0" * 32, None])
def test_an_id_that_makes_no_trace_has_none(foreign: str | None) -> None:
    assert "traceparent" not in dict(seal(replace(ROW, transaction_id=foreign)).headers)


def test_what_the_other_banks_would_not_read_is_not_sent() -> None:
    large = replace(ROW, body=orjson.dumps({"x": "y" * BYTES_MAX}))
    with pytest.raises(Unsendable, match="at most 65536"):
        seal(large)
    assert len(seal(replace(large, topic=DEAD_LETTERS)).value) > BYTES_MAX, "a dead letter carries 64 KiB and its why"


OWN, THEIRS = new_exchange_key(), new_exchange_key()


def keyring(*, required: bool = True, head: tuple[int, str] | None = (41, "ab" * 32)) -> Keyring:
    ring = Keyring("ALFA", "f-1", lambda: 0, required=required)
    ring.hold([OwnKey(1, OWN.private)])
    ring.learn(PeerRecord("BRVO", "", "http://x", "", "", (PeerKey(1, THEIRS.public),), "open", 1, 1, head))
    return ring


@pytest.mark.parametrize("head", [(41, "ab" * 32), None], ids=["known head", "no head"])
def test_a_message_is_sealed_with_the_known_head_under_the_mac_and_the_attempt_outside(
    head: tuple[int, str] | None,
) -> None:
    sealed = sealer("ALFA", "f-1", keyring(head=head))
    first, again = (orjson.loads(sealed(replace(ROW, attempt=attempt)).value) for attempt in (1, 2))
    known = {"known_head": {"seq": 41, "hash": "ab" * 32}} if head else {}
    assert first == {**BODY, **known, "mac": first["mac"], "attempt": 1}
    assert again == {**first, "attempt": 2}
    key = bilateral_key(THEIRS.private, OWN.public, "BRVO", "ALFA", "f-1")
    assert mac_fits(key, again)
    assert not mac_fits(key, first | {"known_head": {"seq": 42, "hash": "ab" * 32}})


def test_where_a_mac_is_required_a_message_waits_for_its_addressees_key() -> None:
    with pytest.raises(KeyWanted):
        sealer("ALFA", "f-1", keyring())(replace(ROW, key="CHRL"))


def test_where_it_is_not_a_message_to_a_bank_without_a_key_goes_without() -> None:
    sealed = sealer("ALFA", "f-1", keyring(required=False))
    assert orjson.loads(sealed(replace(ROW, key="CHRL")).value) == {**BODY, "attempt": 1}
    assert "mac" in orjson.loads(sealed(ROW).value)


def test_only_messages_between_banks_are_sealed() -> None:
    dead = replace(ROW, topic=DEAD_LETTERS)
    assert sealer("ALFA", "f-1", keyring())(dead).value == dead.body
