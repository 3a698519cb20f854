"""The bundled submissions on a real broker: they pass the gate, and are the same banks again after a kill."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from federation.grading.calls import COMPLETED, REJECTED
from federation.grading.conformance import Reply, conform, gate_of
from federation.grading.dialect import Ask
from federation.grading.town import CURRENCY, TELLERS, Account, make_town
from tests.support.handed_in import TOPIC, Counters, empty_topic, handed_in
from tests.support.kafka import KafkaForTests

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
TOWN = make_town(1, 2)
ALFA, BRVO = TOWN.banks
TEMPLATES = ("python", pytest.param("node", marks=pytest.mark.skipif(not shutil.which("npm"), reason="no Node.js")))


class Tellers:
    """Who pays at ALFA and looks at both banks."""

    def __init__(self, counters: Counters) -> None:
        self.counters, self.words = counters, counters.words
        self.ids: list[str] = []
        self.headers = {bank.id: self._sign_in(bank.id) for bank in TOWN.banks}

    def _sign_in(self, bank_id: str) -> dict[str, str]:
        person = TOWN.bank(bank_id).person(TELLERS[0])
        ask = self.words.sign_in(person)
        assert ask is not None
        reply = self.counters.answer(bank_id, ask)
        assert reply is not None
        return self.words.credentials(person, reply.status, reply.body)

    def asked(self, bank_id: str, ask: Ask) -> Reply:
        reply = self.counters.answer(bank_id, replace(ask, headers={**self.headers[bank_id], **ask.headers}))
        assert reply is not None
        return reply

    def pay_each(self, home: str = "ALFA", away: str = "BRVO") -> None:
        """One payment to each account of the other bank; its eighth account is closed."""
        for payee in TOWN.bank(away).accounts:
            order = {
                "from_account": TOWN.bank(home).accounts[0].number,
                "to_bank": away,
                "to_account": payee.number,
                "amount_minor": 100 + len(self.ids),
                "currency": CURRENCY,
            }
            reply = self.asked(home, self.words.order(order, f"k{len(self.ids)}"))
            self.ids.append(self.words.told_of_order(reply.status, reply.body).answer["transaction_id"])

    def statuses(self) -> list[str]:
        replies = [self.asked("ALFA", self.words.lookup(id_)) for id_ in self.ids]
        return [self.words.told_of_lookup(reply.status, reply.body).answer["status"] for reply in replies]

    def balance(self, account: Account) -> int:
        reply = self.asked(account.bank, self.words.account(account.number))
        return int(self.words.told_of_account(reply.status, reply.body).answer["balance_minor"])

    def all_is_final_and_right(self) -> None:
        rounds = len(self.ids) // 8
        expected = ([COMPLETED] * 7 + [REJECTED]) * rounds
        assert self.counters.patience(lambda: self.statuses() == expected), self.statuses()
        for place, account in enumerate(BRVO.accounts):
            came = 0 if place == 7 else sum(100 + place + 8 * turn for turn in range(rounds))
            assert self.balance(account) == account.opening_minor + came
        gone = sum(100 + number for number in range(8 * rounds) if number % 8 != 7)
        assert self.balance(ALFA.accounts[0]) == ALFA.accounts[0].opening_minor - gone


@pytest.mark.parametrize("name", [*TEMPLATES, "naive"])
def test_it_passes_the_gate(name: str, kafka: KafkaForTests, tmp_path: Path) -> None:
    empty_topic(kafka.bootstrap)
    with handed_in(name, TOWN, tmp_path, kafka.bootstrap) as counters:
        steps = conform(TOWN, counters.words, counters.answer, counters.patience)
    assert gate_of(steps).sentences == ()


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_was_accepted_before_a_kill_arrives_and_what_nobody_takes_comes_back(
    name: str, kafka: KafkaForTests, tmp_path: Path
) -> None:
    empty_topic(kafka.bootstrap)
    with handed_in(name, TOWN, tmp_path, kafka.bootstrap) as counters:
        tellers = Tellers(counters)
        tellers.pay_each()
        counters.kill("BRVO")
        tellers.pay_each()
        counters.kill("ALFA")
        for bank in ("ALFA", "BRVO"):
            counters.start(bank)
            counters.until_ready(bank)
        tellers.all_is_final_and_right()


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_goes_on_without_the_broker_and_with_a_topic_that_lost_everything(
    name: str, kafka: KafkaForTests, tmp_path: Path
) -> None:
    empty_topic(kafka.bootstrap)
    with handed_in(name, TOWN, tmp_path, kafka.bootstrap) as counters:
        tellers = Tellers(counters)
        tellers.pay_each()
        kafka.kill()
        tellers.pay_each()
        counters.kill("BRVO")
        counters.start("BRVO")
        counters.until_ready("BRVO")
        kafka.start()
        tellers.all_is_final_and_right()
        counters.kill("BRVO")
        tellers.pay_each()
        kafka.wipe(TOPIC)
        counters.start("BRVO")
        counters.until_ready("BRVO")
        tellers.all_is_final_and_right()
