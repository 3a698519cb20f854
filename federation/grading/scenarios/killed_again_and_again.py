"""N19: one bank or another is killed every one to three seconds while all of them pay each other, sixteen times; some
die while they start. About 40 s, in the second federation.
"""

from __future__ import annotations

from federation.faults.bank_kills import ENOUGH, BankKills
from federation.faults.fault import Bite
from federation.grading.evidence import BANK_AWAY
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import LONG, Scene, Stage

EVENTS, EVENT_S, ROUND_EVERY = 60, 0.6, 4
LONGEST_S = 90.0
LOOK_EVERY_S = 0.25


def act(stage: Stage) -> Bite:
    extra = Errands(stage).rounds(range(0, EVENTS, ROUND_EVERY))
    kills = BankKills(stage.site, dice=stage.dice)
    begun_us = stage.now_us()
    with stage.play(EVENTS, extra=extra, event_s=EVENT_S) as play:
        with stage.strike(kills, BANK_AWAY, ""):
            while kills.kills <= ENOUGH and stage.now_us() - begun_us < LONGEST_S * 1e6:
                stage.site.wait(LOOK_EVERY_S)
        play.finish()
    bite = kills.bite()
    return Bite(bite.bit, f"{bite.proof}; {play.accepted()} transfers were accepted meanwhile")


SCENE = Scene("N19", act, lane=LONG)
