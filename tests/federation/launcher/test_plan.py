"""The plan: what is asked for against what is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from federation.failure import ExitCode, Failure
from federation.launcher.plan import Plan, Wish, check, check_running, grow, make_plan
from federation.spec import FederationSpec
from tests.support.kafka import free_ports


class Plans:
    """Makes plans and gives their ports back."""

    def __init__(self) -> None:
        self.base = free_ports(40)
        self._claims: list[int] = []

    def __call__(self, wish: Wish, old: FederationSpec | None = None) -> Plan:
        plan = make_plan(wish, old)
        self._claims.append(plan.claim)
        return plan

    def close(self) -> None:
        while self._claims:
            os.close(self._claims.pop())


@pytest.fixture
def plans() -> Iterator[Plans]:
    made = Plans()
    yield made
    made.close()


def test_a_new_federation_has_three_banks_and_an_identity_of_its_own(plans: Plans) -> None:
    one = plans(Wish(port_base=plans.base)).spec
    two = plans(Wish(port_base=plans.base)).spec
    assert [bank.id for bank in one.banks] == ["ALFA", "BRVO", "CHRL"]
    assert one.seed == 42
    assert one.federation_id != two.federation_id


def test_nothing_asked_for_leaves_everything_as_it_was(plans: Plans) -> None:
    old = plans(Wish(banks=2, seed=7, port_base=plans.base)).spec
    plans.close()
    assert plans(Wish(), old).spec == old


def test_growing_keeps_the_identity_the_seed_and_the_ports(plans: Plans) -> None:
    old = plans(Wish(banks=2, seed=7, port_base=plans.base)).spec
    plans.close()
    new = plans(Wish(banks=4), old).spec
    assert new.banks[:2] == old.banks
    assert (new.federation_id, new.seed) == (old.federation_id, 7)


def test_a_lab_gives_every_bank_a_listener_of_its_own(plans: Plans) -> None:
    spec = plans(Wish(banks=2, lab=True, advertised={"ALFA": "127.0.0.1:19201"}, port_base=plans.base)).spec
    assert set(spec.broker.listeners) == {"ALFA", "BRVO"}
    assert len({*spec.broker.listeners.values(), *(bank.port for bank in spec.banks)}) == 4
    assert spec.broker.advertised == {"ALFA": "127.0.0.1:19201"}
    assert spec.lab


def test_a_lab_has_a_door_for_every_bank_that_was_not_told_to_call_something_else(plans: Plans) -> None:
    spec = plans(Wish(banks=2, lab=True, advertised={"ALFA": "127.0.0.1:19201"}, port_base=plans.base)).spec
    door = spec.broker.doors["BRVO"]
    assert spec.broker.told == {"ALFA": "127.0.0.1:19201", "BRVO": f"127.0.0.1:{door}"}
    assert len({*spec.broker.listeners.values(), *spec.broker.doors.values(), spec.broker.port}) == 5
    assert FederationSpec.from_json(spec.as_json()) == spec
    plans.close()
    assert plans(Wish(), spec).spec == spec
    plans.close()
    older = replace(spec, broker=replace(spec.broker, doors={}))
    assert plans(Wish(), older).spec.broker.doors == spec.broker.doors


def test_without_a_lab_there_is_no_door(plans: Plans) -> None:
    assert plans(Wish(port_base=plans.base)).spec.broker.told == {}


def test_a_foreign_broker_has_no_ports_or_listeners_of_ours(plans: Plans) -> None:
    spec = plans(Wish(broker="kafka.school:9092", lab=True, port_base=plans.base)).spec
    assert spec.broker.listeners == {}
    assert not spec.broker.is_ours


def test_another_seed_and_fewer_banks_are_refused_in_words(plans: Plans) -> None:
    spec = plans(Wish(banks=3, seed=1, port_base=plans.base)).spec
    check(Wish(banks=3, seed=1), spec)
    for wish, words in ((Wish(seed=2), "--seed 1"), (Wish(banks=2), "grow, not shrink")):
        with pytest.raises(Failure, match=words) as failed:
            check(wish, spec)
        assert failed.value.code == ExitCode.USAGE
        assert "--fresh" in failed.value.do


def test_what_cannot_change_while_it_runs_says_so(plans: Plans) -> None:
    spec = plans(Wish(port_base=plans.base)).spec
    check_running(Wish(banks=5, broker="kafka", nodes=1), spec)
    for wish in (Wish(broker="docker"), Wish(nodes=3), Wish(lab=True), Wish(port_base=9000)):
        with pytest.raises(Failure, match="while the federation runs"):
            check_running(wish, spec)
    with pytest.raises(Failure, match="-n cannot change"):
        check_running(Wish(banks=4), replace(spec, lab=True))


def test_a_running_federation_grows_onto_free_ports_above(plans: Plans) -> None:
    spec = plans(Wish(banks=1, port_base=plans.base)).spec
    grown = grow(spec, 3)
    assert grown.banks[0] == spec.banks[0]
    assert [bank.id for bank in grown.banks] == ["ALFA", "BRVO", "CHRL"]
    assert len({bank.port for bank in grown.banks}) == 3


def test_senseless_numbers_are_refused() -> None:
    for wish in ({"banks": 0}, {"banks": 5000}, {"port_base": 80}, {"port_base": 60_000}):
        with pytest.raises(Failure):
            Wish(**wish)
