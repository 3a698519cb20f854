"""Q11: statements only grow at their end: no line that was read vanishes, changes or moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from federation.grading.calls import READ_STATEMENT, Call, Line
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import Evidence
from federation.grading.telling import money


def statement_growth(evidence: Evidence) -> Iterator[Finding]:
    readings: dict[str, list[Call]] = defaultdict(list)
    for call in evidence.history.done(READ_STATEMENT):
        readings[call.account].append(call)
    for number, calls in readings.items():
        found = next(_shrinkings(calls), None)
        if found is not None:
            place, was, now = found
            seen = f"{money(now.amount_minor)} {now.transaction_id}".strip() if now else "no such line"
            yield Finding(
                CHECKER.id,
                f"Line {place} of {evidence.town.label(number)}'s statement was {_said(was)}, and later it was {seen}.",
                _said(was),
                seen,
                (was.transaction_id,) if was.transaction_id else (),
            )


def _said(line: Line) -> str:
    return f"{money(line.amount_minor)} {line.transaction_id}".strip()


def _shrinkings(calls: list[Call]) -> Iterator[tuple[int, Line, Line | None]]:
    """(place, the line as it was, as it is later) for each reading that lost something of an earlier one."""
    for later in calls:
        earlier = [call for call in calls if call.ended_before(later.begun_us) and call is not later]
        if not earlier:
            continue
        before = max(earlier, key=lambda call: call.ended_us or 0)
        count = len(before.answer["lines"])
        if later.answer["lines"][:count] == before.answer["lines"]:
            continue
        known, now = before.lines, later.lines
        place = next(at for at, was in enumerate(known) if at >= len(now) or now[at] != was)
        yield place + 1, known[place], now[place] if place < len(now) else None


CHECKER = Checker("Q11", "C", "Statements only grow", statement_growth)
