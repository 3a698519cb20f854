"""The stuck-work desk: what can be done there, by whom it was done, and that no money moves past the protocol."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from bank_node.ledger.account import group
from bank_node.ledger.errors import Refusal
from bank_node.operations import desk
from bank_node.operations.answer_recall import Agreement, RecallRefusal, agree_to_recall, refuse_recall
from bank_node.operations.claims import Claim
from bank_node.operations.desk import DeskOrder, SeenOrder
from bank_node.operations.publishing import Published, mark_published, park
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.redrive import redrive_due
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.unclaimed import PayOut, pay_out_unclaimed
from bank_node.store import desk_queries, transfer_queries
from bank_node.store.desk_queries import DeskItem, Horizon
from bank_node.transfers.reading import Batch, Desk, Readable, Unreadable
from bank_node.transfers.stuck_work import sentence
from tests.support.cast import ALICE, BOB, NOBODY, OPENING, SmallBank, Town, an_order

STUCK_AFTER_MS = 24 * 3_600_000


def on_the_desk(bank: SmallBank, kind: str, *, seen: bool = False) -> list[DeskItem]:
    at = Horizon.at(bank.clock.now_us(), STUCK_AFTER_MS)
    return bank.read(desk_queries.items, kind, at, seen=seen)  # type: ignore[no-any-return]


def counts(bank: SmallBank) -> dict[str, int]:
    found = bank.read(desk_queries.counts, Horizon.at(bank.clock.now_us(), STUCK_AFTER_MS))
    return {kind: count for kind, count in found.items() if count}


def a_lost_payment(town: Town) -> str:
    """Sent by Alice, acknowledged, and never seen again."""
    receipt = town.alfa.do(send_transfer, an_order())
    town.alfa.do(mark_published, [Published(town.alfa.waiting.pop(), 0, 7)])
    return str(receipt.id)


def a_stuck_payment(town: Town) -> str:
    id_ = a_lost_payment(town)
    town.clock.pass_ms(STUCK_AFTER_MS)
    return id_


class Doubter(Desk):
    """A desk without the key of anybody: it believes nothing."""

    def read(self, record: Any, now_us: int) -> Any:
        believed = super().read(record, now_us)
        if not isinstance(believed, Readable):
            return believed
        message = believed.message
        text = f"not believed: {message.from_bank} has no key on file"
        return Unreadable(believed.source, "FF01", text, message.transaction_id, message.from_bank)


def believing(bank: SmallBank, kind: type[Desk] = Desk) -> Desk:
    return kind(bank.charter.bank_id, bank.charter.federation_id, bank.charter.directory)


def an_unbelieved_payment(town: Town) -> str:
    """Alice's payment lies in BRVO's quarantine; the item's id."""
    town.alfa.do(send_transfer, an_order())
    record = town.brvo.record(town.alfa.waiting.pop().body)
    incoming = believing(town.brvo, Doubter).read(record, town.clock.now_us())
    assert incoming is not None
    town.brvo.do(receive_records, Batch((incoming,)))
    (item,) = on_the_desk(town.brvo, "quarantine")
    town.brvo.waiting.clear()  # its copy for the dead letters
    return item.id


def test_a_payment_open_for_too_long_lands_on_the_desk(town: Town) -> None:
    id_ = a_lost_payment(town)
    town.clock.pass_ms(STUCK_AFTER_MS - 1)
    assert counts(town.alfa) == {}
    town.clock.pass_ms(1)
    (item,) = on_the_desk(town.alfa, "stuck")
    assert (item.id, item.peer, item.facts["amount_minor"]) == (id_, "BRVO", 12_50)
    assert counts(town.alfa) == {"stuck": 1}


def test_asking_again_moves_nothing_and_is_written_down(town: Town) -> None:
    id_ = a_stuck_payment(town)
    receipt = town.alfa.do(desk.ask, DeskOrder("stuck", id_, "okafor"))
    assert (receipt.status, receipt.state) == ("ask", "SENT")
    (question,) = town.alfa.waiting
    assert question.type == "transfer.inquiry"
    (item,) = on_the_desk(town.alfa, "stuck")
    assert [(act.act, act.actor, act.at_us) for act in item.acts] == [("ask", "okafor", town.clock.now_us())]
    assert town.alfa.balance(ALICE) == OPENING - 12_50
    town.lawful()


