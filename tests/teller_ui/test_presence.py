"""When another bank was last heard of, as a chip."""

from __future__ import annotations

import pytest

from teller_ui.views.presence import seen_chip

SECOND_US = 1_000_000


@pytest.mark.parametrize(
    ("ago_s", "word", "tone"),
    [
        (-5, "last seen 1 s ago", "ok"),  # its record was read while this page was made
        (0, "last seen 1 s ago", "ok"),
        (3, "last seen 3 s ago", "ok"),
        (90, "last seen 90 s ago", "ok"),
        (91, "last seen 91 s ago", "wait"),  # three heartbeats of 30 s were missed
        (240, "last seen 4 min ago", "wait"),
        (7_200, "last seen 2 h ago", "wait"),
        (3 * 86_400, "last seen 3 days ago", "wait"),
    ],
)
def test_it_says_how_long_ago_and_is_amber_where_that_is_too_long(ago_s: int, word: str, tone: str) -> None:
    now_us = 10**15
    chip = seen_chip(now_us - ago_s * SECOND_US, now_us, 30_000)
    assert (chip.word, chip.tone) == (word, tone)


def test_a_bank_nobody_has_heard_of_says_so() -> None:
    assert seen_chip(None, 10**15, 30_000).word == "not heard of yet"
