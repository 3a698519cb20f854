"""N20: a bank is down for two minutes, and the others go on sending it money. 120 s, in the second federation."""

from __future__ import annotations

from federation.faults.bank_kill import BankKill
from federation.faults.fault import Bite
from federation.grading.evidence import BANK_AWAY
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import LONG, Scene, Stage

DOWN_S = 120.0
EVENTS, EVERY = 48, 4
PLAYED = 0.8  # of the time it is down
BACKLOG_MIN = 5


def act(stage: Stage) -> Bite:
    bank, errands = stage.dice.one_of(sorted(stage.site.banks)), Errands(stage)
    extra = [*errands.to(bank, range(0, EVENTS, EVERY)), *errands.rounds(range(0, EVENTS, 2 * EVERY))]
    with stage.play(12, event_s=0.05) as before:  # it has something to remember
        before.finish()
    kill, begun_us = BankKill(stage.site, bank), stage.now_us()
    with stage.strike(kill, BANK_AWAY, bank):
        lay_there = _for(stage, bank)
        with stage.play(EVENTS // 2, extra=extra, event_s=PLAYED * DOWN_S / EVENTS) as play:
            play.finish()
        backlog = _for(stage, bank) - lay_there
        stage.site.wait(max(0.0, DOWN_S - (stage.now_us() - begun_us) / 1e6))
    words = f"{kill.bite().proof}; {backlog} records came for it meanwhile"
    return Bite(kill.bite().bit and backlog >= BACKLOG_MIN, words)


def _for(stage: Stage, bank: str) -> int:
    partition = stage.site.topic.partition_of(bank)
    return sum(record.partition == partition for record in stage.site.topic.records())


SCENE = Scene("N20", act, lane=LONG)
