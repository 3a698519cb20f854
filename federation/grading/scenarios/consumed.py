"""Whether all banks have read what lies on the topic by now: each is sent something small, which comes to lie behind
it, and what becomes of that is watched. This too is part of the play: it is asked by tellers, and stands in the
history.
"""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.grading.calls import FINAL, OK, READ_TRANSFER, TRANSFER
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.looks import by_id
from federation.grading.scenarios.stage import Stage

PATIENCE_S = 30.0  # the contract gives everything so long; in the short profile half of it
LOOK_EVERY_S = 0.2


def consumed(stage: Stage, patience_s: float = PATIENCE_S) -> Bite:
    """As soon as it is proven; not bitten: one of them did not come so far."""
    errands, patience_s = Errands(stage), patience_s * max(0.5, stage.scale)
    begun_us = stage.now_us()
    with stage.play(
        extra=[step for bank in stage.town.banks for step in errands.to(bank.id, [0])], drawn=False
    ) as play:
        play.finish()
    told = [call for call in play.calls() if call.do == TRANSFER]
    waited = {call.transaction_id: call for call in told if call.outcome == OK}
    refused = len(told) - len(waited)
    while waited:
        looks = [by_id(call.bank, id_, 0) for id_, call in waited.items()]
        with stage.play(extra=looks, drawn=False) as play:
            play.finish()
        final = [c.transaction_id for c in play.calls() if c.do == READ_TRANSFER and c.status in FINAL]
        waited = {id_: call for id_, call in waited.items() if id_ not in final}
        passed_s = (stage.now_us() - begun_us) / 1e6
        if waited and passed_s > patience_s:
            slow = ", ".join(sorted({str(call.request["to_bank"]) for call in waited.values()}))
            return Bite(False, f"{slow} did not take what came after it within {passed_s:.1f} s")
        if waited:
            stage.site.wait(LOOK_EVERY_S)
    if refused:
        return Bite(False, f"{refused} of {len(told)} transfers that were to come after it were not accepted")
    return Bite(True, "what was sent after it has arrived everywhere")


def both(first: Bite, *others: Bite) -> Bite:
    """Bitten where all are. What is the same of several banks is said once."""
    bites = (first, *others)
    return Bite(all(one.bit for one in bites), "; ".join(dict.fromkeys(one.proof for one in bites if one.proof)))
