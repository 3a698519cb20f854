"""Which name is what. A bug that the simulation has is planted from its very file; what is there once more, because a
real process needs it, is in `shims`, `second_writer` and `second_post_room`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from federation.grading.submissions.planted import (
    auto_commit,
    body_not_compared,
    by_the_clock,
    dead_thread,
    result_ignored,
    second_post_room,
    second_writer,
    send_in_request,
    skipped,
    variants,
    without_its_log,
)
from federation.grading.submissions.planted.bank import Planted, nothing
from federation.grading.submissions.planted.shims import (
    calls_late_what_is_due,
    decides_nothing_impossible,
    hears_level_1,
    hesitates,
    reads_what_was_answered,
)
from federation.simulation.mutants import MUTANTS, mend_of, nothing_said_again, relays_without_lease, without_of
from federation.simulation.mutants.process import Plant, Process

OWN_TIME_OUT: Mapping[str, Any] = {"redrive_after_ms": 4_000}
IMPATIENT: Mapping[str, Any] = {"busy_timeout_ms": 300}  # else ten seconds of a lock are only two units of work
NO_SECOND_TRY = ("m07", "m08")  # a message that waits for its key would be lost on a day when nothing is broken
silent = nothing_said_again.plant


def _of_the_simulation(name: str) -> Planted:
    return Planted(mend_of(name), without_of(name) or nothing)


def _with(beside: Plant, bug: Plant, **more: Any) -> Planted:
    return Planted(both(beside, bug), beside, **more)


def both(first: Plant, then: Plant) -> Plant:
    def plant(process: Process) -> None:
        first(process)
        then(process)

    return plant


LEVEL_1 = both(hears_level_1, decides_nothing_impossible)
PLANTED: dict[str, Planted] = {
    "reference": Planted(),
    **{name: _of_the_simulation(name) for name in MUTANTS},
    "m03": _with(hesitates, mend_of("m03")),
    "m04": _with(both(silent, hesitates), mend_of("m04")),
    **{name: replace(_of_the_simulation(name), signed=False) for name in NO_SECOND_TRY},
    "m15": _with(calls_late_what_is_due, mend_of("m15"), settings=OWN_TIME_OUT),
    "m16": _with(LEVEL_1, mend_of("m16"), signed=False),
    "m18": _with(second_writer.beside, second_writer.planted_in_all(mend_of("m18"))),
    "m19": Planted(
        second_post_room.planted_in_both(relays_without_lease.plant),
        second_post_room.planted_in_both(relays_without_lease.beside),
    ),
    "m20": Planted(dead_thread.plant),
    "m21": _with(silent, skipped.plant, settings=IMPATIENT),
    "m22": _with(LEVEL_1, mend_of("m22"), signed=False),
    "m23": Planted(both(both(hears_level_1, mend_of("m23")), decides_nothing_impossible), LEVEL_1, signed=False),
    "m24": Planted(send_in_request.plant),
    "m25": _with(silent, result_ignored.plant, signed=False),
    "m26": _with(reads_what_was_answered, mend_of("m26")),
    "m27": Planted(settings={"synchronous": "OFF"}, before=without_its_log.forget_the_log),
    "m28": Planted(body_not_compared.plant),
    "m29": _with(silent, auto_commit.plant),
    "m30": Planted(by_the_clock.plant),
    "v3": Planted(variants.slow),
    "v4": Planted(variants.answers_freely),
    "v6": Planted(variants.refuses_while_away),
    "c0": Planted(variants.a_cent_too_much),
}
