"""The plan of a graded run: the same for the same seed, in the shares that were promised, in units of events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from bank_node.ledger.account import read_number
from federation.grading.calls import DEPOSIT, READ_ACCOUNT, READ_STATEMENT, READ_TRANSFER, WITHDRAW
from federation.grading.plan import (
    CASH,
    CROSS,
    CROWD,
    DIME,
    LOCAL,
    NOWHERE,
    OF,
    OVER,
    PRINT,
    REPEAT,
    SWEEP,
    Plan,
    read_plan,
)
from federation.grading.town import CONTENDED, PLAIN
from federation.grading.workload import plan_of

PLAN = plan_of(1)


def test_the_same_seed_is_the_same_plan_on_every_machine_and_in_every_version() -> None:
    assert plan_of(1).digest == PLAN.digest == "ac999a772b2c9708"
    assert plan_of(2).digest != PLAN.digest


def test_no_hash_seed_of_python_changes_it() -> None:
    say = "from federation.grading.workload import plan_of; print(plan_of(1).digest)"
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    said = subprocess.run([sys.executable, "-c", say], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == PLAN.digest


@pytest.mark.parametrize("seed", [1, 2, "of a submission"])
def test_of_a_hundred_orders_so_many_are_of_each_kind(seed: int | str) -> None:
    kinds = Counter(step.kind for step in plan_of(seed).orders)
    assert kinds[CROSS] + kinds[PRINT] + kinds[DIME] == 120
    assert (kinds[LOCAL], kinds[NOWHERE], kinds[OVER], kinds[REPEAT]) == (30, 20, 10, 20)
    assert kinds[CROWD] == 40


def test_half_of_the_repeats_come_at_once_with_their_first_and_all_under_its_key() -> None:
    steps = {step.id: step for step in PLAN.steps}
    repeats = [step for step in PLAN.steps if step.repeats]
    assert sum(step.event == steps[step.repeats].event for step in repeats) == len(repeats) / 2
    assert all(step.event >= steps[step.repeats].event for step in repeats)
    for step in repeats:
        first = steps[step.repeats]
        assert (step.key, step.request, step.client) == (first.key, first.request, first.client)


def test_keys_are_otherwise_all_different() -> None:
    keys = [step.key for step in PLAN.orders if not step.repeats]
    assert len(set(keys)) == len(keys)


def test_a_fingerprint_account_gets_each_power_of_four_once_and_never_too_many() -> None:
    amounts: dict[str, list[int]] = {}
    for step in plan_of(3, banks=2, orders=1_000).orders:
        if step.kind == PRINT:
            amounts.setdefault(step.request["to_account"], []).append(step.request["amount_minor"])
    assert amounts
    for account, come in amounts.items():
        assert come == [4**k for k in range(len(come))], account
        assert len(come) <= 24


def test_a_crowd_of_forty_asks_one_account_at_once_for_more_than_it_has() -> None:
    crowd = [step for step in PLAN.steps if step.kind == CROWD]
    (payer,) = {step.request["from_account"] for step in crowd}
    assert PLAN.town.find(payer) == PLAN.town.banks[0].account(CONTENDED)
    assert len({step.event for step in crowd}) == 1
    opening = PLAN.town.banks[0].account(CONTENDED).opening_minor
    assert sum(step.request["amount_minor"] for step in crowd) > 1.5 * opening
    assert max(step.request["amount_minor"] for step in crowd) < opening


def test_plain_accounts_can_pay_whatever_is_asked_of_them_except_what_is_meant_to_be_too_much() -> None:
    for orders in (200, 1_000):
        plan, asked = plan_of(5, orders=orders), Counter[str]()
        for step in plan.orders:
            if step.kind not in (OVER, REPEAT):
                asked[step.request["from_account"]] += step.request["amount_minor"]
        plain = [account for account in plan.town.accounts() if account.purpose == PLAIN]
        assert all(asked[account.number] <= account.opening_minor for account in plain)
        worth = plan.town.issued_minor - sum(a.opening_minor for a in plan.town.accounts() if a not in plain)
        assert all(s.request["amount_minor"] > worth for s in plan.orders if s.kind == OVER)


def test_three_dimes_go_one_road() -> None:
    dimes = [step.request for step in PLAN.orders if step.kind == DIME]
    assert len(dimes) == 3
    assert dimes[0] == dimes[1] == dimes[2]
    assert dimes[0]["amount_minor"] == 10


def test_twelve_tellers_work_each_at_one_bank() -> None:
    works = {(step.client, step.bank) for step in PLAN.orders}
    assert len(works) == len({client for client, _ in works}) == 12


def test_every_bank_has_a_reader_who_looks_at_accounts_statements_and_transfers() -> None:
    for bank in PLAN.town.banks:
        looks = {step.do for step in PLAN.steps if step.client == f"reader-{bank.id}"}
        assert looks == {READ_ACCOUNT, READ_STATEMENT, READ_TRANSFER}


def test_a_reading_names_an_earlier_transfer_of_the_same_bank() -> None:
    steps = {step.id: step for step in PLAN.steps}
    about = [(step, steps[step.request[OF]]) for step in PLAN.steps if OF in step.request]
    assert about
    assert all(order.bank == step.bank and order.event < step.event for step, order in about)


def test_a_sweep_reads_every_account() -> None:
    sweeps = Counter(step.request["sweep"] for step in PLAN.steps if step.kind == SWEEP)
    assert sweeps == dict.fromkeys(("w1", "w2", "w3"), 24)


def test_accounts_that_do_not_exist_have_numbers_that_could_exist() -> None:
    for step in PLAN.orders:
        if step.kind == NOWHERE:
            payee = PLAN.town.find(step.request["to_account"])
            assert read_number(step.request["to_account"])
            assert payee is None or not payee.is_open


def test_cash_is_asked_only_of_nodes_that_offer_it() -> None:
    assert not [step for step in PLAN.steps if step.kind == CASH]
    assert {step.do for step in plan_of(1, cash=True).steps if step.kind == CASH} == {DEPOSIT, WITHDRAW}


def test_a_plan_survives_being_written_down() -> None:
    assert read_plan(json.loads(json.dumps(PLAN.as_json()))) == PLAN
    with pytest.raises(ValueError, match="this is not a plan: KeyError"):
        read_plan({"seed": 1})


def test_one_transfer_alone_keeps_its_repeats_and_its_readings() -> None:
    repeat = next(step for step in PLAN.steps if step.repeats)
    alone: Plan = PLAN.only({repeat.repeats})
    assert {step.id for step in alone.orders} >= {repeat.repeats, repeat.id}
    assert {step.key for step in alone.orders} == {repeat.key}
    assert {step.request[OF] for step in alone.steps if OF in step.request} <= {repeat.repeats, repeat.id}


def test_a_town_of_two_banks_is_the_beginning_of_a_town_of_eight() -> None:
    assert plan_of(1, banks=8).town.banks[:3] == PLAN.town.banks
