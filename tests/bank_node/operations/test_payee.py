"""Whose account is this? Asked, answered, remembered for a while; and no flood of questions fills the outbox."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from bank_node.operations import payee as desk
from bank_node.operations.outcomes import Outcome
from bank_node.operations.payee import PayeeQuestion, ask_payee
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.tidy import tidy
from bank_node.store.payees import Payee, payee
from bank_node.transfers.payee import payee_found, payee_lookup
from tests.support.cast import ALICE, BOB, DORA, NOBODY, SmallBank, Town, an_order


def ask(bank: SmallBank, account: str = BOB) -> Payee | None:
    return bank.do(ask_payee, PayeeQuestion("BRVO", account))


def known(bank: SmallBank, account: str = BOB) -> Payee | None:
    return bank.read(payee, "BRVO", account)


def word(bank: SmallBank, account: str = BOB) -> tuple[bool | None, str | None]:
    found = known(bank, account)
    assert found is not None
    return found.found, found.name


def a_lookup(number: int = 0, account: str = BOB, from_bank: str = "ALFA") -> bytes:
    return payee_lookup(
        now_us=0,
        event_id=f"e{number}",
        federation_id="fed",
        lookup_id=f"l{number}",
        from_bank=from_bank,
        to_bank="BRVO",
        account=account,
    )


def test_the_name_of_the_payee_comes_from_his_bank(town: Town) -> None:
    assert ask(town.alfa) is None
    assert word(town.alfa) == (None, None)
    assert town.deliver() == [Outcome.LOOKUP, Outcome.LOOKUP]
    assert word(town.alfa) == (True, "Bob")
    town.lawful()


def test_asked_and_answered_twice_is_the_same(town: Town) -> None:
    ask(town.alfa)
    town.deliver(times=2)
    assert word(town.alfa) == (True, "Bob")
    assert town.alfa.count("payees") == 1
    assert town.brvo.count("payees") == town.brvo.count("decisions") == 0
    town.lawful()


@pytest.mark.parametrize("account", [NOBODY, "no number of ours"])
def test_an_account_that_is_not_there_is_not_found(town: Town, account: str) -> None:
    ask(town.alfa, account)
    town.deliver()
    assert word(town.alfa, account) == (False, None)


def test_a_closed_account_is_not_found_and_a_blocked_one_is(town: Town) -> None:
    town.brvo.set_state(DORA, "blocked")
    ask(town.alfa, DORA)
    town.deliver()
    assert word(town.alfa, DORA) == (True, "Dora")
    town.brvo.connection.execute(f"UPDATE accounts SET state = 'closed' WHERE code = '{BOB}'")
    ask(town.alfa, BOB)
    town.deliver()
    assert word(town.alfa, BOB) == (False, None)


def test_what_is_known_is_not_asked_again_for_a_while(town: Town) -> None:
    ask(town.alfa)
    town.deliver()
    town.clock.pass_ms(9 * 60_000)
    found = ask(town.alfa)
    assert found is not None
    assert found.name == "Bob"
    assert town.alfa.waiting == []
    town.clock.pass_ms(2 * 60_000)
    assert ask(town.alfa) == found
    assert [row.type for row in town.alfa.waiting] == ["payee.lookup"]


def test_a_question_without_an_answer_is_asked_again_after_a_while(town: Town) -> None:
    ask(town.alfa)
    town.alfa.waiting.clear()
    ask(town.alfa)
    assert town.alfa.waiting == []
    town.clock.pass_ms(11_000)
    ask(town.alfa)
    assert len(town.alfa.waiting) == 1


def test_an_answer_nobody_asked_for_is_not_kept(town: Town) -> None:
    body = payee_found(
        now_us=0,
        event_id="e",
        federation_id="fed",
        lookup_id="l",
        from_bank="BRVO",
        to_bank="ALFA",
        account=BOB,
        name="Mallory",
    )
    town.alfa.take(town.alfa.record(body))
    assert town.alfa.count("payees") == 0


def test_the_answer_of_another_bank_than_was_asked_is_not_kept(town: Town) -> None:
    ask(town.alfa)
    body = orjson.loads(a_lookup()) | {"type": "payee.found", "found": True, "name": "Mallory", "to_bank": "ALFA"}
    for bank in town.banks.values():
        bank.charter.directory["CHRL"] = ""  # type: ignore[index]
    town.alfa.take(town.alfa.record(orjson.dumps(body | {"from_bank": "CHRL"})))
    assert word(town.alfa) == (None, None)


@pytest.mark.parametrize(
    "change",
    [{"account": None}, {"account": "XF00BRVO0000000001"}, {"account": "\x00"}],
    ids=str,
)
def test_a_question_that_can_not_be_read_is_set_aside(town: Town, change: dict[str, Any]) -> None:
    body = orjson.dumps(orjson.loads(a_lookup()) | change)
    assert list(town.brvo.take(town.brvo.record(body))) == [Outcome.QUARANTINED]


@pytest.mark.parametrize("change", [{"found": None}, {"found": 1}, {"name": 7}, {"name": "x" * 141}], ids=str)
def test_an_answer_that_can_not_be_read_is_set_aside(town: Town, change: dict[str, Any]) -> None:
    ask(town.alfa)
    fields = orjson.loads(a_lookup()) | {"type": "payee.found", "from_bank": "BRVO", "to_bank": "ALFA", "found": True}
    assert list(town.alfa.take(town.alfa.record(orjson.dumps(fields | change)))) == [Outcome.QUARANTINED]
    assert word(town.alfa) == (None, None)


def test_a_flood_of_questions_at_the_counter_does_not_fill_the_outbox(town: Town) -> None:
    for number in range(1_000):
        ask(town.alfa, f"account {number}")
    assert town.alfa.count("outbox") == desk.ASKED_AT_ONCE
    for number in range(1_000):
        town.clock.pass_ms(1_000)
        ask(town.alfa, f"another {number}")
    assert town.alfa.count("outbox") == desk.WAITING_MAX
    assert town.alfa.count("payees") == desk.WAITING_MAX
    town.alfa.do(send_transfer, an_order())  # money is not held up by any of it
    assert town.alfa.waiting[-1].type == "transfer.requested"


def test_a_flood_of_questions_from_another_bank_does_not_fill_the_outbox(town: Town) -> None:
    for number in range(600):
        town.brvo.take(town.brvo.record(a_lookup(number)))
    outcomes = town.brvo.take(town.brvo.record(a_lookup(999)))
    assert list(outcomes) == [Outcome.LOOKUP_DROPPED]
    assert town.brvo.count("outbox") == desk.WAITING_MAX


def test_each_bank_has_its_own_share_of_answers(town: Town) -> None:
    for bank in town.banks.values():
        bank.charter.directory["CHRL"] = ""  # type: ignore[index]
    for number in range(300):
        town.brvo.take(town.brvo.record(a_lookup(number, from_bank="CHRL")))
        town.brvo.connection.execute("UPDATE outbox SET published_us = 1")
    assert list(town.brvo.take(town.brvo.record(a_lookup(301, from_bank="CHRL")))) == [Outcome.LOOKUP_DROPPED]
    assert list(town.brvo.take(town.brvo.record(a_lookup(302)))) == [Outcome.LOOKUP]


def test_what_was_sent_leaves_the_outbox(town: Town) -> None:
    for number in range(20):
        town.clock.pass_ms(1_000)
        ask(town.alfa, f"account {number}")
        town.deliver()
    assert town.alfa.count("outbox") <= 1
    assert town.brvo.count("outbox") <= 1


def test_answers_are_forgotten_after_an_hour(town: Town) -> None:
    ask(town.alfa)
    town.deliver()
    town.alfa.do(tidy)
    assert known(town.alfa) is not None
    town.clock.pass_ms(3_600_001)
    town.alfa.do(tidy)
    assert known(town.alfa) is None


def test_no_transfer_waits_for_a_name(town: Town) -> None:
    ask(town.alfa)
    town.alfa.waiting.clear()
    town.alfa.do(send_transfer, an_order())
    town.deliver()
    assert town.alfa.balance(ALICE) < town.brvo.balance(BOB)
    town.lawful()
