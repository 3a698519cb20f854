"""The nineteen checkers, Q01 to Q19: what must hold of a graded run. Each is a function of the evidence, in its own
file.

finding  what they say
Q01 federation_total, Q02 limits, Q03 trial_balance, Q04 stored_balance, Q05 single_effect, Q06 both_ends, Q07 accepted,
Q08 finality, Q09 final_state, Q10 own_writes, Q11 statement_growth, Q12 repeated_key, Q13 refusal, Q14 minted,
Q15 poison, Q16 local_work, Q17 audit_rows, Q18 service, Q19 broker_files
strays   debits that no accepted transfer explains, for Q12 and Q13; mixed_ids: what must hold before any is asked

They know a bank by its answers only. Where an outcome is unknown, or a bank could not be asked, they believe the node.
"""

from __future__ import annotations

from federation.grading.checkers import (
    accepted,
    audit_rows,
    both_ends,
    broker_files,
    federation_total,
    final_state,
    finality,
    limits,
    local_work,
    minted,
    own_writes,
    poison,
    refusal,
    repeated_key,
    service,
    single_effect,
    statement_growth,
    stored_balance,
    trial_balance,
)
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.checkers.mixed_ids import mixed_ids
from federation.grading.evidence import Evidence

CHECKERS: tuple[Checker, ...] = (
    federation_total.CHECKER,
    limits.CHECKER,
    trial_balance.CHECKER,
    stored_balance.CHECKER,
    single_effect.CHECKER,
    both_ends.CHECKER,
    accepted.CHECKER,
    finality.CHECKER,
    final_state.CHECKER,
    own_writes.CHECKER,
    statement_growth.CHECKER,
    repeated_key.CHECKER,
    refusal.CHECKER,
    minted.CHECKER,
    poison.CHECKER,
    local_work.CHECKER,
    audit_rows.CHECKER,
    service.CHECKER,
    broker_files.CHECKER,
)


def check(evidence: Evidence) -> list[Finding]:
    """What all nineteen find; only that ids are mixed up, where they are."""
    return list(mixed_ids(evidence)) or [finding for checker in CHECKERS for finding in checker.findings(evidence)]
