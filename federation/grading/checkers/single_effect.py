"""Q05: a transfer is debited once and credited once. Fingerprint accounts show it without any id: each of their
incoming amounts is another power of four, so a digit 2 in base four is an amount that came twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import Evidence
from federation.grading.telling import money, times
from federation.grading.telling import transfer as told
from federation.grading.town import FINGERPRINT


def single_effect(evidence: Evidence) -> Iterator[Finding]:
    final, accepted = evidence.history.final, evidence.history.accepted
    for number, lines in final.statements.items():
        debits = Counter(line.transaction_id for line in lines if line.transaction_id and line.amount_minor < 0)
        credits = Counter(line.transaction_id for line in lines if line.transaction_id and line.amount_minor > 0)
        for id_, count in (*debits.items(), *((id_, n) for id_, n in credits.items() if id_ not in debits)):
            if count > 1:
                word = "debited" if id_ in debits else "credited"
                sent = accepted.get(id_)
                what = told(evidence.town, sent) if sent else f"transfer {id_}"
                surplus = sum(line.amount_minor for line in lines if line.transaction_id == id_)
                yield Finding(
                    CHECKER.id,
                    f"{what[0].upper()}{what[1:]} was {word} {times(count)} at {evidence.town.label(number)}.",
                    f"{word} once",
                    f"{word} {times(count)}",
                    (id_,),
                    cents=surplus - surplus // count,
                )
    yield from _fingerprints(evidence)


def _fingerprints(evidence: Evidence) -> Iterator[Finding]:
    for account in evidence.town.accounts():
        balance = evidence.history.final.balances.get(account.number)
        if account.purpose != FINGERPRINT or balance is None:
            continue
        come = balance - account.opening_minor
        place = 0
        while come > 0:
            come, digit = divmod(come, 4)
            if digit > 1:
                amount = 4**place
                yield Finding(
                    CHECKER.id,
                    f"{money(amount)} came {times(digit)} to {evidence.town.label(account.number)}, "
                    "where each amount is sent once.",
                    "once",
                    times(digit),
                    cents=(digit - 1) * amount,
                )
            place += 1


CHECKER = Checker("Q05", "A", "One effect per transfer and side", single_effect)
