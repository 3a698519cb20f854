"""Faults of the wire, as the rules they are."""

from __future__ import annotations

from typing import Any

import pytest

from federation.failure import Failure
from federation.faults.catalogue import make
from federation.wire.frames import Api, Side
from federation.wire.rules import Closed, Delay, Drop, Flap, Frames, Half, Laid, Pace, Reset, Rule, SlowClose
from tests.support.paper_site import PaperSite

REQUEST, ANSWER = Side.REQUEST, Side.ANSWER


def rules(name: str, *words: str) -> list[Rule]:
    site = PaperSite()
    make(site, name, words).inject()
    return [laid.rule for laid in site.wire.laid]


def every(side: Side, **more: Any) -> Frames:
    return Frames(side, count=None, **more)


@pytest.mark.parametrize(
    ("words", "laid"),
    [
        ("broker-away", [Rule(Closed())]),
        ("partition BRVO", [Rule(Closed(), bank="BRVO")]),
        ("latency", [Rule(Delay(0.5, 0.1), every(REQUEST)), Rule(Delay(0.5, 0.1), every(ANSWER))]),
        ("latency 300ms±200 BRVO answers", [Rule(Delay(0.3, 0.2), every(ANSWER), "BRVO")]),
        ("latency BRVO side=requests delay=2s", [Rule(Delay(2.0), every(REQUEST), "BRVO")]),
        ("drop 5% requests", [Rule(Drop(), every(REQUEST, chance=0.05))]),
        ("reset 2.5% ALFA", [Rule(Reset(), every(side, chance=0.025), "ALFA") for side in Side]),
        ("half-open", [Rule(Drop(), every(side)) for side in Side]),
        ("one-way", [Rule(Drop(), every(ANSWER))]),
        ("one-way requests CHRL", [Rule(Drop(), every(REQUEST), "CHRL")]),
        ("ack-lost 3x BRVO", [Rule(Reset(), Frames(ANSWER, Api.PRODUCE, count=3), "BRVO")]),
        ("request-lost", [Rule(Reset(), Frames(REQUEST, Api.PRODUCE, count=3))]),
        ("half-frame 2", [Rule(Half(), Frames(REQUEST, Api.PRODUCE, count=2))]),
        ("flap 2s 500ms", [Rule(Flap(2.0, 0.5))]),
        (
            "slow-line 300ms±200 64KB/s close_s=2s",
            [
                *(Rule(Delay(0.3, 0.2), every(side)) for side in Side),
                *(Rule(Pace(65536.0, 512), every(side)) for side in Side),
                Rule(SlowClose(2.0)),
            ],
        ),
        (
            "ring 2s",
            [Rule(Closed(), bank=bank, after_s=2.0 * n, for_s=2.0) for n, bank in enumerate(("ALFA", "BRVO", "CHRL"))],
        ),
    ],
)
def test_words_become_rules(words: str, laid: list[Rule]) -> None:
    name, *rest = words.split()
    assert rules(name, *rest) == laid


def test_in_a_swizzle_all_are_away_at_once_and_come_back_in_another_order() -> None:
    for seed in ("1", "2", "3", "4", "5"):
        laid = rules("swizzle", "100ms", seed)
        going = [rule.bank for rule in sorted(laid, key=lambda rule: rule.after_s)]
        until = {rule.bank: rule.after_s + (rule.for_s or 0.0) for rule in laid}
        assert max(rule.after_s for rule in laid) < min(until.values())
        assert sorted(until, key=lambda bank: until[bank]) != going
    assert rules("swizzle", "100ms", "1") == rules("swizzle", "100ms", "1")


def test_where_a_rule_cannot_be_laid_those_before_it_are_ended() -> None:
    site = PaperSite()

    def refuse(_: Laid) -> None:
        if len(site.wire.laid) == 2:
            raise Failure("the wire has gone")

    site.wire.on_lay = refuse
    fault = make(site, "half-open")
    with pytest.raises(Failure, match="gone"):
        fault.inject()
    assert [laid.over.is_set() for laid in site.wire.laid] == [True, False]  # the second one was never given back
    assert not fault.bite().bit
