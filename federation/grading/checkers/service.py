"""Q18: a bank does not keep dying by itself, answers no server error but a declared 503, and needs 300 MB at most."""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import ENDED, MEMORY, Evidence
from federation.grading.telling import seconds

DECLARED = 503
MEMORY_MIB_MAX = 300
CRASHES, WITHIN_US = 3, 60_000_000


def service(evidence: Evidence) -> Iterator[Finding]:
    for bank in evidence.town.banks:
        yield from _crash_loop(evidence, bank.id)
        yield from _server_errors(evidence, bank.id)
        most = max((node.mib for node in evidence.nodes if node.bank == bank.id and node.what == MEMORY), default=0)
        if most > MEMORY_MIB_MAX:
            words = f"{bank.id} used {most} MB of memory."
            yield Finding(CHECKER.id, words, f"at most {MEMORY_MIB_MAX} MB", f"{most} MB")


def _crash_loop(evidence: Evidence, bank: str) -> Iterator[Finding]:
    ends = sorted(node.at_us for node in evidence.nodes if node.bank == bank and node.what == ENDED)
    for first, last in zip(ends, ends[CRASHES - 1 :], strict=False):
        if last - first <= WITHIN_US:
            words = f"{bank} ended by itself {CRASHES} times within {seconds(last - first)}."
            yield Finding(CHECKER.id, words, "a process that stays", f"{CRASHES} ends")
            return


def _server_errors(evidence: Evidence, bank: str) -> Iterator[Finding]:
    errors = [c for c in evidence.history.calls if c.bank == bank and (c.http_status or 0) >= 500]
    undeclared = [call for call in errors if call.http_status != DECLARED]
    if undeclared:
        first = undeclared[0]
        yield Finding(
            CHECKER.id,
            f"{bank} answered {len(undeclared)} requests with a server error, the first a {first.do} "
            f"with {first.http_status}.",
            f"no server error but {DECLARED}",
            f"{first.http_status}",
        )


CHECKER = Checker("Q18", "A", "The service stays up", service)
