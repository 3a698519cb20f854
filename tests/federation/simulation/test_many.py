"""What every run of the suite plays: two thousand histories, every row of the protocol's tables, no law broken."""

from __future__ import annotations

import pytest

from bank_node.lab.failpoints import POINTS
from federation.simulation.run import run
from federation.simulation.workers import Wish

SEEDS = range(2_000)


@pytest.mark.slow
def test_two_thousand_histories_break_no_law_and_reach_every_row() -> None:
    summary = run(Wish(SEEDS))
    assert [(history.plan.seed, history.violations[:3]) for history in summary.total.failed] == []
    assert summary.total.histories == len(SEEDS)
    assert summary.never_reached == []
    assert summary.total.transfers >= 30 * len(SEEDS)
    assert summary.total.faults.total() >= 10 * len(SEEDS)
    assert {name for name in POINTS if summary.total.crashes[name] == 0} == set()
