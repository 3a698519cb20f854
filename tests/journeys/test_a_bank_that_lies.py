"""A certified bank lies, and somebody without a key writes in anybody's name: not a cent moves that the liar does not
owe. Stated as laws over the honest banks: among themselves everything holds as if the others were not there."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.ledger.chart import clearing
from bank_node.store.snapshot import snapshot_lines
from bank_node.transfers.laws import LAWS, money_by_currency
from bank_node.transfers.ports import partition_for
from bank_node.transfers.snapshot import BankSnapshot, read_snapshot
from bank_node.transfers.states import ACCEPTED, COMPLETED, PAYMENT, REJECTED
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.bank_node.broker.neighbours import OPENING, Neighbourhood, a_neighbourhood, account_of
from tests.support.liar import Liar, Outsider

HONEST, LIAR = ("ALFA", "BRVO"), "CHRL"
STEPS, SEEDS = 40, range(int(os.environ.get("LIARS", "3")))  # LIARS=100 before a release


@pytest.fixture
def near(tmp_path: Path) -> Iterator[Neighbourhood]:
    """ALFA, BRVO and CHRL have heard each other; from now on only the honest ones' loops run."""
    with a_neighbourhood(tmp_path) as near:
        for name in (*HONEST, LIAR):
            near.open(name, redrive_after_ms=2_000, cancel_grace_ms=0)
        near.go_on()
        yield near


def honest(near: Neighbourhood) -> dict[str, BankSnapshot]:
    found = {}
    for name in HONEST:
        bank = near.banks[name].bank
        with bank.readers.connection() as connection:
            found[name] = read_snapshot(list(snapshot_lines(connection, bank.charter, bank.clock.now_us())))
    return found


def the_laws_hold_among_the_honest(near: Neighbourhood) -> None:
    banks = honest(near)
    for law in LAWS:
        if law.id not in ("I4", "I7"):  # I4 counts the liar's position in, below
            assert list(law.breaches(banks)) == [], law.title
    owed = sum(a.balance_minor for bank in banks.values() for a in bank.accounts if a.code == clearing(LIAR))
    (money,) = money_by_currency(banks).values()
    assert money.in_accounts_minor + money.in_flight_minor + owed == money.issued_minor, "the liar alone owes it"
    for bank in banks.values():
        nobody_pays_who_did_not_order_it(bank)
        nothing_is_owed_to_the_liar_but_what_was_sent_there(bank)


def nobody_pays_who_did_not_order_it(bank: BankSnapshot) -> None:
    """Each cent on the account is an opening, an order of its owner, or something credited."""
    sent = sum(row.amount_minor - row.returned_minor for row in bank.sent if row.state != REJECTED)
    came = sum(d.amount_minor or 0 for d in bank.decided if d.decision == ACCEPTED and d.kind == PAYMENT)
    balances = {account.code: account.balance_minor for account in bank.accounts}
    assert balances[account_of(bank.bank_id)] == OPENING - sent + came


def nothing_is_owed_to_the_liar_but_what_was_sent_there(bank: BankSnapshot) -> None:
    sent = sum(row.amount_minor for row in bank.sent if row.to_bank == LIAR and row.state == COMPLETED)
    owed = sum(account.balance_minor for account in bank.accounts if account.code == clearing(LIAR))
    assert owed <= sent


def one_second(near: Neighbourhood) -> None:
    for name in HONEST:
        near.banks[name].turn()
    near.pass_ms(1_000)


def delay(near: Neighbourhood, dice: random.Random) -> None:
    """What one of the honest banks should read is late by a while, so that lies may overtake the truth."""
    for name in HONEST:
        partition = partition_for(name.encode(), 32)
        held = near.broker.hold if dice.random() < 0.4 else near.broker.release
        held(EXTERNAL_TRANSFERS, partition)


def on_time(near: Neighbourhood) -> None:
    for name in HONEST:
        near.broker.release(EXTERNAL_TRANSFERS, partition_for(name.encode(), 32))


