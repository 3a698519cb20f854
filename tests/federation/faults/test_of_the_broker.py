"""The broker stopped, killed, frozen, and one of its nodes; on paper."""

from __future__ import annotations

import pytest

from federation.brokers.broker import BrokerState
from federation.failure import Failure
from federation.faults.broker_kill import BrokerKill
from federation.faults.broker_pause import BrokerPause
from federation.faults.broker_stop import BrokerStop
from federation.faults.node_kill import NodeKill
from tests.support.paper_site import PaperSite


def test_stopped_killed_and_frozen_are_three_things() -> None:
    site = PaperSite()
    for kind in (BrokerStop, BrokerKill, BrokerPause):
        fault = kind(site)
        fault.inject()
        fault.heal()
        assert fault.bite().bit
    assert site.deeds == [
        *("broker stop", "broker start"),
        *("broker kill", "broker start"),
        *("broker pause", "broker resume", "broker start"),
    ]


def test_a_broker_that_was_down_already_is_no_proof() -> None:
    site = PaperSite()
    site.broker.kill()
    for kind in (BrokerStop, BrokerKill):
        fault = kind(site)
        fault.inject()
        assert not fault.bite().bit


def test_a_frozen_broker_that_somebody_killed_is_started() -> None:
    site = PaperSite()
    fault = BrokerPause(site)
    fault.inject()
    site.broker.state = BrokerState.UP
    site.broker.kill()
    fault.heal()
    assert site.is_whole


def test_the_node_that_leads_is_killed_and_bites_once_another_one_leads() -> None:
    site = PaperSite(nodes=3)
    fault = NodeKill(site)
    fault.inject()
    assert (fault.node, site.broker.down_nodes) == (1, {1})
    assert fault.bite().proof == "node 1 was killed, and node 2 led in its place"
    fault.heal()
    assert site.deeds == ["broker kill 1", "broker start 1"]


def test_who_asks_the_dead_node_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    site = PaperSite(nodes=3)
    leaders: list[int | None] = [1, None, 0, 2]

    def leader_of(_partition: int) -> int:
        found = leaders.pop(0)
        if found is None:
            raise Failure("the broker does not answer", why="ECONNREFUSED")
        return found

    monkeypatch.setattr(site.topic, "leader_of", leader_of)
    fault = NodeKill(site)
    fault.inject()
    assert fault.bite().proof == "node 1 was killed, and node 2 led in its place"


def test_without_another_leader_it_has_not_bitten() -> None:
    site = PaperSite(nodes=3)
    site.topic.elects = False
    fault = NodeKill(site)
    fault.inject()
    fault.heal()
    assert (fault.node, fault.bite().bit) == (1, False)
    assert site.is_whole
