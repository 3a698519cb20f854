"""N27: records that name a transfer there is, with another content: some before the true one has come, with an amount
that is none; some after it, with more, with less, to somebody else. About 4 s.

Before: the sender cannot reach its broker when it accepts, so its id is known and its record is not there yet. An
amount that is possible would prove nothing then: without signatures nobody could tell which of the two is true.
"""

from __future__ import annotations

from collections.abc import Iterator

from federation.faults.changed_content import ChangedContent
from federation.faults.fault import Bite
from federation.faults.partition import Partition
from federation.faults.planted import Evil, Planted
from federation.grading.calls import OK, TRANSFER, Call
from federation.grading.evidence import BROKER_AWAY, FORGED
from federation.grading.records import REQUESTED, BusRecord, write_record
from federation.grading.scenarios.consumed import both, consumed
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Scene, Stage
from federation.grading.scenarios.unreadable_records import planted

BELOW_0 = {"minor": -5_00, "float": -5.0, "text": "-5.00"}
EARLY = 4


def act(stage: Stage) -> Bite:
    sender = stage.dice.one_of(sorted(stage.site.banks))
    early = _before(stage, sender)
    first = consumed(stage)
    late = [
        planted(stage, ChangedContent(stage.site, bank, stage.adapter), FORGED, bank)
        for bank in sorted(stage.site.banks)
    ]
    return both(early, first, *late, consumed(stage))


def _before(stage: Stage, sender: str) -> Bite:
    errands = Errands(stage)
    with stage.strike(Partition(stage.site, sender), BROKER_AWAY, sender):
        extra = [errands.cross(event, sender) for event in range(EARLY)]
        with stage.play(extra=extra, drawn=False) as play:
            play.finish()
        sent = [call for call in play.calls() if call.do == TRANSFER and call.outcome == OK]
        there = {record.value for record in stage.site.topic.records()}
        if not sent or any(call.transaction_id.encode() in value for call in sent for value in there):
            return Bite(False, f"{sender} could not be overtaken: it accepted {len(sent)} transfers")
        bite = planted(stage, Planted(stage.site, list(_evils(stage, sent))), FORGED)
    return Bite(bite.bit, f"{bite.proof} (before the true ones had come)")


def _evils(stage: Stage, sent: list[Call]) -> Iterator[Evil]:
    names, form = stage.adapter.bus.record, stage.adapter.amounts.bus
    for call in sent:
        to_bank, said = str(call.request["to_bank"]), call.request
        record = BusRecord(
            REQUESTED,
            call.transaction_id,
            call.bank,
            to_bank,
            str(said["from_account"]),
            str(said["to_account"]),
            currency=str(said["currency"]),
        )
        value = write_record(record, stage.adapter, **{names.amount: BELOW_0[form]})
        yield Evil("a known id with an amount below 0", stage.site.topic.partition_of(to_bank), to_bank.encode(), value)


SCENE = Scene("N27", act)
