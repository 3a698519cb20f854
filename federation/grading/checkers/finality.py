"""Q08: after healing everything is final within T, and every bank answers. What is final only later is late.

A reading proves it: one that began after T and still said pending. A bank that answers, and to this question does not,
however often it is asked, is believed no longer: who is silent about what is open would have nothing that is open.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from federation.grading.calls import FINAL_READER, OK, PENDING, READ_ACCOUNT, READ_STATEMENT, READ_TRANSFER, Call
from federation.grading.checkers.finding import DIAGNOSIS, LATE, UNSAFE, Checker, Finding
from federation.grading.evidence import Evidence
from federation.grading.history import Sent
from federation.grading.telling import seconds
from federation.grading.telling import transfer as told

ASKED_MIN = 2  # once may be anybody's misfortune


def finality(evidence: Evidence) -> Iterator[Finding]:
    for id_, sent in evidence.history.accepted.items():
        due_us = max(sent.accepted_us, evidence.healed_us) + evidence.patience_us
        readings = [call for call in evidence.history.status_readings.get(id_, ()) if call.do == READ_TRANSFER]
        after = [call for call in readings if call.begun_us >= due_us]
        if not any(call.status == PENDING for call in after):
            continue
        yield _open_for_too_long(evidence, sent, due_us, after)
    silent = list(_silent_banks(evidence))
    yield from silent
    if not silent:
        yield from _untold_transfers(evidence)
        yield from _unshown_books(evidence)
    yield from _stuck_outboxes(evidence)


def _open_for_too_long(evidence: Evidence, sent: Sent, due_us: int, after: list[Call]) -> Finding:
    last_pending = max(call.begun_us for call in after if call.status == PENDING)
    passed = seconds(last_pending - due_us + evidence.patience_us)
    what = told(evidence.town, sent)
    never = after[-1].status == PENDING
    words = "is not final, and nobody knows whether it ever will be" if never else "became final too late"
    return Finding(
        CHECKER.id,
        f"{what[0].upper()}{what[1:]} {words}: {passed} after everything was healed it was still pending.",
        f"final within {seconds(evidence.patience_us)}",
        f"pending after {passed}",
        (sent.transaction_id,),
        UNSAFE if never else LATE,
    )


def _silent_banks(evidence: Evidence) -> Iterator[Finding]:
    """A bank that says nothing after T can not have concluded anything."""
    asked, answered = Counter[str](), Counter[str]()
    for call in evidence.history.of.get(READ_ACCOUNT, ()):
        if call.client == FINAL_READER and call.begun_us >= evidence.deadline_us:
            asked[call.bank] += 1
            answered[call.bank] += call.outcome == OK
    for bank in asked:
        if not answered[bank]:
            yield Finding(
                CHECKER.id,
                f"{bank} does not answer any more, {seconds(evidence.patience_us)} after everything was healed.",
                "an answer",
                f"none to {asked[bank]} questions",
            )


def _untold_transfers(evidence: Evidence) -> Iterator[Finding]:
    """Asked about again and again after T, never answered, and nobody has ever read that they are final."""
    asked: dict[str, list[Call]] = defaultdict(list)
    for call in evidence.history.of.get(READ_TRANSFER, ()):
        if call.client == FINAL_READER:
            asked[call.transaction_id].append(call)
    untold: dict[str, list[str]] = defaultdict(list)
    for id_, sent in evidence.history.accepted.items():
        due_us = max(sent.accepted_us, evidence.healed_us) + evidence.patience_us
        after = [call for call in asked.get(id_, ()) if call.begun_us >= due_us]
        answered = any(call.outcome == OK for call in after)
        if len(after) >= ASKED_MIN and not answered and evidence.history.final_known_us(id_) is None:
            untold[sent.from_bank].append(id_)
    for bank, ids in untold.items():
        what = "a transfer" if len(ids) == 1 else f"{len(ids)} transfers"
        yield Finding(
            CHECKER.id,
            f"{bank} does not say what has become of {what} that it accepted, among them {ids[0]}, "
            f"{seconds(evidence.patience_us)} after everything was healed.",
            "completed or rejected",
            "no answer",
            tuple(ids),
        )


def _unshown_books(evidence: Evidence) -> Iterator[Finding]:
    """Accounts of which the balance, or the statement, was not shown any more."""
    for do, word in ((READ_ACCOUNT, "balance"), (READ_STATEMENT, "statement")):
        asked, answered = Counter[tuple[str, str]](), set[tuple[str, str]]()
        for call in evidence.history.of.get(do, ()):
            if call.client == FINAL_READER and call.begun_us >= evidence.deadline_us:
                asked[call.bank, call.account] += 1
                if call.outcome == OK:
                    answered.add((call.bank, call.account))
        for (bank, account), times in asked.items():
            if times >= ASKED_MIN and (bank, account) not in answered:
                yield Finding(
                    CHECKER.id,
                    f"{bank} does not show the {word} of {evidence.town.label(account)} any more, "
                    f"{seconds(evidence.patience_us)} after everything was healed.",
                    "an answer",
                    f"none to {times} questions",
                )


def _stuck_outboxes(evidence: Evidence) -> Iterator[Finding]:
    for bank, books in (evidence.books or {}).items():
        stuck = [row.transaction_id for row in books.outbox if not row.published]
        if stuck:
            yield Finding(
                CHECKER.id,
                f"{bank} still has {len(stuck)} messages in its outbox that it never sent.",
                "an empty outbox",
                f"{len(stuck)} messages",
                tuple(stuck),
                DIAGNOSIS,
            )


CHECKER = Checker("Q08", "E", "Everything becomes final in time", finality)
