"""N26: requests with amounts that are none, in another currency, of a bank that is none or of oneself, to nobody; then
something good. About 2 s.
"""

from __future__ import annotations

from federation.faults.bad_values import BadValues
from federation.faults.fault import Bite
from federation.grading.evidence import FORGED
from federation.grading.scenarios.consumed import both, consumed
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Scene, Stage
from federation.grading.scenarios.unreadable_records import planted


def act(stage: Stage) -> Bite:
    with stage.play(12, extra=Errands(stage).rounds(range(0, 6, 2))) as play:
        play.finish()
    named = f"bad-{stage.dice.below(16**8):08x}"
    bites = [
        planted(stage, BadValues(stage.site, bank, stage.adapter, named), FORGED, bank)
        for bank in sorted(stage.site.banks)
    ]
    return both(*bites, consumed(stage))


SCENE = Scene("N26", act)
