"""What every run of the suite plays: histories in which no law is broken.

SIM_SEEDS says how many, two thousand unless told; by then every row of the protocol's tables has to be reached too.
"""

from __future__ import annotations

import os

import pytest

from bank_node.lab.failpoints import POINTS
from federation.simulation.run import run
from federation.simulation.workers import Wish

SEEDS = range(400, 400 + int(os.environ.get("SIM_SEEDS", "2000")))
ENOUGH_FOR_EVERY_ROW = 2_000


@pytest.mark.slow
def test_histories_break_no_law_and_enough_of_them_reach_every_row() -> None:
    summary = run(Wish(SEEDS))
    assert [(history.plan.seed, history.violations[:3]) for history in summary.total.failed] == []
    assert summary.total.histories == len(SEEDS)
    assert summary.total.transfers >= 30 * len(SEEDS)
    assert summary.total.faults.total() >= 10 * len(SEEDS)
    if len(SEEDS) >= ENOUGH_FOR_EVERY_ROW:
        assert summary.never_reached == []
        assert {name for name in POINTS if summary.total.crashes[name] == 0} == set()
