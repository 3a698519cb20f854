"""N21: a bank is killed five times while it starts, with orders and records waiting for it. About seven times its
start, so 10 s for a bank that needs a second and a half.
"""

from __future__ import annotations

from federation.faults.bank_kill_start import BankKillStart
from federation.faults.fault import Bite
from federation.grading.evidence import BANK_AWAY
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Scene, Stage

EVENTS, EVENT_S = 24, 0.15
BREAK_AT = 4


def act(stage: Stage) -> Bite:
    bank, errands = stage.dice.one_of(sorted(stage.site.banks)), Errands(stage)
    extra = [*errands.to(bank, range(0, EVENTS, 2)), *errands.rounds(range(0, EVENTS, 6))]
    fault = BankKillStart(stage.site, bank, stage.dice, ready_path=stage.adapter.ready.path)
    with stage.play(12, extra=extra, event_s=EVENT_S) as play:
        play.until(BREAK_AT)
        with stage.strike(fault, BANK_AWAY, bank):
            proof = fault.bite()
    return proof


SCENE = Scene("N21", act)
