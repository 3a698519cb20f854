"""Q16: while the broker is away, work inside a bank is answered, 95 of 100 times within a second."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from federation.grading.calls import DEPOSIT, READS, TRANSFER, WITHDRAW, Call
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import BANK_AWAY, Evidence, Fault
from federation.grading.telling import seconds

LATENCY_US_MAX = 1_000_000
PERCENT = 95


def local_work(evidence: Evidence) -> Iterator[Finding]:
    most_us = round(LATENCY_US_MAX * evidence.slack)
    for bank in evidence.town.banks:
        for fault in evidence.broker_away(bank.id):
            calls = [call for call in evidence.history.calls if _counts(evidence, call, bank.id, fault)]
            if not calls:
                continue
            took = sorted(_latency_us(call) for call in calls)
            slow = took[ceil(len(took) * PERCENT / 100) - 1]
            if slow >= most_us:
                words = f"not within {seconds(most_us)}" if slow == float("inf") else f"in {seconds(int(slow))}"
                yield Finding(
                    CHECKER.id,
                    f"While the broker was away ({fault.nemesis}), {bank.id} answered local work {words} "
                    f"({len(calls)} requests, {PERCENT}th percentile).",
                    f"{PERCENT} of 100 within {seconds(most_us)}",
                    "no answer" if slow == float("inf") else seconds(int(slow)),
                )


def _counts(evidence: Evidence, call: Call, bank: str, fault: Fault) -> bool:
    """Local work, asked while the broker was away and the bank itself was left alone."""
    if call.bank != bank or not fault.begun_us <= call.begun_us < fault.ended_us:
        return False
    until_us = call.ended_us or fault.ended_us
    if any(f.what == BANK_AWAY and f.target == bank and f.overlaps(call.begun_us, until_us) for f in evidence.faults):
        return False
    inside = call.do == TRANSFER and call.request.get("to_bank") == bank
    return inside or call.do in (*READS, DEPOSIT, WITHDRAW)


def _latency_us(call: Call) -> float:
    """A server error is no answer."""
    answered = call.http_status is not None and call.http_status < 500
    latency_us = call.latency_us
    return float(latency_us) if answered and latency_us is not None else float("inf")


CHECKER = Checker("Q16", "A", "Local work goes on without the broker", local_work)
