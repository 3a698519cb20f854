"""N11: all banks are killed, and find the whole topic a second time behind what they have read: whoever kept in memory
what he has seen has forgotten it. About 7 s, most of it the banks' own starts.
"""

from __future__ import annotations

from contextlib import ExitStack

from federation.faults.bank_kill import BankKill
from federation.faults.fault import Bite
from federation.faults.replay import Replay
from federation.grading.evidence import BANK_AWAY
from federation.grading.scenarios.consumed import both, consumed
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Scene, Stage

COPIED = "copies"


def act(stage: Stage) -> Bite:
    with stage.play(16, extra=Errands(stage).rounds(range(0, 12, 3))) as play:
        play.finish()
    first = consumed(stage)
    with ExitStack() as killed:
        for bank in sorted(stage.site.banks):
            killed.enter_context(stage.strike(BankKill(stage.site, bank), BANK_AWAY, bank))
        replay = Replay(stage.site)
        with stage.strike(replay, COPIED):
            proof = replay.bite()
    return both(proof, first, consumed(stage))


SCENE = Scene("N11", act, rereads=True)
