"""Times, delays and amounts as a page shows them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from teller_ui.views import text

NOW = int(datetime.fromisoformat("2026-11-21T12:00:00").astimezone().timestamp()) * 1_000_000
HOUR = 3600 * 1_000_000


@pytest.mark.parametrize(
    ("ago", "said"),
    [(0, "12:00:00"), (24 * HOUR, "Fri 12:00"), (10 * 24 * HOUR, "11 Nov 12:00"), (400 * 24 * HOUR, "17 Oct 2025")],
)
def test_the_older_a_moment_the_more_of_its_day_is_said(ago: int, said: str) -> None:
    assert text.moment(NOW - ago, NOW) == said


@pytest.mark.parametrize(
    ("delay_us", "said"),
    [
        (0, "<1 ms"),
        (9_000, "9 ms"),
        (1_400_000, "1.4 s"),
        (15_000_000, "15 s"),
        (180_000_000, "3 min"),
        (3 * HOUR, "3 h"),
        (-9_000, "−9 ms"),
    ],
)
def test_a_delay_is_said_in_the_unit_that_fits(delay_us: int, said: str) -> None:
    assert text.after(delay_us) == said


def test_what_an_entry_did_has_a_sign_and_a_true_minus() -> None:
    assert text.signed(400_00, "EUR") == "+400.00"
    assert text.signed(-12_50, "EUR") == "−12.50"


def test_a_clock_shows_milliseconds() -> None:
    assert text.clock_ms(NOW + 104_000) == "12:00:00.104"


def test_the_zone_is_told_beside_the_times() -> None:
    offset = datetime.fromtimestamp(NOW / 1_000_000).astimezone().utcoffset()
    assert text.zone(NOW) == "UTC" if offset == timedelta() else text.zone(NOW).startswith("local time (UTC")


def test_a_day_of_birth_is_said_in_words_and_a_strange_one_as_it_is() -> None:
    assert text.day_of("1987-05-04") == "4 May 1987"
    assert text.day_of("in spring") == "in spring"
