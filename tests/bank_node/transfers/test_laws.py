"""Each law must fall when what it guards is broken: a law that cannot fall guards nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bank_node.operations.send_transfer import send_transfer
from bank_node.transfers.laws import LAWS, money_by_currency
from bank_node.transfers.snapshot import BankSnapshot
from tests.support.cast import NOBODY, OPENING, an_order, open_town

Federation = dict[str, BankSnapshot]


@pytest.fixture(scope="module")
def lawful(tmp_path_factory: pytest.TempPathFactory) -> Federation:
    """One transfer completed, one refunded, one credited but not confirmed, one on its way."""
    town = open_town(Path(tmp_path_factory.mktemp("town")))
    town.alfa.do(send_transfer, an_order(1_00))
    town.alfa.do(send_transfer, an_order(2_00, to_account=NOBODY))
    town.deliver()
    town.alfa.do(send_transfer, an_order(4_00))
    town.brvo.take(town.brvo.record(town.alfa.waiting.pop().body))
    town.alfa.do(send_transfer, an_order(8_00))
    federation = {name: bank.snapshot() for name, bank in town.banks.items()}
    town.close()
    return federation


def breaches(federation: Federation) -> dict[str, list[str]]:
    found = {law.id: list(law.breaches(federation)) for law in LAWS}
    return {id_: sentences for id_, sentences in found.items() if sentences}


def test_all_laws_hold_with_money_under_way(lawful: Federation) -> None:
    assert breaches(lawful) == {}
    money = money_by_currency(lawful)["EUR"]
    assert (money.issued_minor, money.in_flight_minor) == (4 * OPENING, 8_00)


def fresh(bank: BankSnapshot, **change: object) -> BankSnapshot:
    return replace(bank, _sent_by_id={}, _decided_by_id={}, **change)  # type: ignore[arg-type]


def lose_a_cent(f: Federation) -> None:
    accounts = list(f["ALFA"].accounts)
    accounts[0] = replace(accounts[0], balance_minor=accounts[0].balance_minor - 1)
    f["ALFA"] = fresh(f["ALFA"], accounts=accounts)


def post_one_side(f: Federation) -> None:
    accounts = list(f["ALFA"].accounts)
    here = accounts[0]
    accounts[0] = replace(here, balance_minor=here.balance_minor + 1, posted_minor=here.posted_minor + 1)
    f["ALFA"] = fresh(f["ALFA"], accounts=accounts)


def overdraw(f: Federation) -> None:
    accounts = [replace(a, floor_minor=a.balance_minor + 1) for a in f["ALFA"].accounts]
    f["ALFA"] = fresh(f["ALFA"], accounts=accounts)


def forget_a_decision(f: Federation) -> None:
    f["BRVO"] = fresh(f["BRVO"], decided=[d for d in f["BRVO"].decided if d.amount_minor != 1_00])


def refund_what_was_credited(f: Federation) -> None:
    f["ALFA"] = fresh(
        f["ALFA"], sent=[replace(s, state="REJECTED") if s.amount_minor == 1_00 else s for s in f["ALFA"].sent]
    )


def decide_twice(f: Federation) -> None:
    f["BRVO"] = fresh(f["BRVO"], decided=[*f["BRVO"].decided, f["BRVO"].decided[0]])


def mint(f: Federation) -> None:
    invented = replace(f["BRVO"].decided[0], transaction_id="invented", decision="ACCEPTED", amount_minor=5)
    f["BRVO"] = fresh(f["BRVO"], decided=[*f["BRVO"].decided, invented])


def lose_a_sender_row(f: Federation) -> None:
    f["ALFA"] = fresh(f["ALFA"], sent=[s for s in f["ALFA"].sent if s.amount_minor != 8_00])


def move_clearing(f: Federation) -> None:
    accounts = [
        replace(a, balance_minor=a.balance_minor + 1) if a.code == "clearing:BRVO" else a for a in f["ALFA"].accounts
    ]
    f["ALFA"] = fresh(f["ALFA"], accounts=accounts)


def wait_for_ever(f: Federation) -> None:
    f["ALFA"] = fresh(f["ALFA"], at_us=f["ALFA"].at_us + 600_000_000)


def return_what_never_came(f: Federation) -> None:
    f["ALFA"] = fresh(f["ALFA"], sent=[replace(s, returned_minor=1) for s in f["ALFA"].sent])


def reserve_for_nothing(f: Federation) -> None:
    f["BRVO"] = fresh(f["BRVO"], decided=[replace(d, reserved_minor=1) for d in f["BRVO"].decided])


@pytest.mark.parametrize(
    ("break_it", "fallen"),
    [
        (lose_a_cent, {"I2"}),
        (post_one_side, {"I1"}),
        (overdraw, {"I2"}),
        (forget_a_decision, {"I3"}),
        (refund_what_was_credited, {"I3"}),
        (decide_twice, {"I3"}),
        (mint, {"I6"}),
        (lose_a_sender_row, {"I9"}),
        (move_clearing, {"I2", "I5", "I10"}),
        (wait_for_ever, {"I7"}),
        (return_what_never_came, {"I8"}),
        (reserve_for_nothing, {"I8"}),
    ],
)
def test_each_law_falls(lawful: Federation, break_it: Callable[[Federation], None], fallen: set[str]) -> None:
    broken = dict(lawful)
    break_it(broken)
    assert fallen <= set(breaches(broken))
    assert broken != lawful


def test_i4_falls_alone_when_paid_in_money_is_not_on_any_account(lawful: Federation) -> None:
    accounts = [
        replace(a, balance_minor=a.balance_minor - 7) if a.kind == "vault" else a for a in lawful["ALFA"].accounts
    ]
    assert "I4" in breaches({**lawful, "ALFA": fresh(lawful["ALFA"], accounts=accounts)})
