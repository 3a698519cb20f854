"""The reference itself, two banks over the broker in memory, asked a whole plan through their API: nothing is found.

What is not real here is the driver: steps of one event are asked at once, the next event waits for their answers.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx

from bank_node.broker.memory import MemoryBroker
from bank_node.opening import open_bank
from bank_node.settings import BankSettings
from federation.authority import Authority
from federation.grading.calls import (
    DEPOSIT,
    FINAL_READER,
    INFO,
    OK,
    READ_ACCOUNT,
    READ_STATEMENT,
    READ_TRANSFER,
    TRANSFER,
)
from federation.grading.checkers import check
from federation.grading.conformance import Reply, conform, gate_of
from federation.grading.dialect import Ask, Dialect, Told
from federation.grading.evidence import Evidence
from federation.grading.history import History, history_of
from federation.grading.history_file import HistoryWriter, read_events
from federation.grading.plan import CROWD, LOOK, OF, OVER, REPEAT, Plan, Step
from federation.grading.replay import replay
from federation.grading.town import TELLERS, Town
from federation.grading.workload import plan_of
from tests.support.counter import Http, app_of
from tests.support.running import Federation, Running

WORDS = Dialect()


class Driver:
    """Twelve tellers and the readers, in the reference's own words."""

    def __init__(self, plan: Plan, counters: dict[str, Http], history: HistoryWriter) -> None:
        self.plan, self.counters, self.history = plan, counters, history
        self.ids: dict[str, str] = {}
        self.headers = {bank: self._sign_in(bank) for bank in counters}

    def _sign_in(self, bank: str) -> dict[str, str]:
        person = self.plan.town.bank(bank).person(TELLERS[0])
        ask = WORDS.sign_in(person)
        assert ask is not None
        answer = self.counters[bank].post(ask.path, data=ask.form)
        return WORDS.credentials(person, answer.status_code, answer.json())

    def work_off(self) -> None:
        for _, steps in groupby(self.plan.steps, key=lambda step: step.event):
            by_bank: dict[str, list[Step]] = {}
            for step in steps:
                if OF not in step.request or step.request[OF] in self.ids:
                    by_bank.setdefault(step.bank, []).append(step)
            for bank, of_one in by_bank.items():
                self._at_once(bank, of_one)

    def _at_once(self, bank: str, steps: list[Step]) -> None:
        asked = [self._request(step) for step in steps]
        numbers = [
            self.history.invoke(step.client, bank, step.do, request, step.key)
            for step, request in zip(steps, asked, strict=True)
        ]
        asks = [self._ask(step, request) for step, request in zip(steps, asked, strict=True)]
        answers = self.counters[bank].all([self._sent(bank, ask) for ask in asks])
        for number, step, request, answer in zip(numbers, steps, asked, answers, strict=True):
            told = self._told(step.do, request, answer, bank)
            {OK: self.history.ok, INFO: self.history.info}.get(told.outcome, self.history.fail)(
                number, told.answer, answer.status_code
            )
            if told.outcome == OK and step.do == TRANSFER:
                self.ids.setdefault(step.id, told.answer["transaction_id"])

    def read_all(self) -> None:
        """At the end: transfers first, then the accounts."""
        finals = [
            Step(0, "", FINAL_READER, self._home(step), READ_TRANSFER, LOOK, {OF: step})
            for step in self.ids
            if self.ids[step]
        ]
        for account in self.plan.town.accounts():
            about = {"account": account.number, "sweep": "at the end"}
            finals += [
                Step(0, "", FINAL_READER, account.bank, do, LOOK, about) for do in (READ_ACCOUNT, READ_STATEMENT)
            ]
        for step in finals:
            self._at_once(step.bank, [step])

    def _home(self, id_: str) -> str:
        return next(step.bank for step in self.plan.steps if step.id == id_)

    def _request(self, step: Step) -> dict[str, Any]:
        return {"transaction_id": self.ids[step.request[OF]]} if OF in step.request else dict(step.request)

    @staticmethod
    def _ask(step: Step, request: dict[str, Any]) -> Ask:
        match step.do:
            case "transfer":
                return WORDS.order(request, step.key, local=request["to_bank"] == step.bank)
            case "read_transfer":
                return WORDS.lookup(request["transaction_id"])
            case "read_account":
                return WORDS.account(request["account"])
            case "read_statement":
                return WORDS.statement(request["account"])
            case _:
                return WORDS.cash(step.do, request, step.key)

    def _sent(self, bank: str, ask: Ask) -> dict[str, Any]:
        return {
            "method": ask.method,
            "url": ask.path,
            "headers": {**self.headers[bank], **ask.headers},
            "json": ask.json,
        }

    def _told(self, do: str, request: dict[str, Any], answer: httpx.Response, bank: str) -> Told:
        status, body = answer.status_code, answer.json()
        match do:
            case "transfer":
                return WORDS.told_of_order(status, body, local=request["to_bank"] == bank)
            case "read_transfer":
                return WORDS.told_of_lookup(status, body)
            case "read_account":
                return WORDS.told_of_account(status, body)
            case "read_statement":
                opening = self.plan.town.find(request["account"])
                assert opening is not None
                return WORDS.told_of_statement(self._pages(bank, body), opening.opening_minor)
            case _:
                return WORDS.told_of_cash(status, body)

    def _pages(self, bank: str, first: Any) -> list[Any]:
        pages = [first]
        while ask := WORDS.next_page(pages[-1]):
            pages.append(self.counters[bank].get(ask.path, headers=self.headers[bank]).json())
        return pages


