"""Whose fault it was: the node's, the broker's (it lost what it had acknowledged), or the grader's own. Only what a
node did wrong costs points.

A broker that loses a record excuses that it does not arrive. It excuses no money: databases hold the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from federation.grading.checkers.broker_files import CHECKER as BROKER_FILES
from federation.grading.checkers.broker_files import lost
from federation.grading.checkers.finding import Finding
from federation.grading.evidence import Evidence

WAITING = ("Q08", "Q15")  # that something does not come, or comes late


class Blame(StrEnum):
    NODE = "node"
    BROKER = "broker"
    GRADER = "grader"


@dataclass(frozen=True, slots=True)
class Blamed:
    finding: Finding
    blame: Blame
    why: str = ""


def blamed(findings: Iterable[Finding], evidence: Evidence) -> Iterator[Blamed]:
    gone = list(lost(evidence))
    named = {ack.transaction_id for ack in gone if ack.transaction_id}
    nameless = len(gone) > sum(1 for ack in gone if ack.transaction_id)
    for finding in findings:
        if finding.checker == BROKER_FILES.id:
            yield Blamed(finding, Blame.BROKER, "the broker lost a record it had acknowledged")
        elif finding.checker not in WAITING:
            yield Blamed(finding, Blame.NODE)
        elif evidence.trouble:
            yield Blamed(finding, Blame.GRADER, evidence.trouble[0])
        elif finding.transfers and (nameless or named.intersection(finding.transfers)):
            yield Blamed(finding, Blame.BROKER, "the broker lost a record that it had acknowledged")
        else:
            yield Blamed(finding, Blame.NODE)
