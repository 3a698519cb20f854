"""The chain of the audit log names what was done to it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from bank_node.ledger.chain import BEGINNING, Row, breaks, first_broken, link


def a_chain(length: int) -> list[Row]:
    rows, previous = [], BEGINNING
    for seq in range(1, length + 1):
        said = (seq, 1_000 + seq, "teller1", "deposit", f"entry/{seq}", f'{{"entry":{seq}}}')
        previous = link(previous, *said)
        rows.append(Row(*said, previous))
    return rows


def test_a_hash_can_be_computed_in_any_language() -> None:
    text = '[1,1795255200000000,"teller1","deposit","entry/1","{\\"entry\\":1}"]'
    by_hand = sha256(bytes(32) + text.encode()).digest()
    assert link(BEGINNING, 1, 1_795_255_200_000_000, "teller1", "deposit", "entry/1", '{"entry":1}') == by_hand


def test_an_untouched_chain_holds_whole_and_in_parts() -> None:
    rows = a_chain(6)
    assert first_broken(rows) is None
    assert first_broken(rows[3:], rows[2].seq, rows[2].hash) is None
    assert first_broken([]) is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"at_us": 7}, 3),
        ({"actor": "mallory"}, 3),
        ({"action": "withdrawal"}, 3),
        ({"subject": "entry/9"}, 3),
        ({"facts": '{"entry":9}'}, 3),
        ({"hash": bytes(32)}, 3),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_altered_row_is_named(change: dict[str, object], named: int) -> None:
    rows = a_chain(6)
    rows[2] = replace(rows[2], **change)  # type: ignore[arg-type]
    broken = first_broken(rows)
    assert broken is not None
    assert broken.seq == named


def test_words_that_move_from_one_column_to_the_next_are_noticed() -> None:
    rows = a_chain(3)
    rows[1] = replace(rows[1], actor="teller", action="1deposit")
    assert [found.seq for found in breaks(rows)] == [2]


def test_a_missing_row_is_named_and_what_follows_is_still_checked() -> None:
    rows = a_chain(8)
    rows[6] = replace(rows[6], actor="mallory")
    del rows[2:4]
    assert [(found.seq, found.why) for found in breaks(rows)] == [
        (3, "rows 3 to 4 are missing"),
        (7, "row 7 is not what was written after row 6"),
    ]


def test_a_missing_first_row_is_named() -> None:
    assert [found.seq for found in breaks(a_chain(3)[1:])] == [1]


def test_swapped_rows_are_named() -> None:
    rows = a_chain(6)
    rows[2], rows[3] = replace(rows[3], seq=3), replace(rows[2], seq=4)
    assert [found.seq for found in breaks(rows)][:2] == [3, 4]


def test_an_inserted_row_is_given_away_by_the_next_one() -> None:
    rows = a_chain(6)
    said = (3, 1_003, "mallory", "deposit", "entry/3", "{}")
    later = [replace(row, seq=row.seq + 1) for row in rows[2:]]
    broken = first_broken([*rows[:2], Row(*said, link(rows[1].hash, *said)), *later])
    assert broken is not None
    assert broken.seq == 4


def test_a_row_whose_hash_was_made_anew_is_given_away_by_the_next_one() -> None:
    rows = a_chain(6)
    said = (3, 1_003, "mallory", "deposit", "entry/3", '{"entry":3}')
    rows[2] = Row(*said, link(rows[1].hash, *said))
    assert [(found.seq, found.why) for found in breaks(rows)] == [(4, "row 4 is not what was written after row 3")]
