"""Tellers go on sending while the broker is gone, and when it is back: what N1 and N2 share."""

from __future__ import annotations

from federation.faults.fault import Bite, Fault
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.meanwhile import Passed, sends
from federation.grading.scenarios.stage import Stage

SENDS_MIN = 5
EVENTS, EVENT_S, ERRAND_EVERY = 40, 0.1, 4
BREAK_AT = 3


def outage(stage: Stage, fault: Fault, seconds: float) -> Bite:
    """The broker is gone for so long, and as long as it takes to go and to come; all of it is played through."""
    extra = Errands(stage).rounds(range(0, EVENTS, ERRAND_EVERY))
    with stage.play(16, extra=extra, event_s=EVENT_S) as play:
        play.until(BREAK_AT)
        passed, begun_us = Passed(stage), stage.now_us()
        with stage.strike(fault) as bite:
            stage.site.wait(seconds)
        meanwhile = sends(play, begun_us, stage.now_us())
    found = bite()
    words = f"{found.proof}; {meanwhile.words}; {passed.lines()} lines were opened again, {passed.refused()} refused"
    return Bite(found.bit and meanwhile.asked >= SENDS_MIN, words)
