"""A plan whose outcome does not depend on when things happen: what a real federation can be held against.

No expiry, no cancelling, no closing or freezing in between, no liar, at most one return of each payment, payers with
enough money. Of the faults only those that real processes have here: a bank killed, a failpoint, a broker that is away.
"""

from __future__ import annotations

from dataclasses import replace

from bank_node.lab.failpoints import AT_START
from federation.simulation.accounts import BLOCKED, CLOSED, DOLLARS, FROZEN, LIAR, NOBODY, RICH
from federation.simulation.plan import Plan, Step
from federation.simulation.workload import PAYERS

DOWN_MS = 3_000  # a real bank is started again at once; one that is down until the end takes no order any more
PAYEES = (*RICH, NOBODY, BLOCKED, CLOSED, FROZEN, DOLLARS)


def tamed(plan: Plan) -> Plan:
    """What is left of a plan."""
    steps: list[Step] = []
    sent: set[str] = set()
    returned: set[str] = set()
    for step in sorted(plan.steps, key=lambda step: (step.at_ms, step.id)):
        if step.do == "send" and _plain(step):
            sent.add(step.id)
        elif step.do == "repeat" and step["of"] in sent:
            pass
        elif step.do == "return" and step["of"] in sent and step["of"] not in returned:
            returned.add(step["of"])
        elif not _stays(step):
            continue
        if step.do == "kill":
            step = replace(step, facts={**step.facts, "for_ms": min(step["for_ms"], DOWN_MS)})  # noqa: PLW2901
        steps.append(step)
    knobs = {**plan.knobs, "transfer_expiry_ms": 0, "peer_auth": "required"}
    return Plan(plan.seed, plan.banks, tuple(steps), plan.heal_ms, knobs, plan.partitions)


def _plain(step: Step) -> bool:
    known = step["from"] in PAYERS and step["account"] in PAYEES and step["to"] != LIAR
    return known and "expires_ms" not in step.facts and step["amount"] <= 50_00


def _stays(step: Step) -> bool:
    if step.do == "deposit":
        return bool(step["account"] in PAYERS)
    if step.do == "crash":
        return step["point"] not in AT_START and "action" not in step.facts
    return step.do in ("kill", "away")