@contextmanager
def the_reference(town: Town, folder: Path) -> Iterator[tuple[Federation, dict[str, Http]]]:
    """Its banks, seeded with this town, and a counter for each."""
    news, authority, broker = threading.Condition(), Authority(folder / "authority", "graded"), MemoryBroker()
    peers = {bank.id: "http://127.0.0.1:9" for bank in town.banks}
    banks, counters = dict[str, Running](), dict[str, Http]()
    with ExitStack() as stack:
        for bank in town.banks:
            seed = folder / f"{bank.id}.json"
            seed.write_text(json.dumps(bank.seed_entry()), encoding="utf-8")
            settings = BankSettings(
                bank_id=bank.id,
                data_dir=folder / bank.id,
                peers=peers,
                seed_file=seed,
                federation_id="graded",
                authority_public_key=authority.certify(bank.id, folder / bank.id),
                synchronous="OFF",
                fetch_max_wait_ms=50,
            )
            banks[bank.id] = Running(open_bank(settings), broker, news)
            stack.callback(banks[bank.id].close)
            counters[bank.id] = Http(app_of(banks[bank.id].bank))
            stack.callback(counters[bank.id].close)
        yield Federation(banks, news), counters


def graded(plan: Plan, folder: Path) -> Evidence:
    file = folder / "history.jsonl"
    with the_reference(plan.town, folder) as (federation, counters), HistoryWriter(file) as history:
        driver = Driver(plan, counters, history)
        driver.work_off()
        federation.until_quiet()
        healed_us = time.monotonic_ns() // 1000
        driver.read_all()
        federation.lawful()
    return Evidence(plan.town, history_of(read_events(file)), healed_us, patience_us=0)


def outcomes(history: History, plan: Plan, kind: str) -> Counter[str]:
    keys = {step.key for step in plan.orders if step.kind == kind}
    return Counter(call.outcome for call in history.calls if call.key in keys)


def test_a_whole_plan_is_worked_off_and_nothing_is_found(tmp_path: Path) -> None:
    plan = plan_of(1, banks=2, orders=40, cash=True)
    evidence = graded(plan, tmp_path)
    assert check(evidence) == []
    assert replay(evidence) is None
    history = evidence.history
    assert set(history.final.transfers.values()) == {"completed", "rejected"}
    assert set(outcomes(history, plan, OVER)) == {"fail"}
    assert outcomes(history, plan, REPEAT)["ok"] >= 5
    assert len(history.accepted) > 40
    crowd = outcomes(history, plan, CROWD)
    assert crowd["ok"] > 10
    assert crowd["fail"] > 10
    assert history.done(DEPOSIT)


def test_it_passes_the_gate(tmp_path: Path) -> None:
    town = plan_of(1, banks=2).town
    with the_reference(town, tmp_path) as (federation, counters):

        def line(bank: str, ask: Ask) -> Reply:
            answer = counters[bank].request(ask.method, ask.path, headers=ask.headers, json=ask.json, data=ask.form)
            return Reply(answer.status_code, answer.json() if answer.content else None)

        def patience(holds: Callable[[], bool]) -> bool:
            federation.until_quiet()
            return holds()

        ready = {**dict.fromkeys(counters, Reply(200, None))}  # how it gets ready is the server's, which is not here
        steps = conform(
            town, WORDS, lambda bank, ask: ready[bank] if ask == WORDS.ready() else line(bank, ask), patience
        )
    assert gate_of(steps).sentences == ()
    assert len(steps) == 12