def test_a_double_click_asks_once(town: Town) -> None:
    id_ = a_stuck_payment(town)
    order = DeskOrder("stuck", id_, "okafor", Claim("page:desk:okafor", "k", "h"))
    first, second = (town.alfa.do(desk.ask, order) for _ in range(2))
    assert (first.replayed, second.replayed) == (False, True)
    assert len(town.alfa.waiting) == 1
    assert len(on_the_desk(town.alfa, "stuck")[0].acts) == 1


def test_what_was_taken_back_from_the_desk_comes_back_by_the_protocol_only(town: Town) -> None:
    id_ = a_stuck_payment(town)
    receipt = town.alfa.do(desk.take_back, DeskOrder("stuck", id_, "okafor"))
    assert receipt.state == "CANCELLING"
    assert town.alfa.balance(ALICE) == OPENING - 12_50, "not before the other bank has refused it"
    town.deliver(times=2)
    assert town.alfa.balance(ALICE) == OPENING
    town.lawful()


def test_a_transfer_tried_again_is_due_at_once_and_is_the_same_message(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order())
    lost = town.alfa.waiting.pop()
    town.alfa.do(mark_published, [Published(lost, 0, 7)])
    town.alfa.do(desk.redrive_transfer, DeskOrder("stuck", receipt.id, "vogt"))
    assert town.alfa.do(redrive_due, 10) == 1
    (again,) = town.alfa.waiting
    assert (again.body, again.attempt) == (lost.body, 2)
    town.deliver(times=2)
    assert town.brvo.balance(BOB) == OPENING + 12_50
    town.lawful()


@pytest.mark.parametrize("operation", [desk.ask, desk.take_back, desk.redrive_transfer])
def test_nothing_is_done_about_a_final_transfer_or_none(town: Town, operation: Any) -> None:
    receipt = town.alfa.do(send_transfer, an_order())
    town.deliver()
    for id_, code in ((receipt.id, "final"), ("none", "not_found")):
        with pytest.raises(Refusal) as refusal:
            town.alfa.do(operation, DeskOrder("stuck", id_, "okafor"))
        assert refusal.value.code == code
    assert town.alfa.count("desk_acts") == 0, "a refusal leaves nothing"


def test_a_seen_item_leaves_the_list_and_is_found_among_the_seen_with_a_name(town: Town) -> None:
    id_ = a_stuck_payment(town)
    for who in ("okafor", "vogt"):
        town.alfa.do(desk.mark_seen, DeskOrder("stuck", id_, who))
    assert (on_the_desk(town.alfa, "stuck"), counts(town.alfa)) == ([], {})
    (item,) = on_the_desk(town.alfa, "stuck", seen=True)
    assert (item.seen_by, item.seen_us, len(item.acts)) == ("okafor", town.clock.now_us(), 1), "the first one counts"


