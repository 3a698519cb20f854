"""Drawing scenes: a few steps that belong together, for rows of the tables that chance alone would hardly reach."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from federation.simulation.accounts import BLOCKED, LIAR, NOBODY
from federation.simulation.plan import Step

PERCENT = 12  # how likely each scene is in a plan
MEDDLING_PERCENT = 30
RUSHES, RUSH_SENDS, RUSH_MS = 4, 8, (5, 100)
Facts = dict[str, Any]
Line = tuple[int, str, str, Facts]  # ms after its beginning, what, at which bank, with what
WEATHER: tuple[tuple[str, Facts], ...] = (
    ("cut", {"what": "sends_cut", "for_ms": 500}),
    ("crash", {"point": "relay.before_send", "hit": 2}),
    ("sleep", {"for_ms": 400}),
)
Scene = Callable[[Random, str, str, str], list[Line]]  # two banks, and the prefix of the steps' ids


def draw_scenes(random: Random, names: tuple[str, ...], span_ms: int) -> list[Step]:
    steps: list[Step] = []
    for number, scene in enumerate(SCENES):
        if random.randrange(100) < PERCENT:
            prefix, begins_ms = chr(ord("A") + number), random.randint(7_000, span_ms - 20_000)
            one, other = random.sample(names, 2)
            steps += _steps(scene(random, one, other, prefix), begins_ms, prefix)
    return steps


def _steps(lines: list[Line], begins_ms: int, prefix: str) -> list[Step]:
    return [
        Step(begins_ms + after_ms, do, f"{prefix}{place}", bank, facts)
        for place, (after_ms, do, bank, facts) in enumerate(lines)
    ]


def draw_rushes(random: Random, names: tuple[str, ...], span_ms: int) -> list[Step]:
    """One account sends again and again at one moment, in bad weather: whoever works at the bank has it in hand at
    once, and some of it does not get through."""
    steps: list[Step] = []
    for number in range(RUSHES):
        begins_ms, payer, (one, other) = random.randint(50, span_ms), random.choice((1, 2, 3)), random.sample(names, 2)
        lasts_ms, (do, trouble) = random.choice(RUSH_MS), random.choice(WEATHER)
        lines: list[Line] = [(random.randint(0, lasts_ms), do, one, trouble)]
        for _ in range(RUSH_SENDS):
            facts = {"from": payer, "to": other, "account": random.choice((1, 2, 3)), "amount": random.randint(1, 5_00)}
            lines.append((random.randint(0, lasts_ms), "send", one, facts))
        steps += _steps(lines, begins_ms, f"R{number}")
    return steps


def draw_meddling(random: Random, names: tuple[str, ...], span_ms: int) -> list[Step]:
    """Somebody else answers a payment before the bank that it went to has seen it."""
    if random.randrange(100) >= MEDDLING_PERCENT:
        return []
    one, other = random.sample(names, 2)
    facts = {"from": 3, "to": other, "account": random.choice((2, NOBODY)), "amount": random.randint(1, 90)}
    lines: list[Line] = [
        (0, "hold", other, {"for_ms": 3_000}),
        (10, "send", one, facts),
        (200, "lie", one, {"what": "meddle"}),
    ]
    return _steps(lines, random.randint(7_000, span_ms - 4_000), "M")


def frozen_payer(random: Random, one: str, other: str, prefix: str) -> list[Line]:  # noqa: ARG001
    """The money comes back to an account that may not pay."""
    refused = random.choice((NOBODY, BLOCKED))
    state = random.choice(("debit_frozen", "debit_frozen", "blocked"))
    return [
        (0, "send", one, {"from": 4, "to": other, "account": refused, "amount": random.randint(1, 90)}),
        (4, "state", one, {"account": 4, "state": state}),
        (9_000, "state", one, {"account": 4, "state": "open"}),
    ]


def returned_before_its_mark(random: Random, one: str, other: str, prefix: str) -> list[Line]:  # noqa: ARG001
    """The broker has it, the relay dies before it marks it, and the money comes back without an answer."""
    return [
        (0, "crash", one, {"point": "relay.after_ack", "hit": 1}),
        (1, "send", one, {"from": 1, "to": LIAR, "account": 1, "amount": random.randint(2, 90)}),
        (60, "lie", one, {"what": random.choice(("give_back", "give_back_too_much"))}),
    ]


def paid_back(random: Random, one: str, other: str, prefix: str) -> list[Line]:  # noqa: ARG001
    """The liar pays, the bank sends the money back, the liar takes it or does not."""
    return [
        (0, "lie", one, {"what": "pay"}),
        (random.choice((1_000, 9_000)), "return", one, {"of": f"{prefix}0"}),
    ]


def too_much_too_soon(random: Random, one: str, other: str, prefix: str) -> list[Line]:  # noqa: ARG001
    """More comes back than was sent, before it was said that it arrived; then the same id with other content."""
    return [
        (0, "send", one, {"from": 2, "to": LIAR, "account": 1, "amount": random.randint(2, 90)}),
        (40, "lie", one, {"what": "give_back_too_much"}),
        (random.choice((50, 4_000)), "lie", one, {"what": random.choice(("give_back", "give_back_all_twice"))}),
        (8_000, "lie", one, {"what": "reuse"}),
        (9_000, "lie", one, {"what": "contradict"}),
    ]


def called_back(random: Random, one: str, other: str, prefix: str) -> list[Line]:
    """A completed payment is asked back; the other bank's staff agree or refuse."""
    word = random.choice(("agree", "agree", "refuse"))
    return [
        (0, "send", one, {"from": 1, "to": other, "account": 2, "amount": random.randint(2, 90)}),
        (random.choice((0, 4_000)), "recall", one, {"of": f"{prefix}0"}),
        (random.choice((4_500, 9_000)), word, other, {"of": f"{prefix}0"}),
        (random.choice((4_500, 12_000)), word, other, {"of": f"{prefix}0"}),
        (15_000, "recall", one, {"of": f"{prefix}0"}),
    ]


def lost_return(random: Random, one: str, other: str, prefix: str) -> list[Line]:
    """A return that the broker loses is taken back at the desk: the question overtakes it."""
    return [
        (0, "send", one, {"from": 2, "to": other, "account": 3, "amount": random.randint(2, 90)}),
        (6_000, "hold", one, {"for_ms": 3_000}),
        (6_100, "return", other, {"of": f"{prefix}0"}),
        (7_500, "cut_tail", one, {"records": random.choice((1, 3))}),
        (7_600, "cancel", other, {"of": f"{prefix}2"}),
    ]


def nothing_was_sent(random: Random, one: str, other: str, prefix: str) -> list[Line]:  # noqa: ARG001
    """Questions and answers about what nobody ever sent."""
    return [
        (0, "lie", one, {"what": what}) for what in ("answer_nothing", "ask_unseen", "bury", "reuse", "bury_return")
    ]


def unclaimed(random: Random, one: str, other: str, prefix: str) -> list[Line]:  # noqa: ARG001
    """Whoever sent it has closed his account; what comes back waits, and is paid out, once."""
    return [
        (0, "send", one, {"from": 4, "to": other, "account": NOBODY, "amount": 1_000_00}),
        (5, "state", one, {"account": 4, "state": "closed"}),
        (9_000, "pay_out", one, {}),
        (9_000, "pay_out", one, {}),
    ]


SCENES: tuple[Scene, ...] = (
    frozen_payer,
    returned_before_its_mark,
    paid_back,
    too_much_too_soon,
    called_back,
    lost_return,
    nothing_was_sent,
    unclaimed,
)
