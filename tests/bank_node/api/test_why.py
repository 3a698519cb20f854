"""Why it is so, over HTTP: the words, and rows, messages and headers as the bank keeps them; no mac in full."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from bank_node.broker.sealing import sealer
from bank_node.explaining import explain
from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.receive_transfer import receive_records
from bank_node.store.unit import OutboxRow
from bank_node.transfers.explanations import TOPICS
from bank_node.transfers.reading import Batch, Source, Unreadable
from teller_ui.views.why import why_view
from tests.bank_node.api.test_transfer_desk import receive_from_bob
from tests.support.counter import ALICE, BOB, Caller
from tests.support.desk_work import set_aside


def why(caller: Caller, topic: str, id_: object = "") -> dict[str, Any]:
    answer = caller.get(f"/api/v1/why/{topic}", params={"id": str(id_)} if id_ else {})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def tables(found: dict[str, Any]) -> list[str]:
    return [record["table"] for record in found["records"]]


def waiting(caller: Caller) -> list[int]:
    return [record["row"]["seq"] for record in why(caller, "queue")["records"]]


def test_a_queued_payment_is_shown_as_it_will_be_sent(caller: Caller) -> None:
    id_ = caller.send(5_00, BOB).json()["transaction_id"]
    found = why(caller, "queue", id_)
    assert found["heading"] == "Why is it queued?"
    assert tables(found) == ["transfers", "outbox"]
    payment, message = found["records"]
    assert (payment["row"]["transaction_id"], payment["row"]["amount"]) == (id_, 5_00)
    row, said = message["row"], message["message"]
    assert (row["published_us"], row["partition"], row["offset"]) == (None, None, None)
    charter = caller.bank.charter
    queued = OutboxRow(row["seq"], row["lane"], row["topic"], row["key"], row["type"], id_, orjson.dumps(said), 1)
    sent = sealer("ALFA", charter.federation_id)(queued)
    assert message["headers"] == {name: value.decode() for name, value in sent.headers}
    assert orjson.loads(sent.value) == {**said, "attempt": 1}
    assert row["seq"] in waiting(caller)
    caller.bank.submit_and_wait(mark_published, [Published(queued, 2, 41)])
    row = why(caller, "queue", id_)["records"][1]["row"]
    assert (row["partition"], row["offset"]) == (2, 41)
    assert row["seq"] not in waiting(caller)


def test_an_ignored_repeat_shows_the_decision_and_the_answer_that_went_out_again(caller: Caller) -> None:
    for _ in range(2):
        receive_from_bob(caller, "t-1", 7_00)
    found = why(caller, "dedupe", "BRVO:t-1")
    assert tables(found) == ["decisions", "outbox"]
    decision, answer = found["records"]
    assert (decision["row"]["repeats_ignored"], decision["row"]["decision"]) == (1, "ACCEPTED")
    assert (answer["message"]["type"], answer["message"]["transaction_id"]) == ("transfer.accepted", "t-1")
    assert answer["message"]["answers_hash"] == decision["row"]["content_hash"]
    assert answer["headers"]["ce_type"] == "transfer.accepted"


def test_a_return_shows_both_payments_and_their_messages(caller: Caller) -> None:
    receive_from_bob(caller, "t-2", 7_00)
    back = caller.post("/api/v1/transfers/t-2/return", {"amount_minor": 3_00, "from_bank": "BRVO"})
    assert back.status_code == 202, back.text
    found = why(caller, "return", "BRVO:t-2")
    assert tables(found) == ["decisions", "outbox", "transfers", "outbox"]
    returned = found["records"][3]["message"]
    assert (returned["type"], returned["original_transaction_id"]) == ("transfer.returned", "t-2")
    assert tables(why(caller, "return", back.json()["transaction_id"])) == ["transfers", "outbox"]


def test_a_hold_shows_its_row_and_what_it_leaves_of_the_account(caller: Caller) -> None:
    order = {"amount_minor": 10_00, "currency": "EUR", "reason": "cheque"}
    hold_id = caller.post(f"/api/v1/accounts/{ALICE}/holds", order).json()["hold_id"]
    hold, account = why(caller, "hold", hold_id)["records"]
    assert (hold["row"]["reason"], hold["row"]["amount"], hold["message"]) == ("cheque", 10_00, None)
    assert (account["table"], account["row"]["code"], account["row"]["held"]) == ("accounts", ALICE, 10_00)


def test_a_record_set_aside_shows_its_bytes_and_no_mac_in_full(caller: Caller) -> None:
    mac = "0123456789abcdef" * 4
    for offset, value in enumerate((orjson.dumps({"type": "x", "mac": mac}), b"\x1b[2J", b"[1]", b"")):
        source = Source("external-transfers", 3, offset, b"ALFA", value, caller.bank.clock.now_us())
        caller.bank.submit_and_wait(receive_records, Batch((Unreadable(source, "FF01", "why", None, "BRVO"),)))
    sealed, escape, no_object, nothing = (why(caller, "set-aside", number)["records"][0] for number in (1, 2, 3, 4))
    assert sealed["message"] == {"type": "x", "mac": "01234567…"}
    assert (sealed["row"]["partition"], sealed["row"]["offset"], sealed["row"]["key"]) == (3, 0, "ALFA")
    assert (escape["message"], escape["text"]) == (None, "\\x1b[2J")
    assert (no_object["text"], nothing["text"]) == ("[1]", None)
    assert all(record["headers"] is None for record in (sealed, escape, no_object, nothing))


@pytest.mark.parametrize("levels", [7, 8, 9, 250, 253, 254, 1022, 1023])
def test_a_record_nested_too_deep_to_be_written_again_is_shown_as_its_text(caller: Caller, levels: int) -> None:
    mac = "0123456789abcdef" * 4
    value = b'{"mac": "%b", "a": %b}' % (mac.encode(), b"[" * (levels - 1) + b"]" * (levels - 1))
    set_aside(caller.bank, value)
    newest = caller.get("/api/v1/desk?kind=quarantine").json()["items"][0]["id"]
    [record] = why(caller, "set-aside", newest)["records"]
    with caller.bank.readers.connection() as connection:
        found = explain(caller.bank, connection, TOPICS["set-aside"], newest)
    assert found is not None
    assert (record["message"] is None, bool(record["text"])) == (levels > 8, levels > 8)
    [view] = why_view(found).records
    assert "[[[[" in "".join(view.message.split())
    assert "01234567…" in view.message
    assert mac not in view.message + orjson.dumps(record).decode()


def test_what_is_not_there_is_not_found_and_words_alone_need_nothing(caller: Caller) -> None:
    for topic in ("queue", "dedupe", "hold", "return", "set-aside"):
        assert len(why(caller, topic)["words"]) == 2
        for id_ in ("nothing", "BRVO:nothing", "77", "-1", "9" * 40):
            assert caller.get(f"/api/v1/why/{topic}", params={"id": id_}).status_code == 404, (topic, id_)
        assert topic == "queue" or why(caller, topic)["records"] == []
    assert caller.get("/api/v1/why/magic").status_code == 422
    assert caller.get("/api/v1/why/queue", "admin").status_code == 403
