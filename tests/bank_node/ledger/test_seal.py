"""The hash that stands in the audit log can be worked out by anybody who has the rows."""

from __future__ import annotations

import json
from hashlib import sha256

from bank_node.ledger.seal import BEGINNING, Span, seal_of

ENTRIES = [(3, "deposit", "EUR", None, "Miete März", "okafor", 30), (4, "transfer_out", "EUR", "t-1", None, "t", 40)]
POSTINGS = [(1, 3, 500, 700), (1, 4, -200, 500), (2, 3, -500, -900), (3, 4, 200, 200)]
SPAN = Span("2026-11", after_entry=2, up_to_entry=4, previous="ab" * 32)


def test_it_is_the_hash_of_one_json_array() -> None:
    said = [SPAN.previous, "2026-11", 4, ENTRIES, POSTINGS]
    by_hand = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
    assert seal_of(SPAN, [ENTRIES], [POSTINGS]).hash == sha256(by_hand).hexdigest()


def test_in_pieces_it_is_the_same() -> None:
    whole = seal_of(SPAN, [ENTRIES], [POSTINGS])
    assert seal_of(SPAN, [[row] for row in ENTRIES], [POSTINGS[:1], POSTINGS[1:3], POSTINGS[3:]]) == whole
    assert (whole.postings, whole.moved) == (4, {1: 300, 2: -500, 3: 200})
    assert whole.standing == {1: 500, 2: -900, 3: 200}


def test_an_empty_month_has_a_seal_too() -> None:
    by_hand = f'["{BEGINNING}","2026-12",4,[],[]]'.encode()
    seal = seal_of(Span("2026-12", 4, 4), [], [])
    assert (seal.hash, seal.postings, seal.moved) == (sha256(by_hand).hexdigest(), 0, {})


def test_every_row_every_bound_and_the_seal_before_count() -> None:
    hashes = {
        seal_of(SPAN, [ENTRIES], [POSTINGS]).hash,
        seal_of(SPAN, [ENTRIES[:1]], [POSTINGS]).hash,
        seal_of(SPAN, [ENTRIES], [POSTINGS[1:]]).hash,
        seal_of(SPAN, [ENTRIES], [[(1, 3, 501, 700), *POSTINGS[1:]]]).hash,
        seal_of(Span("2026-11", 2, 5, "ab" * 32), [ENTRIES], [POSTINGS]).hash,
        seal_of(Span("2026-11", 2, 4), [ENTRIES], [POSTINGS]).hash,
    }
    assert len(hashes) == 6
