"""Q02: no balance that anybody ever read was below what the account may go down to."""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.calls import READ_ACCOUNT, READ_STATEMENT
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import Evidence
from federation.grading.telling import money


def limits(evidence: Evidence) -> Iterator[Finding]:
    lowest: dict[str, int] = {}
    for number, balance in _balances(evidence):
        lowest[number] = min(balance, lowest.get(number, balance))
    for account in evidence.town.accounts():
        seen = lowest.get(account.number, account.floor_minor)
        if seen < account.floor_minor:
            yield Finding(
                CHECKER.id,
                f"Account {evidence.town.label(account.number)} was overdrawn: it was read with {money(seen)}.",
                f"never below {money(account.floor_minor)}",
                money(seen),
            )


def _balances(evidence: Evidence) -> Iterator[tuple[str, int]]:
    """Every balance that was ever read, with its account."""
    for reading in evidence.history.done(READ_ACCOUNT):
        yield reading.account, reading.balance_minor
    for reading in evidence.history.done(READ_STATEMENT):
        for line in reading.lines:
            if line.balance_minor is not None:
                yield reading.account, line.balance_minor


CHECKER = Checker("Q02", "A", "No balance below its limit", limits)
