"""N25: records that nobody can read, eleven kinds to each bank; then something good. About 2 s."""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.faults.planted import Planted
from federation.faults.poison import Poison
from federation.grading.evidence import POISON
from federation.grading.scenarios.consumed import both, consumed
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Scene, Stage


def act(stage: Stage) -> Bite:
    with stage.play(12, extra=Errands(stage).rounds(range(0, 6, 3))) as play:
        play.until(6)
        proof = planted(stage, Poison(stage.site, dice=stage.dice), POISON)
    return both(proof, consumed(stage))


def planted(stage: Stage, lies: Planted, kind: str, bank: str = "") -> Bite:
    """As the grader's own records, which the checkers look for."""
    begun_us = stage.now_us()
    lies.planted = stage.put(lies.records, kind, lies.ids)
    stage.note(kind, bank, begun_us, stage.now_us(), lies.bite())
    return lies.bite()


SCENE = Scene("N25", act)
