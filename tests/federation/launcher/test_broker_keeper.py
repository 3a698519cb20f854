"""The broker as its supervisor keeps it: a start that fails is told, a foreign broker is only watched."""

from __future__ import annotations

from pathlib import Path

from federation.launcher.broker_keeper import BrokerKeeper, Kept
from tests.support.readyz_bank import PaperBroker


def ticked(keeper: BrokerKeeper) -> list[str]:
    said = []
    for _ in range(4):
        said += keeper.tick()
        keeper._hand.submit(lambda: None).result()
    return said


def test_a_broker_that_will_not_start_is_told_with_its_last_lines(tmp_path: Path) -> None:
    keeper = BrokerKeeper(PaperBroker(tmp_path, broken=True))
    assert ticked(keeper) == ["the broker did not start; no ink; buy some\nlast line of its log"]
    assert keeper.state is Kept.FAILED
    assert keeper.as_json()["note"].startswith("the broker did not start")


def test_a_broker_that_was_left_stopped_is_not_started(tmp_path: Path) -> None:
    broker = PaperBroker(tmp_path)
    keeper = BrokerKeeper(broker, wanted=False)
    ticked(keeper)
    assert (keeper.state, broker.done) == (Kept.STOPPED, [])


def test_a_foreign_broker_is_watched_and_never_stopped(tmp_path: Path) -> None:
    broker = PaperBroker(tmp_path)
    broker.ours = False
    keeper = BrokerKeeper(broker)
    ticked(keeper)
    assert keeper.state is Kept.UP
    (tmp_path / "down").touch()
    assert ticked(keeper) == ["nobody answers at paper:all"]
    assert keeper.state is Kept.AWAY
    keeper.stop()
    (tmp_path / "down").unlink()
    assert ticked(keeper) == ["up at paper:all"]
    assert broker.done == ["start"]
