"""The simulation against the world: a tamed plan on real processes and real Kafka ends with the same balances."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from federation.simulation.accounts import LIAR
from federation.simulation.planning import plan_of
from federation.simulation.play import play
from federation.simulation.tamed import tamed


@pytest.mark.parametrize("seed", range(1, 12))
def test_a_tamed_plan_is_lawful_and_has_nothing_that_depends_on_time(seed: int) -> None:
    plan = tamed(plan_of(seed))
    assert {step.do for step in plan.steps} <= {"send", "repeat", "return", "deposit", "kill", "crash", "away"}
    assert plan.knobs["transfer_expiry_ms"] == 0
    assert all(step.facts.get("to") != LIAR for step in plan.steps)
    assert play(plan).violations == []


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 11])
def test_real_processes_end_where_the_simulation_says(seed: int, tmp_path: Path) -> None:
    """In a process of its own, as people call it: the launcher it starts outlives the call that started it."""
    words = ["sim", "--seed", str(seed), "--on-kafka", "--json", "--data", str(tmp_path)]
    command = [sys.executable, "-m", "federation.cli", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert (said["agrees"], said["lawful"], said["differences"]) == (True, True, [])
