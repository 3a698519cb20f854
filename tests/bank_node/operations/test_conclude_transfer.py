from __future__ import annotations

import orjson
import pytest

from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from tests.support.cast import ALICE, NOBODY, OPENING, Town, an_order


def an_answer(town: Town, *, to_nobody: bool = False, **change: object) -> bytes:
    """BRVO's answer to a transfer of ALFA's, changed on its way."""
    town.alfa.do(send_transfer, an_order(**({"to_account": NOBODY} if to_nobody else {})))
    town.brvo.take(town.brvo.record(town.alfa.waiting.pop().body))
    return orjson.dumps(orjson.loads(town.brvo.waiting.pop().body) | change)


def test_a_repeated_refusal_refunds_alice_once(town: Town) -> None:
    body = an_answer(town, to_nobody=True)
    assert town.alfa.take(town.alfa.record(body), times=5) == {"refunded": 1, "same": 4}
    assert town.alfa.balance(ALICE) == OPENING
    town.lawful()


def test_what_the_other_bank_writes_is_kept_without_what_is_no_letter(town: Town) -> None:
    """Its words come to a page, a terminal and a log."""
    reason = {"code": "AC\x1b\x0004", "text": "\x1b[31mno\r\n\u202esuch\u2028 account\x9f\t"}
    body = an_answer(town, to_nobody=True, reason=reason, read_at="\x1b]0;x\x07now")
    assert town.alfa.take(town.alfa.record(body), times=2) == {"refunded": 1, "same": 1}
    kept = town.alfa.connection.execute("SELECT reason_code, reason_text, answer FROM transfers").fetchone()
    assert kept[:2] == ("AC04", "[31mnosuch account")
    assert orjson.loads(kept[2])["read_at"] == "]0;xnow"
    town.lawful()


def test_a_repeated_acceptance_completes_once(town: Town) -> None:
    body = an_answer(town)
    assert town.alfa.take(town.alfa.record(body), times=5) == {"completed": 1, "same": 4}
    assert town.alfa.own_balance("clearing:BRVO") == 12_50
    town.lawful()


@pytest.mark.parametrize("state", ["debit_frozen", "blocked"])
def test_a_frozen_payer_gets_the_refund(town: Town, state: str) -> None:
    body = an_answer(town, to_nobody=True)
    town.alfa.set_state(ALICE, state)
    town.alfa.take(town.alfa.record(body))
    assert town.alfa.balance(ALICE) == OPENING
    town.lawful()


def test_the_refund_of_a_closed_payer_is_kept_as_unclaimed(town: Town) -> None:
    town.alfa.do(send_transfer, an_order(OPENING, to_account=NOBODY))
    town.alfa.set_state(ALICE, "closed")
    town.deliver(times=2)
    assert town.alfa.own_balance("unclaimed") == OPENING
    town.lawful()


def test_a_second_different_answer_changes_nothing_and_is_a_conflict(town: Town) -> None:
    body = an_answer(town)
    town.alfa.take(town.alfa.record(body))
    lie = orjson.loads(body) | {"type": "transfer.rejected", "reason": {"code": "AC01", "text": "no"}}
    assert town.alfa.take(town.alfa.record(orjson.dumps(lie))) == {"conflict": 1}
    row = town.alfa.read(transfer_queries.transfer, lie["transaction_id"])
    assert (row.state, row.conflict) == ("COMPLETED", True)
    assert town.alfa.balance(ALICE) == OPENING - 12_50
    assert town.alfa.count("incidents") == 1
    town.lawful()


def test_an_answer_to_other_content_concludes_nothing(town: Town) -> None:
    body = an_answer(town, answers_hash="0" * 64)
    assert town.alfa.take(town.alfa.record(body)) == {"conflict": 1}
    assert town.alfa.own_balance("suspense:out") == 12_50


def test_an_answer_for_an_id_never_sent_is_quarantined(town: Town) -> None:
    body = an_answer(town, transaction_id="never-sent")
    assert town.alfa.take(town.alfa.record(body)) == {"quarantined": 1}
    assert (town.alfa.count("incidents"), town.alfa.count("quarantine")) == (1, 1)


def test_a_late_mark_of_the_relay_does_not_reopen_a_final_transfer(town: Town) -> None:
    from bank_node.operations.publishing import Published, mark_published

    town.alfa.do(send_transfer, an_order())
    row = town.alfa.waiting.pop()
    town.brvo.take(town.brvo.record(row.body))
    town.alfa.take(town.alfa.record(town.brvo.waiting.pop().body))
    town.alfa.do(mark_published, [Published(row, 0, 1)])
    assert town.alfa.read(transfer_queries.transfer, row.transaction_id).state == "COMPLETED"
