"""N24: a bank runs an hour ahead, then an hour behind, then as it should; in each of these times it is given orders,
and one of its statements is read. About three starts of the bank and 3 s.
"""

from __future__ import annotations

from federation.faults.clock_skew import HOUR_MS, ClockSkew
from federation.faults.fault import Bite
from federation.grading.scenarios.consumed import both
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.looks import statement_of, transfer_of
from federation.grading.scenarios.stage import Scene, Stage

EVENTS = 16
WHAT = "clock_skew"


def act(stage: Stage) -> Bite:
    bank = stage.dice.one_of(sorted(stage.site.banks))
    _work(stage, bank)
    fault = ClockSkew(stage.site, bank, HOUR_MS)
    with stage.strike(fault, WHAT, bank):
        ahead = _work(stage, bank)
        fault.jump(-HOUR_MS)
        behind = _work(stage, bank)
    return both(fault.bite(), ahead, behind, _work(stage, bank))


def _work(stage: Stage, bank: str) -> Bite:
    errands = Errands(stage)
    local = [errands.local(event, bank) for event in range(0, 4)]
    extra = [*local, *errands.to(bank, range(0, 6, 2)), *(errands.cross(event, bank) for event in range(1, 4))]
    extra += [transfer_of(step, EVENTS) for step in local]
    extra += [statement_of(local[0], EVENTS, account.number) for account in stage.town.bank(bank).accounts]
    with stage.play(extra=extra, drawn=False) as play:
        play.finish()
    return Bite(play.accepted() > 0, f"{play.accepted()} transfers were accepted then")


SCENE = Scene("N24", act)
