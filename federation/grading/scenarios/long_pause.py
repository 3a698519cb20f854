"""N30, for diagnosis: a bank stands still for a minute, longer than its session with the broker and its lease, and goes
on as if nothing had been. 60 s, in the second federation.
"""

from __future__ import annotations

from federation.faults.bank_pause import BankPause
from federation.faults.fault import Bite
from federation.grading.evidence import BANK_AWAY
from federation.grading.scenarios.consumed import both
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import LONG, Scene, Stage

PAUSED_S = 60.0
EVENTS = 30
PLAYED = 1.1  # of that time: something is asked when it wakes


def act(stage: Stage) -> Bite:
    bank, errands = stage.dice.one_of(sorted(stage.site.banks)), Errands(stage)
    seconds = PAUSED_S * stage.scale
    extra = [*errands.to(bank, range(0, EVENTS, 2)), *(errands.cross(event, bank) for event in range(0, EVENTS, 3))]
    pause = BankPause(stage.site, bank, ready_path=stage.adapter.ready.path)
    with stage.play(EVENTS // 2, extra=extra, event_s=PLAYED * seconds / EVENTS) as play:
        play.until(2)
        with stage.strike(pause, BANK_AWAY, bank):
            stage.site.wait(seconds)
        play.finish()
    return both(pause.bite(), Bite(play.accepted() > 0, f"{play.accepted()} transfers were accepted"))


SCENE = Scene("N30", act, lane=LONG)
