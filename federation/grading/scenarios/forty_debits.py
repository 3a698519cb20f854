"""F3: forty debits of one account at once, about twice as many as it can pay, half of them to its own bank; and the
same of an account of another bank. About two seconds.
"""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.grading.calls import FAIL, OK, TRANSFER
from federation.grading.drawing import crowd
from federation.grading.plan import LOCAL
from federation.grading.scenarios.consumed import both
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.looks import balance_of
from federation.grading.scenarios.stage import Scene, Stage
from federation.grading.town import CONTENDED, RICH

FILL_MINOR = 1_00_00  # whoever was here before has left nothing
FILL_AT, CROWD_AT, LOOKS_AT = 0, 10, (11, 13, 20)


def act(stage: Stage) -> Bite:
    places = stage.dice.some_of(range(len(stage.town.banks)), 2)
    return both(*(_crowd(stage, place) for place in places))


def _crowd(stage: Stage, place: int) -> Bite:
    home = stage.town.banks[place]
    purse = home.account(CONTENDED).number
    fill = Errands(stage).pay(FILL_AT, LOCAL, home.account(RICH), home.id, purse, FILL_MINOR)
    debits = crowd(stage.town, stage.dice, CROWD_AT, place)
    looks = [balance_of(debits[0], event) for event in LOOKS_AT]
    with stage.play(extra=[fill, *debits, *looks], drawn=False) as play:
        play.finish()
    asked = [call for call in play.calls() if call.do == TRANSFER and call.account == purse]
    yes, no = (sum(call.outcome == outcome for call in asked) for outcome in (OK, FAIL))
    return Bite(yes > 0, f"{len(asked)} debits at once of one account of {home.id}: {yes} accepted, {no} refused")


SCENE = Scene("F3", act)
