"""N12: while banks pay each other every record comes three times, close together; and all of them once more when
everything is final. About 4 s.
"""

from __future__ import annotations

from federation.faults.dup import Dup
from federation.faults.fault import Bite
from federation.faults.replay import Replay, ends
from federation.grading.scenarios.consumed import both, consumed
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Scene, Stage
from federation.grading.scenarios.whole_topic_again import COPIED

TIMES = 3
EVENTS = 24


def act(stage: Stage) -> Bite:
    before, dup = ends(stage.site.topic.records()), Dup(stage.site, TIMES)
    with stage.strike(dup, COPIED):
        with stage.play(20, extra=Errands(stage).rounds(range(0, EVENTS, 4))) as play:
            play.finish()
        near = consumed(stage)
    far = Replay(stage.site, before)
    with stage.strike(far, COPIED):
        proof = both(dup.bite(), near, far.bite())
    return both(proof, consumed(stage))


SCENE = Scene("N12", act)
