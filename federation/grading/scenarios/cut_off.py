"""N7: one bank is cut off for longer than an impatient sender waits; meanwhile the cut goes round among all of them,
then all are cut off one after the other and come back in another order. Proven by what the others sent the first one
meanwhile, which it could not fetch. About 8 s.
"""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.faults.partition import Partition
from federation.faults.ring import Ring
from federation.faults.swizzle import Swizzle
from federation.grading.evidence import BROKER_AWAY
from federation.grading.records import REQUESTED, read_record
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.meanwhile import sends, sent_to
from federation.grading.scenarios.stage import Play, Scene, Stage

EVENTS, EVENT_S = 70, 0.1
SILENT_S = 3.0
TURN_S, STEP_S = 0.5, 0.25
CUT_OFF_S = 6.5  # the sender of a transfer to it hears nothing for so long


def act(stage: Stage) -> Bite:
    bank = stage.dice.one_of(sorted(stage.site.banks))
    errands = Errands(stage)
    extra = [*errands.rounds(range(0, EVENTS, 6)), *errands.to(bank, range(3, 24, 2)), errands.local(10, bank)]
    with stage.play(20, extra=extra, event_s=EVENT_S) as play:
        play.until(2)
        bites = _cut_off(stage, play, bank)
    return Bite(all(bite.bit for bite in bites), "; ".join(bite.proof for bite in bites))


def _cut_off(stage: Stage, play: Play, bank: str) -> list[Bite]:
    begun_us, others = stage.now_us(), [one for one in stage.site.banks if one != bank]
    ring, swizzle = Ring(stage.site, TURN_S), Swizzle(stage.site, STEP_S, stage.dice.below(10**6))
    with stage.strike(Partition(stage.site, bank), BROKER_AWAY, bank) as bite:
        stage.site.wait(SILENT_S)
        for moving in (ring, swizzle):
            with stage.strike(moving):
                stage.site.wait(moving.seconds)
        stage.site.wait(max(0.0, CUT_OFF_S - (stage.now_us() - begun_us) / 1e6))
        lag = _unread(stage, sent_to(play, begun_us, bank))
    meanwhile, found = sends(play, begun_us, stage.now_us(), bank), bite()
    words = f"{found.proof}, {', '.join(others)} went on: {lag} records lay there for it unread; {meanwhile.words}"
    return [Bite(found.bit and lag > 0, words), ring.bite(), swizzle.bite()]


def _unread(stage: Stage, transfers: set[str]) -> int:
    """How many of these are on the topic."""
    said = (read_record(record.value, stage.adapter) for record in stage.site.topic.records())
    return sum(one is not None and one.type == REQUESTED and one.transaction_id in transfers for one in said)


SCENE = Scene("N7", act)
