"""Drawing faults: how often each word of `faults` comes, and with what facts."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from bank_node.lab.failpoints import AT_START, BOOT_RECOVERY, POINTS
from federation.simulation.forgery import FORGERIES
from federation.simulation.lies import LIES
from federation.simulation.ways import MISHAPS

Facts = dict[str, Any]
Drawn = tuple[str, Facts]
_POINTS = tuple(name for name in POINTS if name not in AT_START)


def draw_fault(random: Random) -> Drawn:
    draw = random.choices(list(_DRAWS), weights=list(_DRAWS.values()))[0]
    return draw(random)


def _for(random: Random, least_s: float, most_s: float) -> int:
    return random.randint(int(least_s * 1_000), int(most_s * 1_000))


def _crash(random: Random) -> Drawn:
    return "crash", {"point": random.choice(_POINTS), "hit": random.choice((1, 1, 1, 2, 3))}


def _crash_at_start(_random: Random) -> Drawn:
    return "crash", {"point": BOOT_RECOVERY, "hit": 1}


def _failure(random: Random) -> Drawn:
    return "crash", {"point": random.choice(_POINTS), "hit": 1, "action": "raise"}


def _kill(random: Random) -> Drawn:
    return "kill", {"for_ms": random.choice((_for(random, 0.1, 3), _for(random, 10, 50)))}


def _away(random: Random) -> Drawn:
    return "away", {"for_ms": random.choice((_for(random, 0.1, 6), _for(random, 5, 30)))}


def _cut(random: Random) -> Drawn:
    return "cut", {"what": random.choice(("sends_cut", "reads_cut", "both")), "for_ms": _for(random, 1, 30)}


def _mishap(random: Random) -> Drawn:
    percent = random.choice((20, 50, 100))
    return "mishap", {"kind": random.choice(MISHAPS), "percent": percent, "for_ms": _for(random, 1, 20)}


def _hold(random: Random) -> Drawn:
    return "hold", {"for_ms": _for(random, 1, 30)}


def _cut_tail(random: Random) -> Drawn:
    return "cut_tail", {"records": random.randint(1, 12)}


def _retention(random: Random) -> Drawn:
    return "retention", {"records": random.randint(1, 40)}


def _replay(random: Random) -> Drawn:
    return "replay", {"records": random.randint(1, 30)}


def _wipe(random: Random) -> Drawn:
    return "wipe", random.choice(({}, {}, {"partitions": 3}))


def _new_cluster(_random: Random) -> Drawn:
    return "new_cluster", {}


def _rewind(random: Random) -> Drawn:
    return "rewind", {"records": random.randint(1, 30)}


def _sleep(random: Random) -> Drawn:
    return "sleep", {"for_ms": _for(random, 1, 45)}


def _jump(random: Random) -> Drawn:
    return "jump", {"by_ms": random.choice((-3_600_000, -30_000, -500, 500, 30_000, 3_600_000))}


def _locked(random: Random) -> Drawn:
    return "locked", {"for_ms": _for(random, 1, 15)}


def _io_error(random: Random) -> Drawn:
    return "io_error", {"statement": random.randint(1, 25), "for_ms": _for(random, 1, 15)}


def _full(random: Random) -> Drawn:
    return "full", {"pages": random.randint(0, 3), "for_ms": _for(random, 1, 20)}


def _lie(random: Random) -> Drawn:
    return "lie", {"what": random.choice(tuple(LIES))}


def _forge(random: Random) -> Drawn:
    return "forge", {"what": random.choice(tuple(FORGERIES)), "as": random.randint(0, 6)}


def _new_key(_random: Random) -> Drawn:
    return "new_key", {}


def _second_process(random: Random) -> Drawn:
    return "second_process", {"for_ms": _for(random, 10, 40)}


def _restore(random: Random) -> Drawn:
    return "restore", {"after_ms": _for(random, 1, 10)}


_DRAWS: dict[Callable[[Random], Drawn], int] = {
    _crash: 50,
    _crash_at_start: 4,
    _failure: 5,
    _kill: 10,
    _away: 5,
    _cut: 7,
    _mishap: 14,
    _hold: 6,
    _cut_tail: 7,
    _retention: 2,
    _replay: 8,
    _wipe: 3,
    _new_cluster: 1,
    _rewind: 8,
    _sleep: 5,
    _jump: 6,
    _locked: 3,
    _io_error: 4,
    _full: 3,
    _lie: 26,
    _forge: 14,
    _new_key: 4,
    _second_process: 5,
    _restore: 1,
}
