"""N23: somebody else holds the lock on a bank's database for ten seconds, while orders are given to it and money comes
for it. 10 s.
"""

from __future__ import annotations

from federation.faults.database_lock import DatabaseLock
from federation.faults.fault import Bite
from federation.grading.scenarios.consumed import both
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.full_disk import not_done
from federation.grading.scenarios.stage import Scene, Stage

EVENTS, EVENT_S = 40, 0.25
BREAK_AT, LOCKED_S = 2, 10.0
WHAT = "database_locked"


def act(stage: Stage) -> Bite:
    bank, errands = stage.dice.one_of(sorted(stage.site.banks)), Errands(stage)
    extra = errands.to(bank, range(0, EVENTS, 2))
    extra += [errands.local(event, bank) for event in range(BREAK_AT + 2, EVENTS, 6)]
    extra += [errands.cross(event, bank) for event in range(BREAK_AT + 3, EVENTS, 6)]
    fault = DatabaseLock(stage.site, bank)
    with stage.play(16, extra=extra, event_s=EVENT_S) as play:
        play.until(BREAK_AT)
        begun_us = stage.now_us()
        with stage.strike(fault, WHAT, bank):
            stage.site.wait(LOCKED_S)
            ended_us = stage.now_us()
        play.finish()
    return both(fault.bite(), not_done(play, bank, begun_us, ended_us))


SCENE = Scene("N23", act)
