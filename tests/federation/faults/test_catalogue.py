"""All faults by name: made from words, injected, healed, asked; and what is said to who asks for nonsense."""

from __future__ import annotations

import pytest

from federation.failure import ExitCode, Failure
from federation.faults.catalogue import CATALOGUE, ROWS, make
from federation.faults.fault import Fault
from federation.faults.swizzle import Swizzle
from tests.support.paper_site import PaperSite

# What each needs to be told; the others go by their defaults
WORDS = {"partition": ["BRVO"]}
BANKS = [f"BNK{letter}" for letter in "ABCDEFGH"]  # more than come into the same order by chance
OF_BROKER_AND_WIRE = [
    "broker-stop",
    "broker-kill",
    "broker-pause",
    "broker-away",
    "node-kill",
    "partition",
    "ring",
    "swizzle",
    "latency",
    "slow-line",
    "drop",
    "reset",
    "half-open",
    "one-way",
    "ack-lost",
    "request-lost",
    "half-frame",
    "flap",
]


def made(site: PaperSite, name: str) -> Fault:
    return make(site, name, WORDS.get(name, []))


def test_each_fault_is_there_once_under_its_own_name() -> None:
    assert len(CATALOGUE) == len(ROWS)
    assert set(OF_BROKER_AND_WIRE) <= set(CATALOGUE)
    for row in ROWS:
        assert row.summary
        assert all(parameter.help for parameter in row.parameters)


@pytest.mark.parametrize("name", OF_BROKER_AND_WIRE)
def test_what_is_healed_is_as_it_was_before(name: str) -> None:
    site = PaperSite(nodes=3)
    fault = made(site, name)
    assert fault.name == name
    assert site.is_whole
    fault.inject()
    assert not site.is_whole
    fault.heal()
    assert site.is_whole
    fault.heal()
    assert site.is_whole


@pytest.mark.parametrize("name", OF_BROKER_AND_WIRE)
def test_what_was_never_injected_is_healed_without_harm_and_has_not_bitten(name: str) -> None:
    site = PaperSite(nodes=3)
    fault = made(site, name)
    fault.heal()
    assert site.is_whole
    assert not fault.bite().bit
    assert fault.bite().proof


@pytest.mark.parametrize("name", OF_BROKER_AND_WIRE)
def test_a_fault_says_in_words_that_it_bit_and_says_so_after_it_was_healed(name: str) -> None:
    site = PaperSite(nodes=3)

    def bites(_: object) -> None:
        site.wire.laid[-1].bit()
        site.wire.banks["BRVO"].cut += 1

    site.wire.on_lay = bites
    fault = made(site, name)
    fault.inject()
    assert fault.bite().bit
    fault.heal()
    assert fault.bite().bit
    assert fault.bite().proof


@pytest.mark.parametrize("name", ["broker-stop", "broker-kill", "broker-pause"])
def test_a_broker_of_somebody_else_is_left_alone(name: str) -> None:
    site = PaperSite(ours=False)
    fault = made(site, name)
    with pytest.raises(Failure, match="somewhere else"):
        fault.inject()
    fault.heal()
    assert site.deeds == []
    assert not fault.bite().bit


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("earthquake", [], "no fault earthquake"),
        ("broker-kill", ["BRVO"], "broker-kill does not know what BRVO is"),
        ("partition", [], "partition needs to know its bank"),
        ("partition", ["DLTA"], "there is no bank DLTA"),
        ("latency", ["500"], "latency does not know what 500 is"),
        ("latency", ["100ms±200"], "latency does not know what 100ms±200 is"),
        ("latency", ["100ms", "200ms"], "latency does not know what 200ms is"),
        ("latency", ["delay=1s", "delay=2s"], "latency is told its delay twice"),
        ("latency", ["speed=1s"], "latency has no speed"),
        ("latency", ["side=up"], "latency: side=up"),
        ("latency", ["0ms"], "delay is 0.0"),
        ("drop", ["0%"], "drop does not know what 0% is"),
        ("drop", ["101%"], "drop does not know what 101% is"),
        ("drop", ["0.05"], "drop does not know what 0.05 is"),
        ("ack-lost", ["0"], "ack-lost does not know what 0 is"),
        ("slow-line", ["0KB/s"], "slow-line does not know what 0KB/s is"),
        ("flap", ["0s"], "off is 0.0"),
        ("one-way", ["both"], "one-way does not know what both is"),
        ("dup", ["1x"], "is no duplicate"),
        ("reorder", ["1"], "has no order"),
        ("clock-skew", ["BRVO", "0s"], "is right"),
        ("node-kill", ["4"], "this broker has no node 4"),
        ("node-kill", ["DLTA"], "there is no bank DLTA"),
    ],
)
def test_nonsense_is_refused_in_words(name: str, words: list[str], said: str) -> None:
    site = PaperSite(nodes=3)
    with pytest.raises(Failure) as refused:
        make(site, name, words)
    assert said in refused.value.what
    assert refused.value.code is ExitCode.USAGE
    assert site.deeds == []


@pytest.mark.parametrize(("words", "seed"), [([], 9), (["300ms"], 9), (["300ms", "7"], 7), (["seed=7"], 7)])
def test_a_seed_that_is_said_comes_before_the_one_for_all(words: list[str], seed: int) -> None:
    orders = [
        [(rule.bank, rule.after_s) for rule in fault.rules()]
        for fault in (make(PaperSite(banks=BANKS), "swizzle", words, 9), Swizzle(PaperSite(banks=BANKS), 0.3, seed))
        if isinstance(fault, Swizzle)
    ]
    assert orders[0] == orders[1]
    assert len({tuple(rule.bank for rule in Swizzle(PaperSite(banks=BANKS), 0.3, one).rules()) for one in (7, 9)}) == 2


def test_a_swing_without_a_unit_has_that_of_its_time() -> None:
    with pytest.raises(Failure) as refused:
        make(PaperSite(), "latency", ["2s±500"])
    assert refused.value.why.endswith("±500 without a unit is 500 s: write ±500ms")


def test_a_broker_of_one_node_has_no_other_leader() -> None:
    with pytest.raises(Failure, match="only one"):
        make(PaperSite(), "node-kill")
