"""F4: orders of people who may not give any: without a token, with one of another bank, signed in as the auditor. A
teller's own order beside them is taken. About a second.
"""

from __future__ import annotations

from dataclasses import replace

from federation.faults.fault import Bite
from federation.grading.calls import FAIL, OK, TRANSFER
from federation.grading.plan import AUDITOR, NOBODY, STRANGER, Step
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Scene, Stage

WHO = (NOBODY, STRANGER, AUDITOR)


def act(stage: Stage) -> Bite:
    errands, extra = Errands(stage), list[Step]()
    for bank in errands.banks:
        for event, who in enumerate(WHO):
            for step in (errands.local(event, bank.id), errands.cross(event, bank.id)):
                extra.append(replace(step, client=who))
        extra.append(errands.cross(len(WHO), bank.id))
    with stage.play(extra=extra, drawn=False) as play:
        play.finish()
    wrong = [call for call in play.calls() if call.do == TRANSFER and call.client in WHO]
    answered = sum(call.outcome in (OK, FAIL) for call in wrong)
    words = f"{answered} of {len(wrong)} orders of people who may give none were answered"
    return Bite(answered > 0 and play.accepted() > 0, words)


SCENE = Scene("F4", act)
