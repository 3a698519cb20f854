"""P11: what a bank costs while nobody comes in. CPU against the clock, memory against 35 MiB, forked as `up` does it.

Memory is the proportional set (PSS): pages that banks share are counted in parts. A bank started by itself stands
beside, to show what the fork saves.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from federation.bench.counter import open_counter
from federation.bench.figure import BenchReport, Figure, Goal, Say, in_turns
from federation.bench.load import HOST
from federation.bench.own_federation import open_federation
from federation.bench.served import Served, free_port
from federation.failure import Failure

BANKS = 4
SETTLE_S, WINDOW_S = 5.0, 5.0
IDLE_SHARE_MAX, PSS_MIB_MAX = 0.005, 35.0


def run(rounds: int, say: Say, banks: int = BANKS) -> BenchReport:
    if sys.platform != "linux":
        raise Failure("this bench needs Linux", why="only there a process says its proportional memory (PSS)")
    with TemporaryDirectory(prefix="bankfed-bench-") as name, open_federation(Path(name), banks, say) as federation:
        served = [bank.served for bank in federation.banks.values()]
        bootstrap = federation.bootstrap
        time.sleep(SETTLE_S)  # opening is work, and not what is measured
        taken = in_turns(
            rounds,
            say,
            idle_cpu_s=lambda: _cpu_s_of_one(served),
            pss_mib=lambda: sum(_pss_mib(one.pid) for one in served) / len(served),
        )
        cpu_s = sum(one.cpu_s() for one in served)
        alone = _bank_alone(Path(name), {"KAFKA_BOOTSTRAP_SERVERS": bootstrap}, lambda one: _pss_mib(one.pid))
        balanced = federation.conserved()
    figures = [
        Figure(
            "P11",
            f"CPU seconds of an idle bank, one of {banks}, against the clock",
            "s",
            taken["idle_cpu_s"],
            [WINDOW_S],
            Goal(IDLE_SHARE_MAX, at_least=False),
        ),
        Figure(
            "P11 PSS",
            f"memory of a forked bank, one of {banks}, against {PSS_MIB_MAX:g} MiB",
            "MiB",
            taken["pss_mib"],
            [PSS_MIB_MAX],
            Goal(1, at_least=False),
        ),
    ]
    return BenchReport("launch", figures, cpu_s, balanced, notes=[f"a bank started by itself takes {alone:.1f} MiB"])


def _cpu_s_of_one(served: list[Served]) -> float:
    before = sum(one.cpu_s() for one in served)
    time.sleep(WINDOW_S)
    return (sum(one.cpu_s() for one in served) - before) / len(served)


def _pss_mib(pid: int) -> float:
    return float(psutil.Process(pid).memory_full_info().pss) / (1 << 20)


def _bank_alone(folder: Path, environment: dict[str, str], look: Callable[[Served], float]) -> float:
    with open_counter("ZULU", folder, {**environment, "PEERS": f"ALFA=http://{HOST}:{free_port()}"}) as bank:
        time.sleep(SETTLE_S)
        return look(bank.served)
