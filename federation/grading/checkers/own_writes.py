"""Q10: what a teller was told is done, the same teller finds at the next look: the line in the statement, the transfer
by its id. Balances do not prove it, others move them at the same time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

from federation.grading.calls import (
    DEPOSIT,
    MISSING,
    READ_STATEMENT,
    READ_TRANSFER,
    TRANSFER,
    WITHDRAW,
    Call,
)
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import Evidence

Looks = dict[tuple[str, str, str], list[Call]]  # by client, bank and what was looked at


def own_writes(evidence: Evidence) -> Iterator[Finding]:
    looks = _looks(evidence)
    for do in (TRANSFER, DEPOSIT, WITHDRAW):
        for write in evidence.history.done(do):
            blind = next((look for look in _next_looks(looks, write) if not _shows(look, write)), None)
            if blind is not None:
                where = "statement" if blind.do == READ_STATEMENT else "answer"
                yield Finding(
                    CHECKER.id,
                    f"{write.client} was told that {do} {write.transaction_id} is done, and the next {where} "
                    f"{write.bank} gave did not have it.",
                    f"{write.transaction_id} in the next {where}",
                    "not there",
                    (write.transaction_id,),
                )


def _looks(evidence: Evidence) -> Looks:
    """Who looked at what, in the order they began: a statement, or one transfer."""
    found: Looks = defaultdict(list)
    for call in (*evidence.history.done(READ_STATEMENT), *evidence.history.done(READ_TRANSFER)):
        about = call.account if call.do == READ_STATEMENT else call.transaction_id
        found[call.client, call.bank, about].append(call)
    return found


def _next_looks(looks: Looks, write: Call) -> Iterator[Call]:
    """The first time that this client looked at the statement, and at the transfer, after it was told."""
    if not write.transaction_id or write.ended_us is None:
        return
    for about in (write.account, write.transaction_id):
        mine = looks.get((write.client, write.bank, about), [])
        place = bisect_left(mine, write.ended_us, key=lambda look: look.begun_us)
        yield from mine[place : place + 1]


def _shows(look: Call, write: Call) -> bool:
    if look.do == READ_TRANSFER:
        return look.status != MISSING
    return any(write.transaction_id in (line["transaction_id"], line["id"]) for line in look.answer["lines"])


CHECKER = Checker("Q10", "C", "A teller reads what he wrote", own_writes)
