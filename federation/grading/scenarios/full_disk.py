"""N22: the disk of a bank is full for two seconds while it is given orders and records come for it. About 4 s."""

from __future__ import annotations

from federation.faults.disk_full import DiskFull
from federation.faults.fault import Bite
from federation.grading.calls import OK, TRANSFER
from federation.grading.scenarios.consumed import both
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Play, Scene, Stage

EVENTS, EVENT_S = 30, 0.1
BREAK_AT, FULL_S = 5, 2.0
WHAT = "disk_full"


def act(stage: Stage) -> Bite:
    bank, errands = stage.dice.one_of(sorted(stage.site.banks)), Errands(stage)
    events = range(BREAK_AT + 1, EVENTS, 2)
    extra = [*errands.to(bank, range(0, EVENTS, 2)), *(errands.local(event, bank) for event in events)]
    extra += [errands.cross(event, bank) for event in events]
    fault = DiskFull(stage.site, bank)
    with stage.play(12, extra=extra, event_s=EVENT_S) as play:
        play.until(BREAK_AT)
        begun_us = stage.now_us()
        with stage.strike(fault, WHAT, bank):
            stage.site.wait(FULL_S)
            ended_us = stage.now_us()
        play.finish()
    return both(fault.bite(), not_done(play, bank, begun_us, ended_us))


def not_done(play: Play, bank: str, begun_us: int, ended_us: int) -> Bite:
    """Of the orders that this bank was given then, some were not answered with yes before it was over."""
    asked = [
        call
        for call in play.calls()
        if call.bank == bank and call.do == TRANSFER and begun_us <= call.begun_us <= ended_us
    ]
    done = sum(call.outcome == OK and call.ended_before(ended_us) for call in asked)
    return Bite(done < len(asked), f"{bank} was given {len(asked)} orders meanwhile, and did {done}")


SCENE = Scene("N22", act)
