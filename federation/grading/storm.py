"""What a storm is worth: one scenario is played, and four are judged by it. All became final, within a minute, answered
quickly, within the memory a bank may have.

Slow is late, not wrong. Whoever was never answered has waited longer than anybody; so has he who was told that it is
not now ("503"): nothing was done for him.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from federation.grading.blame import Blame, Blamed
from federation.grading.calls import INFO, OK, PENDING, READ_TRANSFER, TRANSFER, Call
from federation.grading.checkers.finding import LATE, Finding
from federation.grading.checkers.service import CHECKER as SERVICE
from federation.grading.checkers.service import MEMORY_MIB_MAX
from federation.grading.evidence import MEMORY, STORM, Evidence, Fault
from federation.grading.score import Result
from federation.grading.telling import seconds

FINAL, IN_TIME, QUICK, SMALL = "N29a", "N29b", "N29c", "N29d"
WITHIN_US = 60_000_000
LATENCY_US_MAX, PERCENT = 300_000, 95


def judged(evidence: Evidence, result: Result) -> tuple[Result, ...]:
    """The storm's own result, and those of the other three."""
    storm = next((fault for fault in reversed(evidence.faults) if fault.what == STORM), None)
    memory = tuple(one for one in result.findings if _is_about_memory(one))
    others = tuple(one for one in result.findings if one not in memory)
    if storm is None:
        parts: dict[str, tuple[Blamed, ...]] = {IN_TIME: (), QUICK: (), SMALL: memory}
        proofs = dict.fromkeys(parts, "there was no storm")
    else:
        orders = [call for call in evidence.history.of.get(TRANSFER, ()) if _is_of(call, storm)]
        slow = list(_not_in_time(evidence, storm, orders))
        parts = {IN_TIME: _blamed(slow), QUICK: _blamed(_not_quick(evidence, orders)), SMALL: memory}
        rested_us = _final_us(evidence, orders)
        most = max((node.mib for node in evidence.nodes if node.what == MEMORY), default=0)
        proofs = {
            IN_TIME: f"all of it was seen to be final {seconds(rested_us - storm.begun_us)} after it began",
            QUICK: f"{PERCENT} of 100 orders were answered within {seconds(_latency_us(orders))}",
            SMALL: f"no bank used more than {most} MB, {MEMORY_MIB_MAX} are allowed",
        }
    first = replace(result, findings=others)
    return (first, *(replace(result, scenario=id_, findings=of_it, proof=proofs[id_]) for id_, of_it in parts.items()))


def _not_in_time(evidence: Evidence, storm: Fault, orders: list[Call]) -> Iterator[Finding]:
    within_us = round(WITHIN_US * evidence.slack)
    due_us = storm.begun_us + within_us
    waiting = sum(not call.ended_before(due_us) for call in orders)
    sent_away = sum(call.outcome == INFO and call.ended_before(due_us) for call in orders)
    few = sent_away * 100 <= len(orders) * (100 - PERCENT)  # a bank may say "not now" now and then
    unanswered = waiting + (0 if few else sent_away)
    ids = {call.transaction_id for call in orders if call.outcome == OK}
    still = {
        call.transaction_id
        for call in evidence.history.done(READ_TRANSFER)
        if call.begun_us >= due_us and call.status == PENDING and call.transaction_id in ids
    }
    if unanswered or still:
        sentence = (
            f"{seconds(within_us)} after the storm began {unanswered} of {len(orders)} orders had no answer and "
            f"{len(still)} transfers were not final."
        )
        yield Finding(IN_TIME, sentence, "all of it final", f"{unanswered + len(still)} not", weight=LATE)


def _final_us(evidence: Evidence, orders: list[Call]) -> int:
    """When the last of them was read as final."""
    known = (evidence.history.final_known_us(call.transaction_id) for call in orders if call.outcome == OK)
    return max((at_us for at_us in known if at_us is not None), default=orders[-1].begun_us if orders else 0)


def _not_quick(evidence: Evidence, orders: list[Call]) -> Iterator[Finding]:
    slow_us, most_us = _latency_us(orders), round(LATENCY_US_MAX * evidence.slack)
    if slow_us > most_us:
        sentence = f"In the storm {PERCENT} of 100 orders took up to {seconds(slow_us)}."
        yield Finding(QUICK, sentence, f"up to {seconds(most_us)}", seconds(slow_us), weight=LATE)


def _latency_us(orders: list[Call]) -> int:
    """The 95th percentile; of nobody's orders 0."""
    took = sorted(WITHIN_US if call.outcome == INFO else call.latency_us or 0 for call in orders)
    return took[ceil(len(took) * PERCENT / 100) - 1] if took else 0


def _is_of(call: Call, storm: Fault) -> bool:
    return storm.begun_us <= call.begun_us < storm.ended_us


def _is_about_memory(one: Blamed) -> bool:
    return one.finding.checker == SERVICE.id and one.finding.expected.endswith("MB")


def _blamed(findings: Iterator[Finding] | list[Finding]) -> tuple[Blamed, ...]:
    return tuple(Blamed(finding, Blame.NODE) for finding in findings)
