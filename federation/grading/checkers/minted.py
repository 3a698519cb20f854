"""Q14: no account is credited unless another one was debited, the same transfer and the same amount; and a record that
the grader forged moves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from federation.grading.calls import DEPOSIT, FAIL, OK
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import Evidence
from federation.grading.telling import money


def minted(evidence: Evidence) -> Iterator[Finding]:
    final, forged = evidence.history.final, evidence.forged_ids()
    cash, unknown_cash = _cash(evidence)
    for number, lines in final.statements.items():
        own_debits = {line.transaction_id for line in lines if line.amount_minor < 0}
        for line in lines:
            id_ = line.transaction_id
            if not id_ or id_ in cash or line.id in cash:
                continue
            where = evidence.town.label(number)
            if id_ in forged:
                words = f"A forged record ({id_}) moved money: {money(line.amount_minor)} at {where}."
                yield _finding(words, "nothing", line.amount_minor, id_)
            elif (
                line.amount_minor > 0
                and id_ not in own_debits
                and not _is_paid(evidence, number, id_, line.amount_minor)
            ):
                if unknown_cash[number, line.amount_minor]:
                    unknown_cash[number, line.amount_minor] -= 1
                    continue
                words = f"{where} was credited {money(line.amount_minor)} for transfer {id_}, which nobody paid"
                paid = [abs(other.amount_minor) for _, other in final.lines_of(id_) if other.amount_minor < 0]
                words += f": the payer gave {money(paid[0])}." if paid else "."
                yield _finding(words, money(paid[0]) if paid else "no credit", line.amount_minor, id_)


def _is_paid(evidence: Evidence, number: str, id_: str, amount_minor: int) -> bool:
    """Also true where the payer's bank can not be asked."""
    final, sent = evidence.history.final, evidence.history.accepted.get(id_)
    if sent is not None and sent.from_account not in final.statements:
        return sent.amount_minor == amount_minor
    if sent is None and len(final.statements) < sum(1 for _ in evidence.town.accounts()):
        return True
    return any(other != number and line.amount_minor == -amount_minor for other, line in final.lines_of(id_))


def _cash(evidence: Evidence) -> tuple[set[str], Counter[tuple[str, int]]]:
    """Ids of deposits that were told; and those of which nobody knows, by account and amount."""
    deposits = evidence.history.of.get(DEPOSIT, ())
    told = {call.transaction_id for call in deposits if call.outcome == OK and call.transaction_id}
    unknown = Counter((c.account, c.amount_minor) for c in deposits if c.outcome not in (OK, FAIL))
    return told, unknown


def _finding(sentence: str, expected: str, seen_minor: int, id_: str) -> Finding:
    return Finding(CHECKER.id, sentence, expected, money(seen_minor), (id_,), cents=seen_minor)


CHECKER = Checker("Q14", "A", "Nothing is minted", minted)
