"""F1 and F2: what a key is worth. The same request five times under one key at the same moment, and once more later;
another request under a key that was used, later and at the same moment. About two seconds each.
"""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.grading.calls import FAIL, OK, TRANSFER
from federation.grading.drawing import at_once
from federation.grading.plan import Step
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.looks import again, transfer_of
from federation.grading.scenarios.stage import Play, Scene, Stage

TIMES = 5
ROUNDS = 4
LATER = 15


def five_at_once(stage: Stage) -> Bite:
    errands, extra = Errands(stage), list[Step]()
    for event in range(0, 3 * ROUNDS, 3):
        bank = stage.dice.one_of([one.id for one in errands.banks])
        for step in (errands.cross(event, bank), errands.local(event + 1, bank)):
            extra += at_once(step, TIMES)
            extra += [again(step, step.event + LATER), transfer_of(step, step.event + LATER)]
    with stage.play(extra=extra, drawn=False) as play:
        play.finish()
    asked, answered, accepted = _counted(play)
    words = f"{asked} requests under {2 * ROUNDS} keys, {answered} answered, {accepted} with yes"
    return Bite(answered > 2 * ROUNDS and accepted > 0, words)


def another_body(stage: Stage) -> Bite:
    errands, extra = Errands(stage), list[Step]()
    for event in range(0, 3 * ROUNDS, 3):
        bank = stage.dice.one_of([one.id for one in errands.banks])
        step, beside = errands.cross(event, bank), errands.local(event + 1, bank)
        amount, payee = int(step.request["amount_minor"]), errands.cross(event, bank).request["to_account"]
        extra += [step, again(step, event + LATER, 1, amount_minor=amount + 1), again(step, event + LATER + 2, 2)]
        if payee != step.request["to_account"]:
            extra.append(again(step, event + LATER + 1, 3, to_account=payee))
        extra += [beside, again(beside, beside.event, amount_minor=int(beside.request["amount_minor"]) + 1)]
    with stage.play(extra=extra, drawn=False) as play:
        play.finish()
    asked, answered, accepted = _counted(play)
    words = f"{asked} requests under {2 * ROUNDS} keys, {answered} answered, {accepted} with yes"
    return Bite(answered > 2 * ROUNDS and accepted > 0, words)


def _counted(play: Play) -> tuple[int, int, int]:
    """Asked, answered with a definite word, accepted."""
    calls = [call for call in play.calls() if call.do == TRANSFER]
    yes = sum(call.outcome == OK for call in calls)
    return len(calls), yes + sum(call.outcome == FAIL for call in calls), yes


SCENES = (Scene("F1", five_at_once), Scene("F2", another_body))
