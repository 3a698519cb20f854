"""N28: answers that contradict the true one, after it; answers of banks that were not asked, before it and after it;
answers to what was never sent. About 4 s.

A false answer of the right bank before the true one can only be told by a signature: not tried. Nor is a forged
request, unless the node says that its banks sign.
"""

from __future__ import annotations

from collections.abc import Iterator

from federation.faults.bank_pause import BankPause
from federation.faults.fault import Bite
from federation.faults.forged_answers import ForgedAnswers, write_answer
from federation.faults.planted import Evil, Planted
from federation.grading.calls import OK, TRANSFER, Call
from federation.grading.evidence import BANK_AWAY, FORGED
from federation.grading.plan import Step
from federation.grading.records import ACCEPTED, REJECTED, REQUESTED, BusRecord, Type, write_record
from federation.grading.scenarios.consumed import both, consumed
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.looks import transfer_of
from federation.grading.scenarios.stage import Scene, Stage
from federation.grading.scenarios.unreadable_records import planted
from federation.grading.town import CURRENCY, PLAIN

ROUNDS = 3
LATER = 8
PENDING, STILL_S = 4, 0.6
NO_BANK = "ZZZZ"
FORGED_MINOR = 5_00


def act(stage: Stage) -> Bite:
    known = _played(stage)
    early = _of_the_wrong_bank(stage)
    first = consumed(stage)
    named = f"unsent-{stage.dice.below(16**8):08x}"
    late = [
        planted(stage, ForgedAnswers(stage.site, bank, stage.adapter, named=named), FORGED, bank)
        for bank in sorted(stage.site.banks)
    ]
    if stage.signed:
        late.append(planted(stage, Planted(stage.site, list(_requests(stage, named))), FORGED))
    return both(known, early, first, *late, consumed(stage))


def _played(stage: Stage) -> Bite:
    """Each bank gets answers of both kinds, and tellers see them."""
    errands, sent = Errands(stage), list[Step]()
    banks = [bank.id for bank in errands.banks]
    for event in range(ROUNDS):
        for place, bank in enumerate(banks):
            sent += [errands.cross(event, bank), errands.nowhere(event, bank, banks[place - 1])]
    looks = [transfer_of(step, step.event + LATER) for step in sent]
    with stage.play(extra=[*sent, *looks], drawn=False) as play:
        play.finish()
    return both(Bite(play.accepted() > 0, f"{play.accepted()} transfers were accepted"), consumed(stage))


def _of_the_wrong_bank(stage: Stage) -> Bite:
    """The one that is asked stands still, and others answer for it."""
    asked, errands = stage.dice.one_of(sorted(stage.site.banks)), Errands(stage)
    sender = stage.dice.one_of([bank for bank in sorted(stage.site.banks) if bank != asked])
    pause = BankPause(stage.site, asked, ready_path=stage.adapter.ready.path)
    with stage.strike(pause, BANK_AWAY, asked):
        with stage.play(extra=[errands.cross(event, sender, asked) for event in range(PENDING)], drawn=False) as play:
            play.finish()
        sent = [call for call in play.calls() if call.do == TRANSFER and call.outcome == OK]
        if not sent:
            return Bite(False, f"{sender} accepted nothing while {asked} stood still")
        bite = planted(stage, Planted(stage.site, list(_evils(stage, asked, sent))), FORGED, sender)
        stage.site.wait(STILL_S)
    return both(pause.bite(), bite)


def _evils(stage: Stage, asked: str, sent: list[Call]) -> Iterator[Evil]:
    others = [*(bank for bank in sorted(stage.site.banks) if bank != asked), NO_BANK]
    types: tuple[Type, ...] = (REJECTED, ACCEPTED)
    for place, call in enumerate(sent):
        for other in others:
            record = BusRecord(types[place % 2], call.transaction_id, other, call.bank)
            about = "an answer of another bank, before the true one"
            partition = stage.site.topic.partition_of(call.bank)
            yield Evil(about, partition, call.bank.encode(), write_answer(record, stage.adapter))


def _requests(stage: Stage, named: str) -> Iterator[Evil]:
    """In the name of each bank, to the next one."""
    banks = stage.town.banks
    for home, other in zip(banks, [*banks[1:], banks[0]], strict=True):
        payer, payee, id_ = home.account(PLAIN), other.account(PLAIN), f"{named}-of-{home.id}"
        record = BusRecord(REQUESTED, id_, home.id, other.id, payer.number, payee.number, FORGED_MINOR, CURRENCY)
        partition = stage.site.topic.partition_of(other.id)
        about = "a request that its bank never made"
        yield Evil(about, partition, other.id.encode(), write_record(record, stage.adapter), id_)


SCENE = Scene("N28", act, rereads=True)
