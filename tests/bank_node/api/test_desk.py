"""The stuck-work desk over HTTP: what is on it, page by page; acts by the role they need, once however often sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bank_node.operations.receive_transfer import receive_records
from bank_node.store import transfer_queries
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Batch, Desk, Source, Unreadable
from bank_node.transfers.recall import recall
from tests.bank_node.api.test_transfer_desk import a_payment_from_bob
from tests.support.counter import ALICE, BOB, Caller, StandingClock, a_caller

DESK = "/api/v1/desk"
STUCK_AFTER_MS = 1_000


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def caller(tmp_path: Path, clock: StandingClock) -> Iterator[Caller]:
    with a_caller(tmp_path, clock=clock, stuck_after_ms=STUCK_AFTER_MS) as opened:
        yield opened


def read(caller: Caller, role: str = "teller", **query: Any) -> dict[str, Any]:
    return caller.get(DESK, role, params=query).json()  # type: ignore[no-any-return]


def set_aside(caller: Caller, value: bytes = b"rubbish", offset: int = 0, why: str = "not JSON") -> None:
    source = Source("external-transfers", 0, offset, b"ALFA", value, caller.bank.clock.now_us())
    caller.bank.submit_and_wait(receive_records, Batch((Unreadable(source, "FF01", why, None, "BRVO"),)))


def a_stuck_payment(caller: Caller, clock: StandingClock) -> str:
    id_ = str(caller.send(5_00, BOB).json()["transaction_id"])
    clock.pass_ms(STUCK_AFTER_MS)
    return id_


def test_the_desk_says_what_is_known_what_can_be_done_and_by_whom_it_was(caller: Caller, clock: StandingClock) -> None:
    set_aside(caller, b"\x1b[2J")
    id_ = a_stuck_payment(caller, clock)
    asked = caller.post(f"{DESK}/stuck/{id_}/ask", None)
    assert (asked.status_code, asked.json()["act"], asked.json()["outcome"]) == (200, "ask", "PENDING")
    found = read(caller)
    assert {kind: count for kind, count in found["counts"].items() if count} == {"stuck": 1, "quarantine": 1}
    stuck, held = found["items"]
    assert (stuck["kind"], stuck["id"], stuck["peer"], stuck["transaction_id"]) == ("stuck", id_, "BRVO", id_)
    assert stuck["text"] == "No word from BRVO on 5.00 EUR from Alice."
    assert [(act["act"], act["by"]) for act in stuck["acts"]] == [("ask", "teller")]
    assert stuck["can"] == {act: f"{DESK}/stuck/{id_}/{act}" for act in ("ask", "take-back", "seen")}
    assert (held["kind"], held["code"], held["text"]) == ("quarantine", "FF01", "Not JSON.")
    assert held["facts"]["excerpt"] == "\\x1b[2J"
    assert read(caller, "supervisor")["items"][1]["can"].keys() == {"redrive", "seen"}, "a supervisor may more"
    assert read(caller, "auditor")["items"][0]["can"] == {}


def test_a_mark_takes_an_item_off_the_list_and_keeps_the_name(caller: Caller) -> None:
    set_aside(caller)
    (item,) = read(caller)["items"]
    for role in ("teller", "supervisor"):
        assert caller.post(f"{DESK}/quarantine/{item['id']}/seen", None, role, key=None).status_code == 200
    assert read(caller)["items"] == []
    (seen,) = read(caller, kind="quarantine", seen=True)["items"]
    assert (seen["seen"]["by"], seen["can"]) == ("teller", {})


def test_a_whole_kind_is_marked_up_to_what_was_looked_at(caller: Caller) -> None:
    for offset in range(5):
        set_aside(caller, offset=offset)
    newest = read(caller, kind="quarantine")["items"][0]
    set_aside(caller, offset=9)
    marked = caller.post(f"{DESK}/quarantine/seen", {"upto": newest["key"]}, key=None)
    assert marked.json() == {"marked": 5}
    assert read(caller)["counts"]["quarantine"] == 1


def test_pages_lead_through_every_kind(caller: Caller, clock: StandingClock) -> None:
    for offset in range(4):
        set_aside(caller, offset=offset)
    for _ in range(3):
        caller.send(1, BOB)
    clock.pass_ms(STUCK_AFTER_MS)
    seen = []
    answer = caller.get(f"{DESK}?limit=2")
    while True:
        seen += [(item["kind"], item["id"]) for item in answer.json()["items"]]
        if not answer.json()["next"]:
            break
        answer = caller.get(answer.json()["next"])
    assert [kind for kind, _ in seen] == ["stuck"] * 3 + ["quarantine"] * 4
    assert len(set(seen)) == 7
    for nonsense in ("bm9wZSA3", "c3R1Y2sgeA", "!!!"):
        assert caller.get(f"{DESK}?cursor={nonsense}").status_code == 422


def test_what_was_not_believed_is_tried_again_by_a_supervisor_and_credits_once(caller: Caller) -> None:
    before = caller.balance(ALICE)
    record = a_payment_from_bob(caller, "from-bob", 2_00)
    set_aside(caller, record.value or b"", why="not believed: no key of BRVO is on file")
    (item,) = read(caller)["items"]
    path = f"{DESK}/quarantine/{item['id']}/redrive"
    assert caller.post(path, None).status_code == 403
    charter = caller.bank.charter
    type(caller.bank).reading, kept = (  # its key has arrived meanwhile
        lambda _: Desk(charter.bank_id, charter.federation_id, charter.directory),
        type(caller.bank).reading,
    )
    try:
        first, again = (caller.post(path, None, "supervisor", key="once") for _ in range(2))
    finally:
        type(caller.bank).reading = kept
    assert (first.status_code, first.json()["outcome"]) == (200, "credited")
    assert first.json()["words"] == "it was believed, and the payment was decided: credited"
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert caller.balance(ALICE) == before + 2_00
    (seen,) = read(caller, seen=True)["items"]
    assert [act["act"] for act in seen["acts"]] == ["seen", "redrive"]


def test_taking_back_and_trying_again_go_by_the_protocol(caller: Caller, clock: StandingClock) -> None:
    before = caller.balance(ALICE)
    id_ = a_stuck_payment(caller, clock)
    hastened = caller.post(f"{DESK}/stuck/{id_}/redrive", None, "supervisor")
    assert hastened.json()["outcome"] == "PENDING"
    assert caller.post(f"{DESK}/stuck/{id_}/take-back", None).json()["outcome"] == "CANCELLING"
    assert caller.balance(ALICE) == before - 5_00


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("quarantine/77/seen", 404, "not_found"),
        ("quarantine/no/seen", 404, "not_found"),
        ("recall/BRVO:x/seen", 404, "not_found"),
        ("stuck/none/ask", 404, "not_found"),
        ("nonsense/1/seen", 422, "invalid"),
        ("stuck/1/blow-up", 404, "not_found"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(caller: Caller, path: str, status: int, code: str) -> None:
    answer = caller.post(f"{DESK}/{path}", None)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_acts_that_send_something_need_a_key(caller: Caller, clock: StandingClock) -> None:
    id_ = a_stuck_payment(caller, clock)
    assert caller.post(f"{DESK}/stuck/{id_}/ask", None, key=None).json()["code"] == "key_missing"


def test_a_recall_and_its_answer_are_on_the_desk_with_the_addresses_for_both(caller: Caller) -> None:
    from_bob = a_payment_from_bob(caller, "from-bob", 2_00)
    receive_record(caller, from_bob)
    with caller.bank.readers.connection() as connection:
        received = transfer_queries.decision(connection, "from-bob")
    assert received is not None
    body, _ = recall(
        now_us=caller.bank.clock.now_us(),
        event_id="e",
        federation_id=caller.bank.charter.federation_id,
        recall_id="r-1",
        original=("from-bob", received.content_hash),
        from_bank="BRVO",
        to_bank="ALFA",
        reason="sent twice",
    )
    receive_record(caller, Record("external-transfers", 0, 1, b"ALFA", body))
    (item,) = read(caller, "supervisor", kind="recall")["items"]
    assert item["id"] == "BRVO:r-1"
    assert item["text"] == "BRVO asks back 2.00 EUR that Alice was given. “Sent twice.”"
    assert item["can"] == {act: f"/api/v1/recalls/BRVO/r-1/{act}" for act in ("agree", "refuse")}
    assert caller.post(item["can"]["refuse"], {"reason": "she keeps it"}, "supervisor").status_code == 200
    assert read(caller)["counts"]["recall"] == 0
    (item,) = read(caller, kind="recall", seen=True)["items"]
    assert (item["seen"]["by"], item["facts"]["state"]) == ("supervisor", "REFUSED")


def receive_record(caller: Caller, record: Record) -> None:
    charter = caller.bank.charter
    incoming = Desk("ALFA", charter.federation_id, charter.directory).read(record, caller.bank.clock.now_us())
    assert incoming is not None
    caller.bank.submit_and_wait(receive_records, Batch((incoming,)))
