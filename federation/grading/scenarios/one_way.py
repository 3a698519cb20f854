"""N8: one way only. First requests pass and all answers vanish: the broker has what it was sent, and nobody hears of
it. Then the reverse. About 6 s.
"""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.faults.on_the_wire import ANSWERS, REQUESTS
from federation.faults.one_way import OneWay
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.meanwhile import Passed, sends
from federation.grading.scenarios.stage import Play, Scene, Stage
from federation.wire.frames import Api

EVENTS, EVENT_S = 50, 0.1
EACH_S = 2.4


def act(stage: Stage) -> Bite:
    extra = Errands(stage).rounds(range(0, EVENTS, 4))
    with stage.play(20, extra=extra, event_s=EVENT_S) as play:
        play.until(2)
        bites = [_one_way(stage, play, lost) for lost in (ANSWERS, REQUESTS)]
    return Bite(all(bite.bit for bite in bites), "; ".join(bite.proof for bite in bites))


def _one_way(stage: Stage, play: Play, lost: str) -> Bite:
    passed, begun_us = Passed(stage), stage.now_us()
    with stage.strike(OneWay(stage.site, lost)) as bite:
        stage.site.wait(EACH_S)
        taken = passed.answers(Api.PRODUCE)  # by the broker, whoever heard of it
    meanwhile, found = sends(play, begun_us, stage.now_us()), bite()
    return Bite(found.bit and meanwhile.asked > 0, f"{found.proof}, {taken} Produce answered; {meanwhile.words}")


SCENE = Scene("N8", act)
