"""N10: the line comes and goes, a second each, for 30 s. Proven by lines that banks opened again. About 32 s."""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.faults.flap import Flap
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.meanwhile import Passed
from federation.grading.scenarios.stage import LONG, Scene, Stage

FLAPPING_S = 30.0
EVENT_S = 0.75
RECONNECTS_MIN = 10


def act(stage: Stage) -> Bite:
    extra = Errands(stage).rounds(range(0, 40, 4))
    with stage.play(40, extra=extra, event_s=EVENT_S) as play:
        play.until(1)
        passed = Passed(stage)
        with stage.strike(Flap(stage.site)) as bite:
            stage.site.wait(FLAPPING_S)
            lines = passed.lines()
    found = bite()
    return Bite(found.bit and lines >= RECONNECTS_MIN, f"{found.proof}; {lines} lines were opened again")


SCENE = Scene("N10", act, lane=LONG)
