"""The judge: what the laws say of whole banks, it says of condensed ones after every commit, and of nothing else."""

from __future__ import annotations

import pytest

from bank_node.transfers.laws import LAWS
from federation.simulation import judge
from federation.simulation.condensed import Condensed
from federation.simulation.judge import OF_ACCOUNTS, OF_OWN_SUMS, OF_SUMS, OF_TIME, OF_TRANSFERS
from federation.simulation.plan import Plan, Step
from federation.simulation.planning import KNOBS, plan_of
from federation.simulation.play import play
from federation.simulation.world import World


def test_every_law_is_asked_somewhere() -> None:
    assert sorted(OF_SUMS + OF_OWN_SUMS + OF_ACCOUNTS + OF_TRANSFERS + OF_TIME) == sorted(law.id for law in LAWS)


def test_whole_snapshots_agree_with_what_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "WHOLE_EVERY", 7)
    assert play(plan_of(5)).violations == []


@pytest.mark.parametrize(
    ("law", "sql"),
    [
        ("I2", "UPDATE accounts SET balance = balance + 1 WHERE kind = 'customer'"),
        ("I3", "UPDATE transfers SET state = 'REJECTED' WHERE state IN ('PENDING', 'SENT')"),
        ("I4", "UPDATE accounts SET balance = balance - 1 WHERE code = 'vault' AND currency = 'EUR'"),
        ("I5", "UPDATE accounts SET balance = balance + 1 WHERE code = 'clearing:BRVO'"),
        (
            "I6",
            "INSERT INTO decisions SELECT 'BRVO', 'forged', kind, decision, NULL, NULL, content_hash, NULL,"
            " account_id, to_account, from_account, from_name, amount, currency, reference, 0, 'e', 0, 0, 0, 0"
            " FROM decisions LIMIT 1",
        ),
        ("I8", "UPDATE transfers SET returned = 1"),
        ("I9", "UPDATE accounts SET balance = balance + 1 WHERE code = 'suspense:out'"),
        ("I10", "UPDATE accounts SET balance = balance + 1 WHERE code = 'clearing:BRVO'"),
    ],
)
def test_a_wrong_row_is_seen_with_the_commit_that_wrote_it(law: str, sql: str) -> None:
    sends = [
        Step(100 + i, "send", f"s{i}", bank, {"from": 1, "to": to, "account": 1, "amount": 5})
        for i, (bank, to) in enumerate((("ALFA", "BRVO"), ("BRVO", "ALFA"), ("ALFA", "CHRL")))
    ]
    world = World(Plan(1, 3, tuple(sends), 1_000, KNOBS))
    play_until_credited(world)
    assert world.history.violations == []
    line = world.houses["ALFA"].database.line
    line.execute("BEGIN IMMEDIATE")
    for trigger in line.look("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        line.look(f"DROP TRIGGER {trigger[0]}")
    line.look(sql)
    line.execute("COMMIT")
    assert law in {violation.law for violation in world.history.violations}


def play_until_credited(world: World) -> None:
    from federation.simulation.play import Playing

    playing = Playing(world)
    playing.begin()
    for _ in range(500):
        world.timeline.step(playing.deadline_us)
        if world.history.branches["payment.ACCEPTED"] == 3:
            return


def test_sums_survive_being_made_anew() -> None:
    world = World(plan_of(4))
    first = Condensed(world.judge.mirrors)
    assert {name: bank.accounts for name, bank in first.banks().items()} == {
        name: bank.accounts for name, bank in world.judge.condensed.banks().items()
    }
