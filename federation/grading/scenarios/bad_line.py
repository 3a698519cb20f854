"""N9: everything comes 300±200 ms later each way, at 64 KB/s, in slices, and closings are slow. About 6 s."""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.faults.slow_line import SlowLine
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Scene, Stage

EVENTS, EVENT_S = 50, 0.1
SLOW_S = 5.0
LATE_MIN = 10  # frames: of a line that is used most of them were late


def act(stage: Stage) -> Bite:
    extra = Errands(stage).rounds(range(0, EVENTS, 5))
    with stage.play(20, extra=extra, event_s=EVENT_S) as play:
        play.until(1)
        line = SlowLine(stage.site)
        with stage.strike(line, line.name) as bite:
            stage.site.wait(SLOW_S)
    found = bite()
    return Bite(line.bites >= LATE_MIN, found.proof)


SCENE = Scene("N9", act)
