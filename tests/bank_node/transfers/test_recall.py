"""Reading recalls and their answers from the topic; what identifies one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_node.transfers.messages import content_hash
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Desk, Readable, Unreadable
from bank_node.transfers.recall import recall, recall_answer, recall_hash
from tests.support.cast import DIRECTORY, NOON_US

DESK = Desk("BRVO", "fed", DIRECTORY)
HASH = "0" * 64
BANKS = {"from_bank": "ALFA", "to_bank": "BRVO"}
ASKED: dict[str, Any] = orjson.loads(
    recall(
        now_us=NOON_US,
        event_id="e1",
        federation_id="fed",
        recall_id="r1",
        original=("t1", HASH),
        reason="sent twice",
        **BANKS,
    )[0]
)
ANSWERED: dict[str, Any] = orjson.loads(
    recall_answer(
        event_id="e2",
        federation_id="fed",
        recall_id="r1",
        original_id="t1",
        answers_hash=HASH,
        verdict="agreed",
        reason=None,
        return_id="t2",
        read_us=NOON_US,
        decided_us=NOON_US,
        **BANKS,
    )
)


def read(fields: dict[str, Any]) -> Readable | Unreadable | None:
    return DESK.read(Record("external-transfers", 0, 1, b"BRVO", orjson.dumps(fields)), NOON_US)


@pytest.mark.parametrize("fields", [ASKED, ANSWERED], ids=["asked", "answered"])
def test_both_are_read_with_extras_of_a_later_version(fields: dict[str, Any]) -> None:
    incoming = read(fields | {"schema": "bankfed/1.9", "shoe_size": 44})
    assert isinstance(incoming, Readable)
    assert incoming.message.fault is None
    assert incoming.message.transaction_id == "r1"


def test_the_hash_is_computed_from_who_asks_whom_for_what() -> None:
    incoming = read(ASKED)
    assert isinstance(incoming, Readable)
    assert incoming.message.hash == ASKED["content_hash"] == recall_hash(ASKED)
    other: dict[str, Any]
    for other in (
        {"transaction_id": "r2"},
        {"original_transaction_id": "t2"},
        {"original_hash": "1" * 64},
        {"from_bank": "CHRL"},
        {"to_bank": "CHRL"},
        {"federation_id": "another"},
    ):
        assert recall_hash(ASKED | other) != recall_hash(ASKED), other
    for same in ({"reason": None}, {"event_id": "e9"}, {"created_at": "later"}, {"shoe_size": 44}):
        assert recall_hash(ASKED | same) == recall_hash(ASKED), same


def test_no_recall_has_the_hash_of_a_payment_or_of_a_return() -> None:
    assert recall_hash(ASKED) != content_hash(ASKED)


@pytest.mark.parametrize(
    "fields",
    [
        ASKED | {"content_hash": "1" * 64},
        ASKED | {"original_hash": "short"},
        ASKED | {"original_hash": None},
        ASKED | {"original_transaction_id": "a b"},
        ASKED | {"original_transaction_id": 7},
        ASKED | {"transaction_id": "x" * 65},
        ASKED | {"from_bank": "EVIL"},
        ASKED | {"schema": "bankfed/2.0"},
        ASKED | {"reason": "words"},
        ASKED | {"reason": {"code": "FOCR", "text": "x" * 141}},
        ASKED | {"reason": {"code": "FOCR", "text": "\x1b[2J"}},
        ASKED | {"type": "recall.stolen"},
        ANSWERED | {"answers_hash": "short"},
        ANSWERED | {"answers_hash": None},
        ANSWERED | {"verdict": "maybe"},
        ANSWERED | {"verdict": ["agreed"]},
        ANSWERED | {"verdict": None},
        ANSWERED | {"return_transaction_id": "a b"},
        ANSWERED | {"reason": {"text": 7}},
    ],
)
def test_what_is_malformed_is_set_aside(fields: dict[str, Any]) -> None:
    assert isinstance(read(fields), Unreadable)


def test_one_for_another_bank_or_federation_is_skipped() -> None:
    assert read(ASKED | {"federation_id": "another life"}) is None
    record = Record("external-transfers", 0, 1, None, orjson.dumps(ASKED | {"to_bank": "CHRL"}))
    assert DESK.read(record, NOON_US) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([ASKED, ANSWERED]), st.sampled_from(sorted(ASKED | ANSWERED)), json_values)
def test_any_field_may_be_anything(fields: dict[str, Any], name: str, value: object) -> None:
    try:
        orjson.dumps(value)
    except TypeError:
        return
    read(fields | {name: value})
