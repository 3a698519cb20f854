"""Every recall is held against the audit log: those asked for here, and those that another bank asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.operations.answer_recall import Agreement, RecallRefusal, agree_to_recall, refuse_recall
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.books import Books
from tests.support.cast import Town, an_order, open_town
from tests.support.tampering import checked, found, tamper


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


def asked(town: Town) -> str:
    """ALFA asks BRVO for a completed payment back; BRVO's staff have not decided."""
    payment = town.alfa.do(send_transfer, an_order(12_50)).id
    town.deliver()
    recall_id = str(town.alfa.do(recall_transfer, RecallOrder(payment, "sent twice", "teller1")).id)
    town.deliver()
    return recall_id


def agreed(town: Town) -> str:
    recall_id = asked(town)
    town.brvo.do(agree_to_recall, Agreement("ALFA", recall_id, None, "supervisor"))
    town.deliver()
    return recall_id


def refused(town: Town) -> str:
    recall_id = asked(town)
    town.brvo.do(refuse_recall, RecallRefusal("ALFA", recall_id, "he will not", "supervisor"))
    town.deliver()
    return recall_id


def test_recalls_in_every_state_hold(town: Town) -> None:
    for recalled in (asked, agreed, refused, asked, refused):
        recalled(town)
        town.lawful()


ASKING = {
    "of which transfer": "transaction_id = 'another'",
    "of whom": "to_bank = 'CHRL'",
    "why": "reason = 'another'",
    "hash": "content_hash = ''",
    "by whom": "actor = 'mallory'",
    "when": "created_us = created_us - 1",
}
ANSWERED = {"when answered": "answered_us = 1", "in words": "answer_text = 'another'"}


@pytest.mark.parametrize("change", [*ASKING.values(), *ANSWERED.values()], ids=[*ASKING, *ANSWERED])
@pytest.mark.parametrize("recalled", [agreed, refused])
def test_a_recall_that_was_changed_is_named(town: Town, recalled: Any, change: str) -> None:
    recall_id = recalled(town)
    refused(town)
    tamper(town.alfa, f"UPDATE recalls SET {change} WHERE recall_id = ?", recall_id)
    assert found(town.alfa)[0] == ("recalls", recall_id)
    assert {row for _, row in found(town.alfa)} == {recall_id}


@pytest.mark.parametrize(("recalled", "state"), [(asked, "AGREED"), (asked, "REFUSED"), (agreed, "REFUSED")])
def test_a_recall_put_into_another_state_is_named_on_either_side(town: Town, recalled: Any, state: str) -> None:
    recall_id = recalled(town)
    tamper(town.alfa, "UPDATE recalls SET state = ?", state)
    tamper(town.brvo, "UPDATE recall_requests SET state = ?", state)
    assert found(town.alfa) == [("recalls", recall_id)]
    assert found(town.brvo) == [("recall_requests", f"ALFA/{recall_id}")]


@pytest.mark.parametrize("recalled", [asked, agreed, refused])
def test_a_recall_that_is_gone_is_named_on_either_side(town: Town, recalled: Any) -> None:
    recall_id = recalled(town)
    tamper(town.alfa, "DELETE FROM recalls")
    tamper(town.brvo, "DELETE FROM recall_requests")
    assert set(found(town.alfa)) == {("recalls", recall_id)}
    assert set(found(town.brvo)) == {("recall_requests", f"ALFA/{recall_id}")}


def test_a_recall_that_nobody_asked_for_is_named(town: Town) -> None:
    columns = "recall_id, transaction_id, to_bank, state, content_hash, outbox_seq, actor, created_us, quiet_ms"
    tamper(town.alfa, f"INSERT INTO recalls ({columns}) VALUES ('forged', 't', 'BRVO', 'ASKED', '', 1, 'm', 1, 1)")
    assert found(town.alfa) == [("recalls", "forged")]
    columns = "from_bank, recall_id, transaction_id, content_hash, state, received_us"
    tamper(town.brvo, f"INSERT INTO recall_requests ({columns}) VALUES ('ALFA', 'forged', 't', '', 'OPEN', 1)")
    assert found(town.brvo) == [("recall_requests", "ALFA/forged")]


BEING_ASKED = {
    "for which payment": "transaction_id = 'another'",
    "why": "reason = 'another'",
    "hash": "content_hash = ''",
    "when": "received_us = 1",
}
DECIDED = {
    "by whom": "decided_by = 'mallory'",
    "when decided": "decided_us = 1",
    "with which return": "return_id = 'another'",
    "in words": "answer_text = 'another'",
}


@pytest.mark.parametrize("change", [*BEING_ASKED.values(), *DECIDED.values()], ids=[*BEING_ASKED, *DECIDED])
@pytest.mark.parametrize("recalled", [agreed, refused])
def test_another_banks_recall_that_was_changed_is_named(town: Town, recalled: Any, change: str) -> None:
    recall_id = recalled(town)
    agreed(town)
    tamper(town.brvo, f"UPDATE recall_requests SET {change} WHERE recall_id = ?", recall_id)
    assert {row for _, row in found(town.brvo)} == {f"ALFA/{recall_id}"}


SAID_SINCE = ("hash", "reason", "read_us", "text")


def test_a_log_from_before_it_said_more_of_a_recall_accuses_nobody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for bank in town.banks.values():

        def say_less(books: Books, *_: object) -> None:
            noted = books.audit.note

            def note(action: str, subject: str, actor: str, facts: dict[str, Any]) -> None:
                less = {name: fact for name, fact in facts.items() if name not in SAID_SINCE}
                noted(action, subject, actor, less if action.startswith("recall_") else facts)

            monkeypatch.setattr(books.audit, "note", note)

        bank.do(say_less)
    agreed(town)
    recall_id = refused(town)
    town.lawful()
    tamper(town.alfa, "UPDATE recalls SET reason = 'another' WHERE recall_id = ?", recall_id)
    tamper(town.brvo, "UPDATE recall_requests SET reason = 'another' WHERE recall_id = ?", recall_id)
    assert checked(town.alfa).ok, "nothing is known of it"
    assert checked(town.brvo).ok
    tamper(town.alfa, "UPDATE recalls SET state = 'AGREED' WHERE recall_id = ?", recall_id)
    assert found(town.alfa) == [("recalls", recall_id)]


@pytest.mark.parametrize("facts", ["{}", '{"recall": 1}', '{"recall": [], "from": {}}', '{"recall": "r", "from": 1}'])
@pytest.mark.parametrize("action", ["recall_asked", "recall_answered", "recall_received", "recall_agreed"])
def test_a_forged_row_about_recalls_never_stops_the_check(town: Town, action: str, facts: str) -> None:
    def forge(books: Books, *_: object) -> None:
        books.audit.note(action, "subject", "mallory", orjson.loads(facts))

    town.alfa.do(forge)
    assert found(town.alfa) == [("audit_log", str(town.alfa.count("audit_log")))]
