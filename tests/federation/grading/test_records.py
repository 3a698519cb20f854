"""Records in a node's own words: what the grader reads on the topic, and what it writes there itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import federation.grading
from bank_node.transfers.wire_files import VECTORS
from federation.grading.adapter import Adapter
from federation.grading.records import ACCEPTED, OTHER, REJECTED, REQUESTED, BusRecord, read_record, write_record
from federation.grading.submission import read_submission
from tests.support.graded_run import ALICE, BOB

OWN = Adapter()
NAIVE = read_submission(Path(federation.grading.__file__).parent / "templates" / "naive").adapter
RECORD = BusRecord(REQUESTED, "t1", "ALFA", "BRVO", ALICE, BOB, 12_50, "EUR")


def test_a_published_example_of_the_references_own_messages_is_read() -> None:
    said = json.loads(VECTORS.read_text(encoding="utf-8"))["examples"][0]["fields"]
    found = read_record(json.dumps(said | {"type": "transfer.requested"}).encode(), OWN)
    road = (said["from_account"], said["to_account"])
    assert found == BusRecord(REQUESTED, said["transaction_id"], "ALFA", "BRVO", *road, said["amount_minor"], "EUR")


@pytest.mark.parametrize("type_", [REQUESTED, ACCEPTED, REJECTED])
def test_what_is_written_in_a_nodes_words_is_read_again(type_: str) -> None:
    record = BusRecord(type_, "t1", "ALFA", "BRVO", ALICE, BOB, 12_50, "EUR")  # type: ignore[arg-type]
    assert read_record(write_record(record, OWN), OWN) == record


def test_a_naive_node_writes_floats_and_no_types() -> None:
    said = json.loads(write_record(RECORD, NAIVE))
    assert (said["tx_id"], said["from"], said["to"], said["amount"]) == ("t1", ALICE, BOB, 12.5)
    assert "type" not in said
    assert read_record(write_record(RECORD, NAIVE), NAIVE) == RECORD


def test_a_record_can_be_made_wrong_on_purpose() -> None:
    negative = read_record(write_record(RECORD, OWN, amount_minor=-5), OWN)
    assert negative is not None
    assert negative.amount_minor == -5
    fraction = read_record(write_record(RECORD, OWN, amount_minor=0.5), OWN)
    assert fraction is not None
    assert fraction.amount_minor is None


@pytest.mark.parametrize(
    "value", [b"", b"\xff\xfe", b"{", b"[]", b"null", b"{}", b"[" * 100_000, b'{"transaction_id": ""}']
)
def test_what_is_no_message_is_none(value: bytes) -> None:
    assert read_record(value, OWN) is None


def test_a_type_that_nobody_knows_is_another_one() -> None:
    found = read_record(b'{"transaction_id": "t1", "type": "transfer.inquiry"}', OWN)
    assert found is not None
    assert (found.type, found.amount_minor) == (OTHER, None)
