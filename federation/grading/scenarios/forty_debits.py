"""F3: forty debits of one account at once, about twice as many as it can pay; half of them stay in the bank. A second
account of another bank is asked the same. About two seconds.
"""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.grading.calls import FAIL, OK, TRANSFER
from federation.grading.plan import CROWD, LOCAL, Step
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.looks import balance_of
from federation.grading.scenarios.stage import Scene, Stage
from federation.grading.town import CONTENDED, CONTENDED_MINOR, PLAIN, RICH, Bank
from federation.grading.workload import CROWD_SIZE

LEAST_MINOR, MORE_MINOR = 10_00, 80_00  # 50.00 on average: twenty of them are what it has
FILL, CROWD_AT, AFTER = 0, 10, 20


def act(stage: Stage) -> Bite:
    errands = Errands(stage)
    homes = stage.dice.some_of(errands.banks, 2)
    with stage.play(extra=[step for home in homes for step in _crowd(stage, errands, home)], drawn=False) as play:
        play.finish()
    crowd = [call for call in play.calls() if call.do == TRANSFER and call.amount_minor < CONTENDED_MINOR]
    yes, no = (sum(call.outcome == outcome for call in crowd) for outcome in (OK, FAIL))
    words = f"{len(crowd)} debits of two accounts at once: {yes} were accepted, {no} refused"
    return Bite(len(crowd) >= CROWD_SIZE and yes > 0, words)


def _crowd(stage: Stage, errands: Errands, home: Bank) -> list[Step]:
    """What was spent before is put back first, so that there is something to be fought for."""
    other = next(bank for bank in errands.banks if bank.id != home.id)
    payer = home.account(CONTENDED)
    steps = [errands.pay(FILL, LOCAL, home.account(RICH), home.id, payer.number, CONTENDED_MINOR)]
    for number in range(CROWD_SIZE):
        payee = (home if number % 2 else other).account(PLAIN, number % 4)
        amount = LEAST_MINOR + stage.dice.below(MORE_MINOR)
        steps.append(errands.pay(CROWD_AT, CROWD, payer, payee.bank, payee.number, amount))
    return [*steps, *(balance_of(steps[-1], event) for event in (CROWD_AT + 1, CROWD_AT + 3, AFTER))]


SCENE = Scene("F3", act)
