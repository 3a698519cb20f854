"""Snapshots read one after the other, while money moves, are brought to one moment; real breaches stay visible."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bank_node.ledger.dates import rfc3339
from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.send_transfer import send_transfer
from bank_node.transfers import messages
from bank_node.transfers.laws import LAWS
from bank_node.transfers.snapshot import BankSnapshot
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.audit.one_moment import at_one_moment, behind
from tests.support.cast import ALICE, BOB, DORA, NOBODY, NOON_US, Town, an_order, open_town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


def broken(banks: dict[str, BankSnapshot]) -> set[str]:
    return {law.id for law in LAWS if law.id != "I7" and any(law.breaches(banks))}


def again(town: Town) -> Callable[[str, Sequence[str]], BankSnapshot]:
    """A second look at some transfers, as `?ids=` gives it."""

    def look(bank: str, ids: Sequence[str]) -> BankSnapshot:
        whole = town.banks[bank].snapshot()
        sent = [row for row in whole.sent if row.transaction_id in ids]
        decided = [row for row in whole.decided if row.transaction_id in ids]
        return BankSnapshot(whole.bank_id, whole.federation_id, whole.at_us, ids_only=True, sent=sent, decided=decided)

    return look


def test_a_sender_read_before_it_sent_is_no_breach(town: Town) -> None:
    alfa = town.alfa.snapshot()
    town.alfa.do(send_transfer, an_order())
    town.deliver()
    banks = {"ALFA": alfa, "BRVO": town.brvo.snapshot()}
    assert broken(banks) == {"I4", "I5", "I6"}
    assert broken(at_one_moment(banks, again(town))) == set()


def test_a_receiver_read_before_it_decided_is_no_breach(town: Town) -> None:
    brvo = town.brvo.snapshot()
    town.alfa.do(send_transfer, an_order())
    town.alfa.do(send_transfer, an_order(to_account=NOBODY))
    town.deliver()
    banks = {"ALFA": town.alfa.snapshot(), "BRVO": brvo}
    assert broken(banks) == {"I3", "I4", "I5"}
    assert broken(at_one_moment(banks, again(town))) == set()


def test_banks_that_agree_are_not_asked_again(town: Town) -> None:
    town.alfa.do(send_transfer, an_order())
    town.deliver()
    banks = {name: bank.snapshot() for name, bank in town.banks.items()}
    assert behind(banks) == {}
    assert at_one_moment(banks, again(town)) == banks


@pytest.mark.parametrize("dice", range(25))
def test_whatever_moves_between_the_readings_the_laws_hold(town: Town, dice: int) -> None:
    """Payments both ways, some refused, messages repeated and late; each bank is read at its own time."""
    chance = random.Random(dice)
    on_topic: list[tuple[str, bytes]] = []
    read_at = {name: chance.randrange(60) for name in town.banks}
    banks: dict[str, BankSnapshot] = {}
    for step in range(60):
        for name, at in read_at.items():
            if at == step:
                banks[name] = town.banks[name].snapshot()
        _something_happens(town, chance, on_topic)
    assert broken(at_one_moment(banks, again(town))) == set()


def _something_happens(town: Town, chance: random.Random, on_topic: list[tuple[str, bytes]]) -> None:
    kind = chance.randrange(4)
    if kind == 0:
        payee = chance.choice([BOB, DORA, NOBODY])
        town.alfa.do(send_transfer, an_order(chance.randrange(1, 300), to_account=payee))
    elif kind == 1:
        back = an_order(chance.randrange(1, 300), from_account=BOB, to_bank="ALFA", to_account=ALICE)
        town.brvo.do(send_transfer, back)
    else:
        for bank in town.banks.values():
            rows, bank.waiting = bank.waiting, []
            on_topic += [(row.key, row.body) for row in rows if row.topic == EXTERNAL_TRANSFERS]
            bank.do(mark_published, [Published(row, 0, row.seq) for row in rows])
        for _ in range(min(len(on_topic), chance.randrange(1, 4))):
            key, body = chance.choice(on_topic) if chance.random() < 0.3 else on_topic.pop(0)
            town.banks[key].take(town.banks[key].record(body))


def test_a_credit_that_nobody_sent_stays_a_breach(town: Town) -> None:
    body, _ = messages.request(
        now_us=NOON_US,
        event_id="forged-1",
        federation_id="fed",
        transaction_id="forged-1",
        from_bank="ALFA",
        to_bank="BRVO",
        from_account=ALICE,
        to_account=BOB,
        from_name="Alice",
        to_name=None,
        amount_minor=99_00,
        currency="EUR",
        reference=None,
        expires_at=rfc3339(NOON_US + 10**9),
    )
    town.brvo.take(town.brvo.record(body))
    banks = at_one_moment({name: bank.snapshot() for name, bank in town.banks.items()}, again(town))
    assert broken(banks) == {"I4", "I5", "I6"}
    assert list(LAWS[5].breaches(banks)) == ["BRVO credited forged-1, which ALFA never sent so"]


def test_a_refund_of_what_was_credited_stays_a_breach(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order())
    request = next(row for row in town.alfa.waiting if row.topic == EXTERNAL_TRANSFERS)
    town.brvo.take(town.brvo.record(request.body))
    lie = messages.answer(
        type_=messages.REJECTED,
        event_id="lie-1",
        federation_id="fed",
        transaction_id=receipt.id,
        from_bank="BRVO",
        to_bank="ALFA",
        answers_hash=town.alfa.snapshot().sent[0].content_hash,
        reason=("AC04", "closed"),
        read_us=NOON_US,
        decided_us=NOON_US,
        repeats_ignored=0,
    )
    town.alfa.take(town.alfa.record(lie))
    banks = at_one_moment({name: bank.snapshot() for name, bank in town.banks.items()}, again(town))
    assert "I3" in broken(banks)
    assert "was refunded at ALFA and credited at BRVO" in next(iter(LAWS[2].breaches(banks)))
