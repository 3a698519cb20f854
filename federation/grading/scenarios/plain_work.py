"""A1 to A4: nothing is broken. Work inside a bank, between banks both ways, to accounts that are none, and without
money. About a second each.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.fault import Bite
from federation.grading.calls import FAIL, OK, TRANSFER
from federation.grading.drawing import dimes
from federation.grading.plan import Step
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.looks import balance_of, statement_of, transfer_of
from federation.grading.scenarios.stage import Play, Scene, Stage
from federation.grading.workload import DIMES

ROUNDS = 5
LATER = 12  # events, until something that goes to another bank is looked at


def local_work(stage: Stage) -> Bite:
    errands, extra = Errands(stage), list[Step]()
    for event in range(ROUNDS):
        for bank in errands.banks:
            step = errands.local(event, bank.id)
            extra += [step, transfer_of(step, event + 1), statement_of(step, event + 1), balance_of(step, event + 2)]
            extra.append(statement_of(step, event + 2, str(step.request["to_account"])))
    with stage.play(extra=extra, drawn=False) as play:
        play.finish()
    return _taken(play, ROUNDS * len(errands.banks))


def across(stage: Stage) -> Bite:
    """Drawn orders too: they bring the fingerprints."""
    errands, extra = Errands(stage), list[Step]()
    extra += dimes(stage.town, stage.dice)
    sent = errands.rounds(range(1, 1 + ROUNDS))
    extra += [*sent, *(transfer_of(step, step.event + LATER) for step in sent)]
    extra += [statement_of(step, step.event + LATER) for step in sent]
    with stage.play(16, extra=extra) as play:
        play.finish()
    return _taken(play, len(sent) + DIMES)


def unknown_accounts(stage: Stage) -> Bite:
    errands, sent = Errands(stage), list[Step]()
    for event in range(ROUNDS):
        home, other = stage.dice.some_of([bank.id for bank in errands.banks], 2)
        sent += [errands.nowhere(event, home, other), errands.closed(event, other, home)]
    looks = [transfer_of(step, step.event + LATER) for step in sent]
    looks += [statement_of(step, step.event + LATER) for step in sent]
    with stage.play(extra=[*sent, *looks], drawn=False) as play:
        play.finish()
    return _taken(play, len(sent))


def no_money(stage: Stage) -> Bite:
    """Each too large one has a small one of the same bank beside it, which is paid."""
    errands, large, small = Errands(stage), list[Step](), list[Step]()
    for event in range(ROUNDS):
        for bank in errands.banks:
            other = stage.dice.one_of([one.id for one in errands.banks])
            large.append(errands.over(event, bank.id, other))
            small.append(errands.cross(event, bank.id))
    looks = [balance_of(step, step.event + 1) for step in large]
    with stage.play(extra=[*large, *small, *looks], drawn=False) as play:
        play.finish()
    refused = _asked(play, large)
    words = f"{len(refused)} of {len(large)} that cannot be paid were answered with no"
    taken = _taken(play, len(small))
    return Bite(taken.bit and _answered(play) >= len(large), f"{words}; {taken.proof}")


def _asked(play: Play, steps: Sequence[Step]) -> list[str]:
    """The amounts of those that were refused."""
    amounts = {step.request["amount_minor"] for step in steps}
    return [c.key for c in play.calls() if c.do == TRANSFER and c.outcome == FAIL and c.amount_minor in amounts]


def _answered(play: Play) -> int:
    return sum(call.do == TRANSFER and call.outcome in (OK, FAIL) for call in play.calls())


def _taken(play: Play, most: int) -> Bite:
    return Bite(play.accepted() > 0, f"{play.accepted()} transfers were accepted, at least {most} were to be")


SCENES = (Scene("A1", local_work), Scene("A2", across), Scene("A3", unknown_accounts), Scene("A4", no_money))
