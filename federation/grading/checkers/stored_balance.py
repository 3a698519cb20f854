"""Q04: the balance of an account is its opening balance and the lines of its statement, added up; so is the balance
that stands behind each line."""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import Evidence
from federation.grading.telling import money


def stored_balance(evidence: Evidence) -> Iterator[Finding]:
    final = evidence.history.final
    for account in evidence.town.accounts():
        if account.number not in final.statements:
            continue
        label = evidence.town.label(account.number)
        stands, told = account.opening_minor, False
        for place, line in enumerate(final.statements[account.number], 1):
            stands += line.amount_minor
            if line.balance_minor is not None and line.balance_minor != stands and not told:
                told = True  # one line that is wrong makes all later ones wrong
                yield _finding(f"Line {place} of {label}'s statement", stands, line.balance_minor, line.transaction_id)
        balance = final.balances.get(account.number, stands)
        if balance != stands:
            yield _finding(f"The balance of {label}", stands, balance)


def _finding(what: str, expected: int, seen: int, transaction_id: str = "") -> Finding:
    return Finding(
        CHECKER.id,
        f"{what} says {money(seen)}; the lines up to there add up to {money(expected)}.",
        money(expected),
        money(seen),
        (transaction_id,) if transaction_id else (),
        cents=seen - expected,
    )


CHECKER = Checker("Q04", "A", "A balance is the sum of its history", stored_balance)