def test_a_contradiction_is_an_alarm_until_it_is_seen_and_moves_no_cent(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.alfa.do(send_transfer, an_order())
    town.brvo.take(town.brvo.record(town.alfa.waiting.pop().body))
    answer = orjson.loads(town.brvo.waiting.pop().body)
    lie = answer | {"type": "transfer.rejected", "reason": {"code": "AC01", "text": "no"}}
    with caplog.at_level("ERROR"):
        for body in (answer, lie, lie):
            town.alfa.take(town.alfa.record(orjson.dumps(body)))
    (line,) = caplog.records
    assert (line.message, line.levelname, line.__dict__["transfer"]) == ("conflict", "ERROR", answer["transaction_id"])
    assert counts(town.alfa) == {"conflict": 1}, "told once, not as an incident too"
    (item,) = on_the_desk(town.alfa, "conflict")
    town.alfa.do(desk.mark_seen, DeskOrder("conflict", item.id, "okafor"))
    assert counts(town.alfa) == {}
    assert town.alfa.read(desk_queries.conflicts) == 1, "the mark on the payment stays"
    assert town.alfa.balance(ALICE) == OPENING - 12_50
    town.lawful()


def test_a_record_that_is_believed_later_is_judged_as_if_it_had_just_been_read(town: Town) -> None:
    id_ = an_unbelieved_payment(town)
    order = DeskOrder("quarantine", id_, "vogt")
    still = town.brvo.do(desk.redrive_record, order, believing(town.brvo, Doubter))
    assert still.state == "quarantined: not believed: ALFA has no key on file"
    assert town.brvo.balance(BOB) == OPENING
    now = town.brvo.do(desk.redrive_record, order, believing(town.brvo))
    assert now.state == "credited"
    assert town.brvo.balance(BOB) == OPENING + 12_50
    assert counts(town.brvo) == {}
    (item,) = on_the_desk(town.brvo, "quarantine", seen=True)
    assert [(act.act, act.said) for act in item.acts] == [
        ("redrive", "quarantined: not believed: ALFA has no key on file"),
        ("seen", None),
        ("redrive", "credited"),
    ]
    town.deliver()
    town.lawful()


def test_a_record_tried_again_twice_credits_once(town: Town) -> None:
    order = DeskOrder("quarantine", an_unbelieved_payment(town), "vogt")
    outcomes = [town.brvo.do(desk.redrive_record, order, believing(town.brvo)).state for _ in range(3)]
    assert outcomes == ["credited", "repeat", "repeat"]
    assert town.brvo.balance(BOB) == OPENING + 12_50
    town.deliver()
    town.lawful()


def test_a_record_of_which_only_the_beginning_was_kept_is_not_judged_again(town: Town) -> None:
    town.brvo.take(town.brvo.record(b"x" * 70_000))
    (item,) = on_the_desk(town.brvo, "quarantine")
    with pytest.raises(Refusal, match="only the beginning"):
        town.brvo.do(desk.redrive_record, DeskOrder("quarantine", item.id, "vogt"), believing(town.brvo))


def test_a_record_shows_where_it_was_read_and_a_harmless_excerpt(town: Town) -> None:
    town.brvo.take(town.brvo.record("\x1b[2J<script>\u202e\x00ü".encode() + b"\xff" + b"y" * 500))
    (item,) = on_the_desk(town.brvo, "quarantine")
    assert item.facts["excerpt"].startswith("\\x1b[2J<script>\\u202e\\x00ü\\xffyyy")
    assert len(item.facts["excerpt"]) < 300
    assert (item.facts["topic"], item.facts["offset"], len(item.facts["sha256"])) == ("external-transfers", 1, 64)


def test_a_message_that_can_never_be_sent_is_told_once(town: Town) -> None:
    town.alfa.do(send_transfer, an_order())
    row = town.alfa.waiting.pop()
    town.alfa.do(park, row, "the broker takes at most 1 MiB")
    assert counts(town.alfa) == {"parked": 1}
    (item,) = on_the_desk(town.alfa, "parked")
    assert (item.facts["why"], item.facts["type"]) == ("the broker takes at most 1 MiB", "transfer.requested")
    town.alfa.do(desk.mark_seen, DeskOrder("parked", item.id, "okafor"))
    assert counts(town.alfa) == {}


def test_what_was_sent_back_is_there_for_a_day(town: Town) -> None:
    town.alfa.do(send_transfer, an_order(to_account=NOBODY))
    town.deliver()
    assert counts(town.alfa) == {"sent_back": 1}
    (item,) = on_the_desk(town.alfa, "sent_back")
    assert (item.facts["reason_code"], item.facts["from_name"]) == ("AC01", "Alice")
    town.clock.pass_ms(24 * 3_600_000 + 1)
    assert counts(town.alfa) == {}


def test_what_was_returned_is_there_for_a_day_with_its_reason_however_often_it_was_delivered(town: Town) -> None:
    payment = str(town.alfa.do(send_transfer, an_order(10_00)).id)
    town.deliver()
    back = town.brvo.do(return_transfer, ReturnOrder("ALFA", payment, 4_00, "paid twice")).id
    town.deliver(times=3)
    assert counts(town.alfa) == {"returned": 1}
    (item,) = on_the_desk(town.alfa, "returned")
    assert (item.id, item.transaction_id, item.peer) == (f"BRVO:{back}", payment, "BRVO")
    words = f"4.00 EUR of a payment from Alice to {group(BOB)} came back: “Paid twice.” (MS03)"
    assert sentence(item.kind, item.facts) == words
    town.alfa.do(desk.mark_seen, DeskOrder("returned", item.id, "okafor"))
    assert counts(town.alfa) == {}
    town.brvo.do(return_transfer, ReturnOrder("ALFA", payment, 6_00))
    town.deliver()
    assert sentence("returned", on_the_desk(town.alfa, "returned")[0].facts).endswith("gave no reason (MS03).")
    assert town.alfa.balance(ALICE) == OPENING
    town.clock.pass_ms(24 * 3_600_000 + 1)
    assert counts(town.alfa) == {}
    assert [item.seen_by for item in on_the_desk(town.alfa, "returned", seen=True)] == ["okafor"]
    town.lawful()


def test_what_was_asked_back_and_agreed_to_is_told_as_called_back(town: Town) -> None:
    payment = str(town.alfa.do(send_transfer, an_order(10_00)).id)
    town.deliver()
    town.alfa.do(recall_transfer, RecallOrder(payment, "sent twice", "okafor"))
    town.deliver()
    (asked,) = on_the_desk(town.brvo, "recall")
    town.brvo.do(agree_to_recall, Agreement("ALFA", asked.facts["recall_id"], actor="vogt"))
    town.deliver()
    assert [item.facts["reason_code"] for item in on_the_desk(town.alfa, "returned")] == ["FOCR"]
    town.lawful()


def test_all_that_was_there_is_marked_at_once_and_what_came_later_is_not(town: Town) -> None:
    for _ in range(5):
        town.brvo.take(town.brvo.record(b"rubbish"))
    newest = on_the_desk(town.brvo, "quarantine")[0]
    town.brvo.take(town.brvo.record(b"rubbish"))
    assert town.brvo.do(desk.mark_all_seen, SeenOrder("quarantine", int(newest.key), "okafor")) == 5
    assert town.brvo.do(desk.mark_all_seen, SeenOrder("quarantine", int(newest.key), "okafor")) == 0
    assert counts(town.brvo) == {"quarantine": 1}
    assert {item.seen_by for item in on_the_desk(town.brvo, "quarantine", seen=True)} == {"okafor"}


@pytest.mark.parametrize("kind", ["stuck", "sent_back", "returned", "conflict", "parked"])
def test_marks_by_acts_can_be_set_all_at_once_too(town: Town, kind: str) -> None:
    if kind == "stuck":
        for _ in range(3):
            a_lost_payment(town)
        town.clock.pass_ms(STUCK_AFTER_MS)
    elif kind == "parked":
        for _ in range(3):
            town.alfa.do(send_transfer, an_order(1))
            town.alfa.do(park, town.alfa.waiting.pop(), "too large")
    elif kind == "returned":
        for _ in range(3):
            payment = town.alfa.do(send_transfer, an_order(1)).id
            town.deliver()
            town.brvo.do(return_transfer, ReturnOrder("ALFA", payment))
        town.deliver()
    else:
        for _ in range(3):
            town.alfa.do(send_transfer, an_order(1, to_account=NOBODY))
        town.deliver()
        if kind == "conflict":
            town.alfa.connection.execute("UPDATE transfers SET conflict = 1")
    newest = on_the_desk(town.alfa, kind)[0]
    assert town.alfa.do(desk.mark_all_seen, SeenOrder(kind, int(newest.key.split(".")[0]), "okafor")) == 3
    assert kind not in counts(town.alfa)
    assert {item.seen_by for item in on_the_desk(town.alfa, kind, seen=True)} == {"okafor"}


@pytest.mark.parametrize(("kind", "id_"), [("quarantine", "77"), ("quarantine", "x"), ("stuck", "none"), ("no", "1")])
def test_there_is_nothing_to_mark_where_nothing_is(town: Town, kind: str, id_: str) -> None:
    with pytest.raises(Refusal) as refusal:
        town.alfa.do(desk.mark_seen, DeskOrder(kind, id_, "okafor"))
    assert refusal.value.code == "not_found"


def test_what_must_be_decided_cannot_be_marked_away(town: Town) -> None:
    for kind in ("recall", "unclaimed"):
        with pytest.raises(Refusal):
            town.alfa.do(desk.mark_all_seen, SeenOrder(kind, 10**15, "okafor"))


def test_the_list_is_read_page_by_page_newest_first(town: Town) -> None:
    ids = [a_lost_payment(town) for _ in range(7)]
    town.clock.pass_ms(STUCK_AFTER_MS)
    at = Horizon.at(town.clock.now_us(), STUCK_AFTER_MS)
    seen: list[str] = []
    before = None
    while page := town.alfa.read(desk_queries.items, "stuck", at, before=before, limit=3):
        seen += [item.id for item in page]
        before = page[-1].key
    assert seen == list(reversed(ids))
    with pytest.raises(ValueError, match="key"):
        town.alfa.read(desk_queries.items, "stuck", at, before="7 OR 1=1")


def test_an_act_is_never_changed_or_taken_away(town: Town) -> None:
    id_ = a_stuck_payment(town)
    town.alfa.do(desk.ask, DeskOrder("stuck", id_, "okafor"))
    for sql in ("UPDATE desk_acts SET actor = 'nobody'", "DELETE FROM desk_acts"):
        with pytest.raises(Exception, match=r"written down|never changes"):  # of the driver
            town.alfa.connection.execute(sql)
        if town.alfa.settings.database_url:
            town.alfa.connection.execute("ROLLBACK")
    assert town.alfa.read(transfer_queries.transfer, id_).state == "SENT"


def test_calling_back_takes_an_open_payment_and_asks_for_a_completed_one(town: Town) -> None:
    id_ = a_lost_payment(town)
    taken = town.alfa.do(desk.call_back, RecallOrder(id_, None, "okafor"))
    assert (taken.kind, taken.id, taken.state) == ("transfer", id_, "CANCELLING")
    town.deliver()
    receipt = town.alfa.do(send_transfer, an_order())
    town.deliver()
    order = RecallOrder(receipt.id, "sent twice", "okafor", Claim("page:call-back:okafor", "k", "h"))
    asked = [town.alfa.do(desk.call_back, order) for _ in range(2)]
    assert [(one.kind, one.id, one.state, one.replayed) for one in asked] == [
        ("transfer", receipt.id, "ASKED", False),
        ("transfer", receipt.id, "ASKED", True),
    ]
    town.deliver(times=2)
    (item,) = on_the_desk(town.brvo, "recall")
    assert (item.facts["amount_minor"], item.facts["reason"], item.facts["owner"]) == (12_50, "sent twice", "Bob")
    assert counts(town.brvo) == {"recall": 1}
    assert town.brvo.balance(BOB) == OPENING + 12_50, "asking moves no money"
    town.lawful()


def test_a_recall_leaves_the_desk_when_it_is_answered_and_stays_with_its_answer(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order())
    town.deliver()
    town.alfa.do(desk.call_back, RecallOrder(receipt.id, None, "okafor"))
    town.deliver()
    (item,) = on_the_desk(town.brvo, "recall")
    from_bank, _, recall_id = item.id.partition(":")
    town.brvo.do(refuse_recall, RecallRefusal(from_bank, recall_id, "he keeps it", "vogt"))
    assert counts(town.brvo) == {}
    (item,) = on_the_desk(town.brvo, "recall", seen=True)
    assert (item.seen_by, item.facts["state"]) == ("vogt", "REFUSED")
    town.deliver()
    town.lawful()


def test_money_that_waits_for_its_owner_is_on_the_desk_until_it_is_paid_out(town: Town) -> None:
    town.alfa.do(send_transfer, an_order(OPENING, to_account=NOBODY))
    town.alfa.set_state(ALICE, "closed")
    town.deliver()
    (item,) = on_the_desk(town.alfa, "unclaimed")
    assert (item.facts["amount_minor"], item.facts["owner"], item.facts["account"]) == (OPENING, "Alice", ALICE)
    town.alfa.do(pay_out_unclaimed, PayOut(int(item.id), None, "vogt"))
    assert "unclaimed" not in counts(town.alfa)
    (item,) = on_the_desk(town.alfa, "unclaimed", seen=True)
    assert item.seen_by == "vogt"
    town.lawful()
