"""Q01: all accounts together hold what was paid in, less what was paid out and what may be on its way.

Every sweep (a reading of all accounts) is asked. Its readings are not of one moment, so each transfer and each payment
in cash that may have been under way meanwhile widens what is believed. At rest nothing does, and it is exact: then the
statements tell what became of an order that was never answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from federation.grading.calls import DEPOSIT, FAIL, OK, READ_ACCOUNT, TRANSFER, WITHDRAW, Call
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.checkers.strays import strays
from federation.grading.evidence import Evidence
from federation.grading.history import History
from federation.grading.telling import money


def federation_total(evidence: Evidence) -> Iterator[Finding]:
    for name, readings in _sweeps(evidence):
        seen = sum(reading.balance_minor for reading in readings.values())
        begun_us = min(reading.begun_us for reading in readings.values())
        ended_us = max(reading.ended_us or 0 for reading in readings.values())
        low, high = believable(evidence, begun_us, ended_us)
        if low <= seen <= high:
            continue
        gap = seen - high if seen > high else seen - low
        expected = money(low) if low == high else f"{money(low)} to {money(high)}"
        word = "appeared from nowhere" if gap > 0 else "is gone"
        yield Finding(
            CHECKER.id,
            f"{money(abs(gap))} {word}: all accounts of all banks together held {money(seen)} (reading {name}).",
            expected,
            money(seen),
            cents=gap,
        )


def believable(evidence: Evidence, begun_us: int, ended_us: int) -> tuple[int, int]:
    """The least and the most that the accounts may add up to, read one after the other in this time."""
    low = high = evidence.town.issued_minor
    for down, up in (*_cash(evidence.history, begun_us, ended_us), *_under_way(evidence, begun_us, ended_us)):
        low, high = low + down, high + up
    return low, high


def _sweeps(evidence: Evidence) -> Iterator[tuple[str, dict[str, Call]]]:
    """Those that have every account; where a bank did not answer, nothing can be added up."""
    found: dict[str, dict[str, Call]] = defaultdict(dict)
    for call in evidence.history.done(READ_ACCOUNT):
        if call.sweep:
            found[call.sweep][call.account] = call
    numbers = {account.number for account in evidence.town.accounts()}
    return ((name, readings) for name, readings in found.items() if set(readings) >= numbers)


def _cash(history: History, begun_us: int, ended_us: int) -> Iterator[tuple[int, int]]:
    """What each payment in cash does to the sum: (at least, at most)."""
    for call in _once_each(history, (DEPOSIT, WITHDRAW)):
        amount = call.amount_minor if call.do == DEPOSIT else -call.amount_minor
        if call.outcome == FAIL or call.begun_us >= ended_us:
            continue
        if call.outcome == OK and call.ended_before(begun_us):
            yield amount, amount
        else:
            yield min(0, amount), max(0, amount)


def _under_way(evidence: Evidence, begun_us: int, ended_us: int) -> Iterator[tuple[int, int]]:
    history, at_rest = evidence.history, begun_us >= evidence.deadline_us
    nowhere = set(_left_and_nowhere(evidence)) if at_rest else set()
    for call in _once_each(history, (TRANSFER,)):
        if call.outcome == FAIL or call.begun_us >= ended_us:
            continue
        amount = call.amount_minor
        if call.outcome != OK and at_rest and call.account in history.final.statements:
            yield (-amount, 0) if (call.bank, call.key) in nowhere else (0, 0)
        elif call.outcome != OK or not call.ended_before(begun_us):
            yield -amount, amount  # one account may have been read before it, the other after it
        else:
            known_us = history.final_known_us(call.transaction_id)
            if known_us is None or known_us > begun_us:
                yield -amount, 0  # it has left; whether it has arrived nobody knows yet


def _left_and_nowhere(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Orders that were never answered, and were done: bank and key of those that have arrived nowhere yet."""
    for stray in strays(evidence):
        lines = evidence.history.final.lines_of(stray.transaction_id)
        if stray.by == "unknown" and stray.order is not None and not any(line.amount_minor > 0 for _, line in lines):
            yield stray.order.bank, stray.order.key


def _once_each(history: History, kinds: tuple[str, ...]) -> Iterator[Call]:
    """A key is one request, however often it was sent: begun when it was first sent, answered with the earliest yes,
    else by nobody, else with a no."""
    rank = {OK: 0, FAIL: 2}
    for calls in history.by_key.values():
        if calls[0].do in kinds:
            told = min(calls, key=lambda call: (rank.get(call.outcome, 1), call.ended_us or 0))
            yield replace(told, begun_us=calls[0].begun_us)


CHECKER = Checker("Q01", "A", "Money is conserved over all banks", federation_total)
