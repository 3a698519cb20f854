"""Hypothesis plays the world: it draws what is wanted and what goes wrong step by step, and shrinks what breaks a law.

What it has found is kept in its own database, beside the checkout, and tried first the next time.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from bank_node.lab.failpoints import AT_START, POINTS
from federation.simulation.accounts import BANKS, LIAR
from federation.simulation.forgery import FORGERIES
from federation.simulation.lies import LIES
from federation.simulation.plan import Plan, Step
from federation.simulation.planning import KNOBS
from federation.simulation.play import Playing
from federation.simulation.ways import MISHAPS
from federation.simulation.world import World

NEVER_MS = 10**9
KNOWN_MS = 6_000  # by then the banks know each other's keys
NAMES = BANKS[:3]
BANK = st.sampled_from(NAMES)
FOR_MS = st.sampled_from((200, 3_000, 20_000))


class Federation(RuleBasedStateMachine):
    sent = Bundle("sent")

    @initialize()
    def begin(self) -> None:
        logging.disable(logging.CRITICAL)
        self.steps: list[Step] = []
        self.world = World(Plan(1, len(NAMES), (), NEVER_MS, KNOBS))
        self.playing = Playing(self.world)
        self.playing.begin()
        self.playing.pass_ms(KNOWN_MS)

    def do(self, word: str, bank: str, **facts: Any) -> str:
        step = Step(self.world.timeline.passed_ms, word, f"h{len(self.steps):02d}", bank, facts)
        self.steps.append(step)
        self.playing.do(step)
        return step.id

    @rule(
        target=sent, bank=BANK, to=st.sampled_from((*NAMES, LIAR)), payer=st.integers(1, 10), payee=st.integers(1, 10)
    )
    def send(self, bank: str, to: str, payer: int, payee: int) -> str:
        return self.do("send", bank, **{"from": payer, "to": to, "account": payee, "amount": 100 + payer})

    @rule(first=sent, word=st.sampled_from(("repeat", "cancel", "ask", "recall")), bank=BANK)
    def about(self, first: str, word: str, bank: str) -> None:
        self.do(word, bank, of=first)

    @rule(first=sent, word=st.sampled_from(("return", "agree", "refuse")), bank=BANK)
    def at_the_other_bank(self, first: str, word: str, bank: str) -> None:
        self.do(word, bank, of=first)

    @rule(bank=BANK, state=st.sampled_from(("blocked", "debit_frozen", "open", "closed")))
    def set_state(self, bank: str, state: str) -> None:
        self.do("state", bank, account=4, state=state)

    @rule(ms=st.sampled_from((1, 20, 1_000, 10_000, 40_000)))
    def wait(self, ms: int) -> None:
        self.playing.pass_ms(ms)

    @rule(bank=BANK, point=st.sampled_from([name for name in POINTS if name not in AT_START]), hit=st.integers(1, 2))
    def crash(self, bank: str, point: str, hit: int) -> None:
        self.do("crash", bank, point=point, hit=hit)

    @rule(bank=BANK, word=st.sampled_from(("kill", "sleep", "hold", "locked", "away")), for_ms=FOR_MS)
    def for_a_while(self, bank: str, word: str, for_ms: int) -> None:
        self.do(word, bank, for_ms=for_ms)

    @rule(bank=BANK, word=st.sampled_from(("replay", "rewind", "cut_tail", "retention")), records=st.integers(1, 9))
    def with_records(self, bank: str, word: str, records: int) -> None:
        self.do(word, bank, records=records)

    @rule(bank=BANK, word=st.sampled_from(("wipe", "new_cluster", "new_key")))
    def once(self, bank: str, word: str) -> None:
        self.do(word, bank)

    @rule(bank=BANK, kind=st.sampled_from(MISHAPS), percent=st.sampled_from((50, 100)), for_ms=FOR_MS)
    def mishap(self, bank: str, kind: str, percent: int, for_ms: int) -> None:
        self.do("mishap", bank, kind=kind, percent=percent, for_ms=for_ms)

    @rule(bank=BANK, by_ms=st.sampled_from((-3_600_000, -1_000, 1_000, 3_600_000)))
    def jump(self, bank: str, by_ms: int) -> None:
        self.do("jump", bank, by_ms=by_ms)

    @rule(bank=BANK, what=st.sampled_from(sorted(LIES)))
    def lie(self, bank: str, what: str) -> None:
        self.do("lie", bank, what=what)

    @rule(bank=BANK, what=st.sampled_from(sorted(FORGERIES)), other=st.integers(0, 1))
    def forge(self, bank: str, what: str, other: int) -> None:
        self.do("forge", bank, what=what, **{"as": other})

    @invariant()
    def lawful(self) -> None:
        if hasattr(self, "world"):
            self.judge()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.playing.heal()
                self.playing.finish()
                self.judge()
            finally:
                self.world.close()
                logging.disable(logging.NOTSET)

    def judge(self) -> None:
        violations = self.world.history.violations
        if violations:
            heal_ms = self.world.timeline.passed_ms
            note(json.dumps(Plan(1, len(NAMES), tuple(self.steps), heal_ms, KNOBS).as_json()))
        assert violations == []


MODEST = settings(max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
Federation.TestCase.settings = MODEST
TestFederation = Federation.TestCase


@pytest.mark.slow
def test_hundreds_of_worlds_are_lawful() -> None:
    class Patient(Federation.TestCase):  # type: ignore[misc,name-defined]
        settings = settings(MODEST, max_examples=300, stateful_step_count=50)

    Patient("runTest").runTest()
