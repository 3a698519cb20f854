"""N5, N6: acknowledgements are lost, then requests, then requests break off in the middle; of each bank some.

What a client does then is up to it: a plain producer leaves duplicates in the topic, an idempotent one none. One that
does nothing has lost something, so a second try is told of and not asked for. About 4 s.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack

from federation.faults.ack_lost import AckLost
from federation.faults.fault import Bite
from federation.faults.on_the_wire import OfProduce
from federation.faults.request_lost import HalfFrame, RequestLost
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.meanwhile import Passed, wait_for
from federation.grading.scenarios.stage import Play, Scene, Stage
from federation.wire.frames import Api

EVENTS, EVENT_S = 36, 0.1
OF_EACH_BANK = 2
FAULTS: tuple[type[OfProduce], ...] = (AckLost, RequestLost, HalfFrame)


def act(stage: Stage) -> Bite:
    extra = Errands(stage).rounds(range(0, EVENTS, 2))
    with stage.play(16, extra=extra, event_s=EVENT_S) as play:
        play.until(2)
        before = _copies(stage)
        passed, bites = Passed(stage), list[Bite]()
        for place, kind in enumerate(FAULTS, 1):
            bites += _lost(stage, play, kind, EVENTS * place // len(FAULTS))
        sent = passed.requests(Api.PRODUCE)
    copies = _copies(stage) - before
    words = "; ".join(bite.proof for bite in bites)
    return Bite(
        all(bite.bit for bite in bites), f"{words}; {sent} Produce requests in all, {copies} records came twice"
    )


def _lost(stage: Stage, play: Play, kind: type[OfProduce], until: int) -> list[Bite]:
    """Of each bank the next few are lost; one that sends less loses less."""
    topic = stage.adapter.bus.topic
    with ExitStack() as struck:
        faults = [kind(stage.site, OF_EACH_BANK, bank, topic=topic) for bank in stage.site.banks]
        for fault in faults:
            struck.enter_context(stage.strike(fault, fault.name, fault.bank))
        play.until(until)
        wait_for(stage, lambda: any(fault.bites for fault in faults))
    lost = sum(fault.bites for fault in faults)
    return [Bite(lost > 0, f"{kind.name}: {lost}")]


def _copies(stage: Stage) -> int:
    """Records that say what another one has said already."""
    return sum(count - 1 for count in Counter(record.value for record in stage.site.topic.records()).values())


SCENE = Scene("N5", act)
