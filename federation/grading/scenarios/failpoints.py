"""N18, for diagnosis: a bank dies at every place of its own that has a name, one after the other, in the midst of work.
Two starts and 2 s for each of thirteen, so about a minute, in the second federation. Only of level 2.
"""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.faults.readiness import is_ready
from federation.faults.site import BankProcess
from federation.grading.evidence import BANK_AWAY
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import LONG, Scene, Stage

AT_WORK = (
    "api.start",
    "api.before_commit",
    "api.after_commit",
    "relay.before_send",
    "relay.after_ack",
    "relay.after_mark",
    "consumer.before_begin",
    "consumer.in_tx",
    "consumer.after_commit",
    "consumer.before_offset",
    "sweeper.mid",
)
AT_START = ("boot.recovery", "migrate.mid")
EVENTS, EVENT_S = 16, 0.1
NTH_MAX = 4
READY_S, LOOK_EVERY_S = 20.0, 0.1


def act(stage: Stage) -> Bite:
    hits: dict[str, bool] = {}
    for name in (*AT_WORK, *AT_START):
        bank = stage.dice.one_of(sorted(stage.site.banks))
        nth = 1 if name in AT_START else 1 + stage.dice.below(NTH_MAX)
        hits[name] = _die(stage, bank, name, nth)
    hit = [name for name, died in hits.items() if died]
    missed = [name for name, died in hits.items() if not died]
    words = f"{len(hit)} of {len(hits)} named places were hit"
    return Bite(set(AT_WORK) <= set(hit), f"{words}; not {', '.join(missed)}" if missed else words)


def _die(stage: Stage, bank: str, name: str, nth: int) -> bool:
    """Whether it ended there. It is started again in peace."""
    process, errands, begun_us = stage.site.banks[bank], Errands(stage), stage.now_us()
    process.stop()
    process.start(failpoints=f"{name}=kill@{nth}")
    try:
        _until_ready_or_dead(stage, process)
        extra = [*errands.to(bank, range(0, EVENTS, 2)), *(errands.cross(event, bank) for event in range(0, EVENTS, 2))]
        with stage.play(extra=extra, event_s=EVENT_S, drawn=False) as play:
            play.finish()
        died = not process.is_running
    finally:
        process.kill()
        process.start()
        process.wait_ready()
        stage.note(BANK_AWAY, bank, begun_us, stage.now_us(), Bite(True, f"{name}, for the {nth}th time"))
    return died


def _until_ready_or_dead(stage: Stage, process: BankProcess) -> None:
    waited_s = 0.0
    while process.is_running and waited_s < READY_S and not is_ready(process, stage.adapter.ready.path):
        stage.site.wait(LOOK_EVERY_S)
        waited_s += LOOK_EVERY_S


SCENE = Scene("N18", act, lane=LONG)
