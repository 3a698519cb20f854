"""N23: somebody else holds the lock on a bank's database for ten seconds, while money comes for it and orders are given
to it. 11 s.

Money comes first, into a bank that is at rest: whoever waits five seconds for a lock finds it still held with the first
records in his hand, and once more with the next. Hence the half second more.
"""

from __future__ import annotations

from federation.faults.database_lock import DatabaseLock
from federation.faults.fault import Bite
from federation.grading.plan import Step
from federation.grading.scenarios.consumed import both, consumed
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.full_disk import not_done
from federation.grading.scenarios.stage import Scene, Stage

EVENTS, EVENT_S = 48, 0.2
ORDERS_FROM, ORDER_EVERY = 8, 5
LOCKED_S = 10.5
WHAT = "database_locked"


def act(stage: Stage) -> Bite:
    bank, errands = stage.dice.one_of(sorted(stage.site.banks)), Errands(stage)
    at_rest = consumed(stage)
    extra: list[Step] = errands.to(bank, range(EVENTS))
    for event in range(ORDERS_FROM, EVENTS, ORDER_EVERY):
        extra += [errands.local(event, bank), errands.cross(event + 1, bank)]
    fault = DatabaseLock(stage.site, bank)
    with stage.strike(fault, WHAT, bank):
        begun_us = stage.now_us()
        with stage.play(extra=extra, event_s=EVENT_S, drawn=False) as play:
            stage.site.wait(LOCKED_S)
            ended_us = stage.now_us()
            fault.heal()
    return both(fault.bite(), at_rest, not_done(play, bank, begun_us, ended_us))


SCENE = Scene("N23", act)
