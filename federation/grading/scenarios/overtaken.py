"""N13: what was sent first comes last. No frame can be taken out of a stream, so this is done in three ways:

- One bank's acknowledgements vanish while it is sending. Its requests are in the topic, the answers to them reach it,
  and it still does not know that it has sent them: the answer overtook the word of the broker. When the line is cut at
  the end, a client that tries again puts a copy of the request behind its own answer.
- Then another bank's reading is held, so that what was sent later to a third one takes effect before.
- At the end the grader itself puts copies of those requests behind their answers, the last one first, for nodes whose
  client did not try again; and into the partition of the bank that sent them, for nodes that read all partitions.

Some of the requests are rejected: a second rejection gives nobody his money twice. About 5 s.
"""

from __future__ import annotations

from contextlib import ExitStack

from federation.faults.fault import Bite
from federation.faults.site import Lying
from federation.grading.calls import OK
from federation.grading.plan import Step
from federation.grading.records import ACCEPTED, REJECTED, REQUESTED, BusRecord, read_record
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.meanwhile import wait_for
from federation.grading.scenarios.stage import Play, Scene, Stage
from federation.wire.cargo import Wanted
from federation.wire.frames import Api, Side
from federation.wire.points import Point, Watch
from federation.wire.rules import Drop, Frames, Hold, Rule

EVENTS, EVENT_S = 30, 0.08
BEGIN_AT = 3
OVERTAKE_S, LATE_S = 1.0, 1.0
COPIES_MAX = 40


def act(stage: Stage) -> Bite:
    sender, *receivers = stage.dice.some_of([bank.id for bank in stage.town.banks], len(stage.town.banks))
    with stage.play(12, extra=_extra(stage, sender, receivers), event_s=EVENT_S) as play:
        play.until(BEGIN_AT)
        overtaken = _overtake(stage, sender, receivers[1:2])
        play.until(EVENTS - 1)
        put = stage.put(_copies(stage, play, sender))
    words = f"{overtaken.proof}; {len(put)} copies of requests were put behind their answers, the last one first"
    return Bite(overtaken.bit and bool(put), words)


def _extra(stage: Stage, sender: str, receivers: list[str]) -> list[Step]:
    errands = Errands(stage)
    crosses = [errands.cross(event, sender, receivers[event % len(receivers)]) for event in range(EVENTS)]
    bounces = [errands.nowhere(event, sender, receivers[0]) for event in range(1, EVENTS, 4)]
    back = [errands.cross(event, bank, sender) for event in range(2, EVENTS, 6) for bank in receivers]
    return [*crosses, *bounces, *back]


def _overtake(stage: Stage, sender: str, late: list[str]) -> Bite:
    """Answers reach the sender whose own Produce was not answered; `late`: whose reading is held meanwhile."""
    topic, wire, begun_us = stage.adapter.bus.topic, stage.site.wire, stage.now_us()
    with ExitStack() as undo:
        acks = wire.lay(Rule(Drop(), Frames(Side.ANSWER, Api.PRODUCE, count=None, topic=topic), sender))
        undo.callback(wire.end, acks)
        answers = Watch(Point.RECORDS_DELIVERED, _unmoved, sender, None, topic=topic, carries=_answers(stage, sender))
        undo.callback(wire.unwatch, wire.watch(answers))
        stage.site.wait(OVERTAKE_S)
        # a sender that waits for the broker's word sends no more than this one batch, perhaps to the late one only
        wait_for(stage, lambda: answers.passed > 0 and acks.bites > 0)
        held = [wire.lay(Rule(Hold(), Frames(Side.ANSWER, Api.FETCH, count=None), bank)) for bank in late]
        for laid in held:
            undo.callback(wire.end, laid)
        stage.site.wait(LATE_S)
    words = (
        f"{sender} was told answers {answers.passed} times while {acks.bites} of its lines kept the broker's word back"
    )
    if held:
        words += f"; {late[0]} waited for {sum(laid.bites for laid in held)} Fetch answers"
    bite = Bite(answers.passed > 0 and acks.bites > 0, words)
    stage.note("overtaken", sender, begun_us, stage.now_us(), bite)
    return bite


def _unmoved(*_: object) -> None:
    """Counted is enough."""


def _answers(stage: Stage, bank: str) -> Wanted:
    def carries(_: bytes | None, value: bytes | None) -> bool:
        said = read_record(value or b"", stage.adapter)
        return said is not None and said.type in (ACCEPTED, REJECTED) and said.to_bank == bank

    return carries


def _copies(stage: Stage, play: Play, sender: str) -> list[Lying]:
    """Of its requests of this play that were answered: the last one first, and then all of them in its own place."""
    accepted = {call.transaction_id for call in play.calls() if call.bank == sender and call.outcome == OK}
    lying = [(record, said) for record in stage.site.topic.records() if (said := _said(stage, record))]
    answered = {said.transaction_id for _, said in lying if said.type != REQUESTED} & accepted
    found = {
        said.transaction_id: record
        for record, said in lying
        if said.type == REQUESTED and said.from_bank == sender and said.transaction_id in answered
    }
    last = list(found.values())[-COPIES_MAX:]
    home = stage.site.topic.partition_of(sender)
    return [*reversed(last), *(Lying(home, 0, one.key, one.value, one.headers) for one in last)]


def _said(stage: Stage, record: Lying) -> BusRecord | None:
    return read_record(record.value, stage.adapter)


SCENE = Scene("N13", act)