def somebody_pays(near: Neighbourhood, dice: random.Random) -> None:
    here = near.banks[dice.choice(HONEST)]
    here.send(dice.choice([name for name in (*HONEST, LIAR) if name != here.bank_id]), dice.randrange(1, 20_00))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_lying_bank_says_moves_only_its_own_position(near: Neighbourhood, seed: int) -> None:
    dice = random.Random(seed)
    liar = Liar(near, LIAR, HONEST, dice)
    for _ in range(STEPS):
        somebody_pays(near, dice)
        for _ in range(3):
            liar.lie()
        delay(near, dice)
        one_second(near)
        the_laws_hold_among_the_honest(near)
    everything_among_the_honest_is_final(near)
    minted = f"SELECT count(*) FROM decisions WHERE from_bank = '{LIAR}' AND decision = 'ACCEPTED' AND kind = 'payment'"
    assert any(near.banks[name].rows(minted) > [(0,)] for name in HONEST), "that much it owes now"
    assert any(near.banks[name].incidents for name in HONEST), "and the rest was noticed"


@pytest.mark.parametrize("seed", SEEDS)
def test_who_has_no_key_moves_no_cent(near: Neighbourhood, seed: int) -> None:
    """Forged, altered, replayed, redirected, and sealed with a third bank's key: as if it had not been written."""
    dice, far = random.Random(seed), random.Random(seed + 1)
    outsiders = [Outsider(near, HONEST, dice), Outsider(near, HONEST, dice, near.banks[LIAR].bank.keyring)]
    alfa, brvo = (near.banks[name] for name in HONEST)
    paid = dict.fromkeys(HONEST, 0)
    for _ in range(STEPS):
        here, there = far.sample((alfa, brvo), 2)
        amount = far.randrange(1, 5_00)
        here.send(there.bank_id, amount)
        paid[here.bank_id] -= amount
        paid[there.bank_id] += amount
        for outsider in outsiders:
            outsider.forge()
        delay(near, dice)
        one_second(near)
        the_laws_hold_among_the_honest(near)
    everything_among_the_honest_is_final(near)
    assert {bank.bank_id: bank.balance - OPENING for bank in (alfa, brvo)} == paid
    for bank in (alfa, brvo):
        assert bank.rows("SELECT count(*) FROM quarantine")[0][0] > STEPS // 2
        assert not bank.bank.standing.suspect


def everything_among_the_honest_is_final(near: Neighbourhood) -> None:
    """However much was lied meanwhile, what honest banks have to do with each other is done."""
    on_time(near)
    for _ in range(10):
        one_second(near)
    for name in HONEST:
        other = HONEST[name == "ALFA"]
        open_ = near.banks[name].rows(
            f"SELECT count(*) FROM transfers WHERE due_us IS NOT NULL AND to_bank = '{other}'"
        )
        assert open_ == [(0,)]


@pytest.mark.parametrize("lie", ["an answer to nothing", "a head that never was"])
def test_a_lying_bank_may_silence_another_but_moves_no_cent(near: Neighbourhood, lie: str) -> None:
    """Under a good mac both look like a backup that was restored: the bank rather stops than guesses."""
    alfa = near.banks["ALFA"]
    liar = Liar(near, LIAR, HONEST, random.Random(1))
    fields: dict[str, object] = {"type": "transfer.accepted", "transaction_id": "never", "answers_hash": "0" * 64}
    if lie == "a head that never was":
        alfa.send(LIAR)
        one_second(near)
        (asked,) = near.messages(from_bank="ALFA", to_bank=LIAR)
        fields |= {"transaction_id": asked["transaction_id"], "known_head": {"seq": 10**6, "hash": "ab" * 32}}
    before = alfa.balance
    liar.say("ALFA", fields)
    for _ in range(3):
        one_second(near)
    assert alfa.bank.standing.suspect
    assert alfa.balance == before
    the_laws_hold_among_the_honest(near)
