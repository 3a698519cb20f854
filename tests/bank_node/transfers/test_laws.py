"""Each law must fall when what it guards is broken: a law that cannot fall guards nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bank_node.clock import Ids
from bank_node.ledger.chart import RESERVE, clearing
from bank_node.ledger.entry import move
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.books import Books
from bank_node.transfers.laws import LAWS, money_by_currency
from bank_node.transfers.snapshot import BankSnapshot
from tests.support.cast import NOBODY, OPENING, Town, an_order, open_town

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


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


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


def suspected(bank: BankSnapshot, **change: object) -> BankSnapshot:
    return fresh(bank, suspect=True, **change)


def test_a_suspect_bank_is_neither_witness_nor_accused(lawful: Federation) -> None:
    """It forgot all it decided and all it sent; what the others say of it cannot be compared."""
    forgetful = suspected(lawful["BRVO"], decided=[], sent=[], accounts=[])
    federation = {**lawful, "BRVO": forgetful}
    assert breaches(federation) == {}
    money = money_by_currency(federation)["EUR"]
    assert (money.issued_minor, money.in_accounts_minor) == (2 * OPENING, 2 * OPENING - 13_00)
    assert (money.in_flight_minor, money.left_out_minor, money.gap_minor) == (12_00, 1_00, 0)


def test_the_sender_being_suspect_accuses_nobody_either(lawful: Federation) -> None:
    federation = {**lawful, "ALFA": suspected(lawful["ALFA"], sent=[], accounts=[])}
    assert breaches(federation) == {}
    assert money_by_currency(federation)["EUR"].left_out_minor == -5_00


def test_nobody_is_blamed_for_waiting_for_a_suspect_bank(lawful: Federation) -> None:
    late = fresh(lawful["ALFA"], at_us=lawful["ALFA"].at_us + 600_000_000)
    assert "I7" in breaches({**lawful, "ALFA": late})
    assert breaches({**lawful, "ALFA": late, "BRVO": suspected(lawful["BRVO"])}) == {}


@pytest.mark.parametrize(("break_it", "fallen"), [(lose_a_cent, "I2"), (post_one_side, "I1")])
def test_a_suspect_banks_own_books_must_still_balance(
    lawful: Federation, break_it: Callable[[dict[str, BankSnapshot]], None], fallen: str
) -> None:
    federation = {**lawful, "ALFA": suspected(lawful["ALFA"])}
    break_it(federation)
    assert fallen in breaches(federation)


def settle(books: Books, now_us: int, _ids: Ids, peer: str, amount_minor: int) -> None:
    """What this bank owes the other one is paid at the head bank (below zero: is owed by it)."""
    own, reserve = (books.ledger.own(code, "EUR", now_us) for code in (clearing(peer), RESERVE))
    books.ledger.book(move("settlement", "EUR", own, reserve, amount_minor), now_us, {})


def test_the_laws_hold_while_a_settlement_window_is_booked_and_after(town: Town) -> None:
    town.alfa.do(send_transfer, an_order(9_00))
    town.deliver()
    town.alfa.do(send_transfer, an_order(4_00))
    assert town.alfa.snapshot().settled_minor == {}
    town.alfa.do(settle, "BRVO", 9_00)
    assert town.alfa.snapshot().settled_minor == {"BRVO/EUR": -9_00}
    town.lawful()
    town.brvo.do(settle, "ALFA", -9_00)
    assert (town.alfa.own_balance("clearing:BRVO"), town.brvo.own_balance("clearing:ALFA")) == (0, 0)
    assert town.brvo.snapshot().settled_minor == {"ALFA/EUR": 9_00}
    town.lawful()


def test_a_settlement_that_nobody_booked_is_found(lawful: Federation) -> None:
    invented = fresh(lawful["ALFA"], settled_minor={"BRVO/EUR": 5})
    assert {"I5", "I10"} <= set(breaches({**lawful, "ALFA": invented}))
