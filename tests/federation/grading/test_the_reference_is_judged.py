"""The reference itself, two banks over the broker in memory, asked a whole plan through their API: nothing is found.

What is not real here is that they have no processes of their own.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bank_node.broker.memory import MemoryBroker
from bank_node.opening import open_bank
from bank_node.settings import BankSettings
from federation.authority import Authority
from federation.grading.calls import DEPOSIT
from federation.grading.checkers import check
from federation.grading.clock import now_us
from federation.grading.conformance import Reply, conform, gate_of
from federation.grading.dialect import Ask, Dialect
from federation.grading.driver.drive import Drive
from federation.grading.evidence import Evidence
from federation.grading.history import History, history_of
from federation.grading.history_file import HistoryWriter, read_events
from federation.grading.plan import CROWD, OVER, REPEAT, Plan
from federation.grading.replay import replay
from federation.grading.town import Town
from federation.grading.workload import plan_of
from tests.support.counter import Http, app_of
from tests.support.running import PATIENCE_S, Federation, Running
from tests.support.two_counters import free_port, served

WORDS = Dialect()


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
    with ExitStack() as stack:
        federation, _ = stack.enter_context(the_reference(plan.town, folder))
        urls = dict[str, str]()
        for bank, running in federation.banks.items():
            port = free_port()
            stack.enter_context(served(app_of(running.bank), port))
            urls[bank] = f"http://127.0.0.1:{port}"
        history = stack.enter_context(HistoryWriter(file))
        drive = stack.enter_context(Drive(plan.town, urls, WORDS, history))
        with drive.play(plan.steps, event_s=0.02) as play:
            play.finish()
        healed_us = now_us()
        assert drive.wait_final(PATIENCE_S)
        assert not drive.complaints
        federation.lawful()
    return Evidence(plan.town, history_of(read_events(file)), healed_us)


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
