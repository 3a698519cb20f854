"""N29: ten thousand orders at once, of twelve tellers who wait for nothing but their answers; half of them touch one
account. Four scenarios of the sheet are judged by it. A minute at most; 20 to 40 s for a bank that is quick.
"""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.grading.calls import TRANSFER
from federation.grading.drawing import storm
from federation.grading.evidence import STORM
from federation.grading.scenarios.stage import Scene, Stage
from federation.grading.storm import FINAL, IN_TIME, QUICK, SMALL, judged
from federation.grading.workload import TELLERS

ORDERS = 10_000
MOST = 0.9  # of them were asked: then it was a storm


def act(stage: Stage) -> Bite:
    orders, banks = round(ORDERS * stage.scale), len(stage.town.banks)
    extra = storm(stage.town, stage.dice, orders, per_event=orders)
    begun_us = stage.now_us()
    with stage.play(extra=extra, drawn=False, in_flight=max(1, TELLERS // banks)) as play:
        play.finish()
    ended_us = stage.now_us()
    asked = sum(call.do == TRANSFER for call in play.calls())
    words = f"{asked} orders were asked in {(ended_us - begun_us) / 1e6:.1f} s, {play.accepted()} accepted"
    bite = Bite(asked >= MOST * orders, words)
    stage.note(STORM, "", begun_us, ended_us, bite)
    return bite


SCENE = Scene(FINAL, act, also=(IN_TIME, QUICK, SMALL), judged=judged)
