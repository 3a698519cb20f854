"""Two processes of each bank at once: they hand over between statements, wait for locks, and are killed in between."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from federation.simulation import interleaving
from federation.simulation.founding import template_of
from federation.simulation.line import BEGIN, COMMIT
from federation.simulation.plan import Plan, Step
from federation.simulation.planning import KNOBS, plan_of
from federation.simulation.play import play
from federation.simulation.shared_file import AT_ONCE_US, BUSY_TRIES, BUSY_US, SharedFile, SharedLine
from federation.simulation.trace import Trace
from federation.simulation.writer import Crash

SENDS = 24


def a_rush(*more: Step) -> Plan:
    """One account sends again and again within a tenth of a second; both processes have it in hand."""
    facts = {"from": 1, "to": "BRVO", "account": 1, "amount": 1_00}
    sends = [Step(8_000 + 4 * number, "send", f"s{number:02d}", "ALFA", facts) for number in range(SENDS)]
    return Plan(1, 2, (*sends, *more), heal_ms=20_000, knobs=KNOBS, processes=2)


def test_one_plan_is_one_history() -> None:
    first, second = Trace(), Trace()
    assert play(plan_of(7), first).violations == []
    play(plan_of(7), second)
    assert first.listing() == second.listing()


def test_every_twentieth_plan_is_one_of_two_processes_with_rushes_and_small_batches() -> None:
    plans = [plan_of(seed) for seed in range(200)]
    assert [plan.seed for plan in plans if plan.processes == 2] == list(range(7, 200, 20))
    assert {3, 512} == {plan.knobs["publish_batch_max"] for plan in plans if plan.processes == 2}


def test_a_second_process_changes_the_history_and_breaks_no_law() -> None:
    one, two = Trace(), Trace()
    play(replace(a_rush(), processes=1), one)
    history = play(a_rush(), two)
    assert (history.violations, history.transfers) == ([], SENDS)
    assert one.listing() != two.listing()
    assert {event.words for event in two.events if event.what == "starts"} == {"ALFA/1", "ALFA/2", "BRVO/1", "BRVO/2"}


def test_a_process_is_stopped_in_the_middle_of_a_unit_of_work_and_another_one_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[bool, int, str]] = []  # within a unit of work of its own, whose line, what
    execute = SharedLine.execute

    def noting(line: SharedLine, sql: str, *parameters: Any) -> sqlite3.Cursor:
        asked.append((line.in_transaction, id(line), sql))
        return execute(line, sql, *parameters)

    monkeypatch.setattr(SharedLine, "execute", noting)
    play(a_rush())
    broken_into = [
        (first, second)
        for first, second in pairwise(asked)
        if first[0] and first[1] != second[1] and first[2] != COMMIT and second[2] == BEGIN
    ]
    assert broken_into


@pytest.mark.parametrize("at_ms", [8_020, 8_050, 8_090])
def test_a_kill_between_two_statements_loses_nothing_that_was_answered(
    at_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn: list[str] = []

    def noting(words: str) -> Crash:
        torn.append(words)
        return Crash(words)

    monkeypatch.setattr(interleaving, "Crash", noting)
    history = play(a_rush(Step(at_ms, "kill", "f01", "ALFA", {"for_ms": 500})))
    assert torn
    assert (history.violations, history.transfers) == ([], SENDS)


def test_who_finds_the_database_locked_lets_others_run_until_it_is_free(tmp_path: Path) -> None:
    file = SharedFile(tmp_path / "ALFA")
    file.begin(template_of("ALFA"))
    (one, _), (other, _) = file.take(), file.take()
    waits: list[int] = []

    def others_run(span_us: int) -> None:
        waits.append(span_us)
        if len(waits) == 3:
            one.execute(COMMIT)

    one.execute(BEGIN)
    other.hand_over = others_run
    other.execute(BEGIN)
    assert other.in_transaction
    assert waits == [AT_ONCE_US, BUSY_US, BUSY_US]
    file.close()


def test_who_waits_too_long_for_a_lock_is_told_so(tmp_path: Path) -> None:
    file = SharedFile(tmp_path / "ALFA")
    file.begin(template_of("ALFA"))
    (one, _), (other, _) = file.take(), file.take()
    waits: list[int] = []
    one.execute(BEGIN)
    other.hand_over = waits.append
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute(BEGIN)
    assert len(waits) == BUSY_TRIES + 1
    file.close()
