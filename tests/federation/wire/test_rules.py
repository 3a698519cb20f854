"""Rules as data: what the seed decides, and what cannot be."""

from __future__ import annotations

import pytest

from federation.wire.frames import Api, Side
from federation.wire.rules import Closed, Delay, Drop, Frames, Laid, Rule, share


def laid(rule: Rule, seed: int = 1) -> Laid:
    return Laid(rule, seed, now_us=lambda: 7)


def taken(rule: Laid, count: int, bank: str = "ALFA", api: int = Api.PRODUCE) -> list[int]:
    return [nth for nth in range(1, count + 1) if rule.takes(bank, Side.ANSWER, api, set)]


def test_the_nth_frame_is_counted_among_those_that_fit() -> None:
    rule = laid(Rule(Drop(), Frames(Side.ANSWER, Api.PRODUCE, first=3, count=2), "ALFA"))
    assert taken(rule, 5, bank="BRVO") == []
    assert taken(rule, 5, api=Api.FETCH) == []
    assert not rule.takes("ALFA", Side.REQUEST, Api.PRODUCE, set)
    assert taken(rule, 9) == [3, 4]


def test_a_topic_is_asked_for_only_where_it_matters() -> None:
    rule = laid(Rule(Drop(), Frames(Side.ANSWER, Api.PRODUCE, topic="money")))

    def never() -> set[str]:
        raise AssertionError

    assert not rule.takes("ALFA", Side.ANSWER, Api.FETCH, never)
    assert not rule.takes("ALFA", Side.ANSWER, Api.PRODUCE, lambda: {"gossip"})
    assert rule.takes("ALFA", Side.ANSWER, Api.PRODUCE, lambda: {"gossip", "money"})


def test_chance_and_jitter_are_the_same_with_the_same_seed_and_rule() -> None:
    one, same, other = (Rule(Drop(), Frames(Side.ANSWER, count=None, chance=c)) for c in (0.3, 0.3, 0.30001))
    first = taken(laid(one), 200)
    assert 30 < len(first) < 90
    assert taken(laid(same), 200) == first
    assert taken(laid(one, seed=2), 200) != first
    assert taken(laid(other), 200) != first  # another rule chooses for itself

    late = Rule(Delay(0.3, 0.2), Frames(Side.ANSWER, count=None))
    delays = [
        [rule.delay_s() for _ in range(50) if rule.takes("ALFA", Side.ANSWER, Api.FETCH, set)]
        for rule in (laid(late), laid(late))
    ]
    assert delays[0] == delays[1]
    assert len(set(delays[0])) == 50
    assert 0.1 <= min(delays[0]) < 0.2
    assert 0.4 < max(delays[0]) <= 0.5


def test_a_number_is_as_good_as_the_name_of_an_api() -> None:
    by_name, by_number = (Rule(Drop(), Frames(Side.ANSWER, api, count=None, chance=0.5)) for api in (Api.FETCH, 1))
    assert repr(by_name) == repr(by_number)
    drawn = [taken(laid(rule), 100, api=Api.FETCH) for rule in (by_name, by_number)]
    assert drawn[0] == drawn[1]


def test_shares_are_spread_over_everything() -> None:
    drawn = [share(1, "x", n) for n in range(1000)]
    assert 0 <= min(drawn) < 0.01
    assert 0.99 < max(drawn) < 1
    assert share(1, "x", 5) == drawn[5]


def test_bites_have_a_first_and_a_last_moment() -> None:
    clock = iter([10, 20, 30])
    rule = Laid(Rule(Closed()), 1, now_us=lambda: next(clock))
    assert (rule.bites, rule.first_us, rule.last_us) == (0, None, None)
    for _ in range(3):
        rule.bit()
    assert (rule.bites, rule.first_us, rule.last_us) == (3, 10, 30)


@pytest.mark.parametrize(("act", "frames"), [(Drop(), None), (Closed(), Frames(Side.ANSWER))])
def test_a_rule_that_means_nothing_is_refused(act: Drop | Closed, frames: Frames | None) -> None:
    with pytest.raises(ValueError, match="frames"):
        Rule(act, frames)
