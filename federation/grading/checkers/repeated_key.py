"""Q12: a key is one transfer. The same request again gets the same answer, another one under that key is refused, and
there are never two transfers, also where both came at once."""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.calls import FINAL, OK, Call
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.checkers.strays import strays
from federation.grading.evidence import Evidence
from federation.grading.telling import money


def repeated_key(evidence: Evidence) -> Iterator[Finding]:
    for (_, key), calls in evidence.history.by_key.items():
        done = [call for call in calls if call.outcome == OK]
        if len(calls) > 1 and done:
            yield from _of_one_key(key, done)
    for stray in strays(evidence):
        if stray.by == "repeated" and stray.order is not None:
            yield Finding(
                CHECKER.id,
                f"Key {stray.order.key} was sent again, and a second transfer was made that nobody was told of: "
                f"{stray.transaction_id}, {money(stray.amount_minor)} from {evidence.town.label(stray.account)}.",
                "one transfer",
                "two",
                (stray.transaction_id,),
                cents=stray.amount_minor,
            )


def _of_one_key(key: str, done: list[Call]) -> Iterator[Finding]:
    first = done[0]
    for again in done[1:]:
        ids = tuple(dict.fromkeys((first.transaction_id, again.transaction_id)))
        if again.request != first.request:
            yield _finding(
                f"Key {key} was sent again with other content, and {again.bank} said yes.", "a refusal", "a yes", ids
            )
        elif again.transaction_id != first.transaction_id:
            words = f"Key {key} was sent again with the same content, and {again.bank} made a second transfer of it."
            yield _finding(words, first.transaction_id, again.transaction_id, ids, again.amount_minor)
        elif {first.status, again.status} == set(FINAL):
            words = f"Key {key} was answered with {first.status}, and with {again.status} when it was sent again."
            yield _finding(words, first.status, again.status, ids)


def _finding(sentence: str, expected: str, seen: str, ids: tuple[str, ...], cents: int = 0) -> Finding:
    return Finding(CHECKER.id, sentence, expected, seen, ids, cents=cents)


CHECKER = Checker("Q12", "A", "A repeated key is one transfer", repeated_key)
