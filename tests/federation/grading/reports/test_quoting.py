"""A stranger's text: nothing in it acts in a terminal, in XML or on a line's direction, and it ends somewhere."""

from __future__ import annotations

from federation.grading.reports.quoting import brief, lines_of, shown


def test_what_acts_is_named_and_what_is_only_strange_stays() -> None:
    assert shown("Zoë 銀行 −2.50 ✓") == "Zoë 銀行 −2.50 ✓"
    assert shown("a\x1b[31mb") == "a\\x1b[31mb"
    assert shown("a\u202eb\u2066") == "a\\u202eb\\u2066"
    assert shown("a\x00b\ud800\uffff") == "a\\x00b\\ud800\\uffff"
    assert shown("one\ntwo\u2028three\u00a0four") == "one\\ntwo\\u2028three four"
    assert shown(17) == "17"


def test_what_is_long_is_cut_and_says_so() -> None:
    assert shown("x" * 10, 10) == "x" * 10
    assert shown("x" * 2_000, 10) == "xxxxxxxxxx… (1,990 more characters)"


def test_of_a_log_the_last_lines_are_shown() -> None:
    assert lines_of("a\nb\x07\nc", 2) == ["… 1 lines before", "b\\x07", "c"]
    assert lines_of("", 2) == []


def test_a_long_name_in_a_sentence_is_cut_and_a_short_one_is_not() -> None:
    long = "3cc94f9e-86d1-4de7-9d6e-903a69c84f66"
    assert brief(f"Transfer {long} and t17", [long, "t17"]) == "Transfer …69c84f66 and t17"
