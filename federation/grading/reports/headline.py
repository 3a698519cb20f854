"""The score and what it means, in the words that stand above everything else."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from federation.grading.checkers.finding import LATE, UNSAFE
from federation.grading.score import NOT_EXERCISED, PASS, Score, Verdict, rounded
from federation.grading.sheet import POINTS

_NOT_HELD: tuple[tuple[Verdict, str], ...] = (
    (UNSAFE, "unsafe"),
    (LATE, "safe but late"),
    (NOT_EXERCISED, "not exercised"),
)
WORDS = {PASS: "held", LATE: "late", UNSAFE: "unsafe", NOT_EXERCISED: "not exercised"}
MEANINGS = {
    PASS: "it did what the contract asks, while and after things were broken: all points",
    LATE: "nothing was lost or doubled, and it took too long: half of the points",
    UNSAFE: "something was lost, doubled, changed, refused or shown that must not be: no points",
    NOT_EXERCISED: "the fault did not bite, so nothing is known: no points, and the grader's business, not the node's",
}


def points(value: Fraction) -> str:
    """`83.5`, `100`."""
    number = rounded(value)
    return f"{number:.0f}" if number == int(number) else f"{number:.1f}"


def headline(score: Score) -> str:
    """`83.5 of 100`."""
    if score.lines and not any(line.of for line in score.lines):
        return "Diagnosis, no points"
    return f"{points(score.total)} of {POINTS}"


def verdict(score: Score) -> str:
    """One or two sentences; the money cap's, where there is one, is `score.first_line` and stands before them."""
    if score.at_gate:
        return "Nothing was graded, because the first contact failed."
    count = Counter(line.verdict for line in score.lines)
    held = f"{count[PASS]} of {len(score.lines)} scenarios held"
    others = [f"{count[kind]} {words}" for kind, words in _NOT_HELD if count[kind]]
    if not others:
        return f"All {len(score.lines)} scenarios held: nothing was lost, nothing came twice, no cent is missing."
    uncapped = "" if score.total == score.uncapped else f" Without the cap it would be {points(score.uncapped)}."
    return f"{held}; {', '.join(others)}.{uncapped}"
