"""The simulation's yardstick does what the prototype did: it survives its faults, and would see a lost cent."""

from __future__ import annotations

import pytest

from federation.bench import sim
from federation.bench.bare_world import BareBank, BareWorld


def test_the_bare_world_is_right_under_its_faults() -> None:
    assert all(BareWorld(seed).run() for seed in range(5))


def test_the_bare_world_sees_money_that_is_credited_twice() -> None:
    class Forgetful(BareBank):
        def take(self, bank: int, kind: str, id_: str, account: int, amount: int) -> None:
            self.db.execute("DELETE FROM inbox WHERE id = ?", (id_,))
            super().take(bank, kind, id_, account, amount)

    world = BareWorld(1)
    world.banks = [Forgetful(number, world) for number in range(3)]
    assert not world.run()


def test_both_sides_are_measured_and_nothing_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim, "PER_ROUND", 2)
    report = sim.run(1, lambda _: None)
    assert report.conserved
    assert report.figures[0].ratio > 0
