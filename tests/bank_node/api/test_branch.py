"""Drawers, four eyes, reversals and the business day by the API: what a page does, a program can do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.bank_node.api.test_desk import receive_record
from tests.bank_node.api.test_transfer_desk import a_payment_from_bob
from tests.support.counter import ALICE, BOB, CAROL, OPENING, PASSWORD, Caller, StandingClock, a_caller
from tests.support.tampering import tamper_file

LIMIT = 50_00
SIGNED = {"supervisor": "supervisor", "supervisor_password": PASSWORD}


@pytest.fixture
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    folder = tmp_path_factory.mktemp("alfa")
    with a_caller(folder, clock=StandingClock(), approval_limit_minor=LIMIT, synchronous="OFF") as opened:
        yield opened


def cash(minor: int, account: str = ALICE, **other: Any) -> dict[str, Any]:
    return {"account": account, "amount_minor": minor, "currency": "EUR", **other}


def test_above_the_limit_a_tellers_payment_waits_and_is_found_under_its_id(caller: Caller) -> None:
    answer = caller.send(60_00, BOB, key="k")
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["status"], asked["state"]) == ("pending", "AWAITING_APPROVAL")
    found = caller.get(answer.headers["location"]).json()
    assert (found["status"], found["state"], found["amount_minor"]) == ("pending", "AWAITING_APPROVAL", 60_00)
    again = caller.send(60_00, BOB, key="k")
    assert (again.json(), again.headers["idempotency-replayed"]) == (asked, "true")
    account = caller.get(f"/api/v1/accounts/{ALICE}").json()
    assert (account["balance_minor"], account["held_minor"], account["available_minor"]) == (OPENING, 60_00, 40_00)
    listed = caller.get("/api/v1/approvals").json()
    assert (listed["waiting"], [item["approval_id"] for item in listed["items"]]) == (1, [asked["approval_id"]])
    approved = caller.post(f"{asked['links']['approval']}/approve", {}, "supervisor")
    assert (approved.status_code, approved.json()["state"]) == (200, "APPROVED")
    assert approved.json()["links"]["done"] == answer.headers["location"]
    found = caller.get(answer.headers["location"]).json()
    assert (found["state"], found["transaction_id"]) == ("PENDING", asked["transaction_id"])
    assert found["approved_by"] == "supervisor"
    assert caller.balance() == OPENING - 60_00


def test_up_to_the_limit_and_for_a_supervisor_nothing_waits(caller: Caller) -> None:
    assert caller.send(LIMIT, CAROL).status_code == 201
    assert caller.post("/api/v1/deposits", cash(LIMIT + 1), "supervisor").status_code == 201


def test_a_rejected_payment_is_rejected_and_says_why(caller: Caller) -> None:
    asked = caller.send(60_00, BOB).json()
    rejected = caller.post(f"{asked['links']['approval']}/reject", {"reason": "no papers"}, "supervisor")
    assert (rejected.status_code, rejected.json()["reason"]) == (200, "no papers")
    found = caller.get(asked["links"]["self"]).json()
    assert (found["status"], found["reason"]) == ("rejected", {"code": "REJECTED", "text": "no papers"})
    late = caller.post(f"{asked['links']['approval']}/approve", {}, "supervisor")
    assert (late.status_code, late.json()["code"]) == (409, "final")


def test_a_teller_decides_nothing_but_withdraws_his_own(caller: Caller) -> None:
    path = f"/api/v1/approvals/{caller.post('/api/v1/deposits', cash(60_00)).json()['approval_id']}"
    assert caller.post(f"{path}/approve", {}).status_code == 403
    assert caller.post(f"{path}/withdraw", None).json()["state"] == "WITHDRAWN"
    assert caller.get("/api/v1/approvals?decided=true").json()["items"][0]["state"] == "WITHDRAWN"


GOOD_ORDER = (
    f'{{"from_account": "{ALICE}", "to_bank": "BRVO", "to_account": "{BOB}", "currency": "EUR", "amount_minor": 6000'
)


@pytest.mark.parametrize(
    "altered",
    [
        *("no JSON", "[]", "{}", '{"from_account": 1}', '{"to_account": null, "from_account": "x"}', '"\\ud800"'),
        *(f'{GOOD_ORDER}, "x": {"[" * levels}{"]" * levels}}}' for levels in (1, 250, 300, 1000)),
        f'{GOOD_ORDER}, "denominations": {"[" * 300}{"]" * 300}}}',
        f'{GOOD_ORDER}, "denominations": {{"x": {"[" * 300}{"]" * 300}}}}}',
    ],
    ids=range(12),
)
def test_an_order_that_was_made_unreadable_is_told_of_and_can_only_be_rejected(caller: Caller, altered: str) -> None:
    asked = caller.send(60_00, BOB).json()
    tamper_file(caller.bank, "UPDATE approvals SET request = ?", altered)
    path = asked["links"]["approval"]
    for item in (caller.get(path).json(), caller.get("/api/v1/approvals").json()["items"][0]):
        assert (item["order"], item["state"], item["amount_minor"]) == (None, "WAITING", 60_00)
        assert "changed past the bank's own program" in item["unreadable"]
    found = caller.get(asked["links"]["self"]).json()
    assert (found["reason"]["code"], found["from_account"], found["amount_minor"]) == ("altered", None, 60_00)
    mine = caller.get(f"/api/v1/me/transfers/{asked['transaction_id']}", role="customer").json()
    assert mine["reason"]["code"] == "altered"
    assert ("Reject it" in mine["reason"]["text"], "Ask your bank" in mine["reason"]["text"]) == (False, True)
    refused = caller.post(f"{path}/approve", {}, "supervisor")
    assert (refused.status_code, refused.json()["code"]) == (409, "final")
    assert caller.post(f"{path}/reject", {"reason": "altered"}, "supervisor").json()["state"] == "REJECTED"
    account = caller.get(f"/api/v1/accounts/{ALICE}").json()
    assert (account["balance_minor"], account["held_minor"]) == (OPENING, 0)


def test_a_supervisor_signs_in_place(caller: Caller) -> None:
    wrong = caller.post("/api/v1/withdrawals", cash(60_00, **{**SIGNED, "supervisor_password": "no"}), key="k")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "override_refused")
    done = caller.post("/api/v1/withdrawals", cash(60_00, **SIGNED), key="k")
    assert done.status_code == 201
    entry = caller.get(f"/api/v1/entries/{done.json()['entry_id']}").json()
    assert (entry["actor"], entry["approved_by"], caller.balance()) == ("teller", "supervisor", OPENING - 60_00)


def test_in_a_batch_only_what_is_above_the_limit_waits(caller: Caller) -> None:
    order = {"from_account": ALICE, "to_bank": "ALFA", "to_account": CAROL, "currency": "EUR"}
    items = [{**order, "amount_minor": n, "idempotency_key": str(n)} for n in (1_00, 60_00, 99_00, 2_00)]
    answers = caller.post("/api/v1/transfers/batch", {"transfers": items}, key=None).json()["items"]
    assert [answer["http_status"] for answer in answers] == [201, 202, 422, 201]
    assert answers[1]["state"] == "AWAITING_APPROVAL"
    assert answers[2]["problem"]["code"] == "AM04"


def batched(caller: Caller, minor: int, key: str) -> dict[str, Any]:
    order = {"from_account": ALICE, "to_bank": "ALFA", "to_account": CAROL, "currency": "EUR"}
    item = {**order, "amount_minor": minor, "idempotency_key": key}
    answer = caller.post("/api/v1/transfers/batch", {"transfers": [item]}, key=None)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["items"][0])


def test_a_batch_repeats_what_was_signed_in_place(caller: Caller) -> None:
    done = caller.send(60_00, key="k", **SIGNED).json()
    again = batched(caller, 60_00, "k")
    assert (again["http_status"], again["replayed"], again["transaction_id"]) == (201, True, done["transaction_id"])
    assert caller.balance() == OPENING - 60_00


def test_a_batch_repeats_what_waits_though_the_limit_was_raised_since(caller: Caller) -> None:
    asked = batched(caller, 60_00, "k")
    raised = caller.bank.settings.model_copy(update={"approval_limit_minor": 0})
    object.__setattr__(caller.bank, "settings", raised)
    again = batched(caller, 60_00, "k")
    assert again == {**asked, "replayed": True}
    assert (again["http_status"], caller.balance()) == (202, OPENING)


def test_a_received_payment_whose_id_is_a_number_is_not_taken_for_the_entry_of_that_number(caller: Caller) -> None:
    entry_id = caller.post("/api/v1/deposits", cash(60_00, **SIGNED)).json()["entry_id"]
    receive_record(caller, a_payment_from_bob(caller, str(entry_id), 2_00))
    received = caller.get(f"/api/v1/accounts/{ALICE}/transactions?limit=1").json()["items"][0]
    assert received["transaction_id"] == str(entry_id)
    assert caller.get(f"/api/v1/entries/{received['entry_id']}").json()["approved_by"] is None
    assert caller.get(f"/api/v1/entries/{entry_id}").json()["approved_by"] == "supervisor"


def test_cash_goes_through_a_claimed_drawer_and_back_to_the_vault(caller: Caller) -> None:
    claimed = caller.post("/api/v1/drawers", {"number": 7, "floats": {"EUR": 20_00}}, key="k")
    assert (claimed.status_code, claimed.json()["cash"]) == (201, {"EUR": 20_00})
    again = caller.post("/api/v1/drawers", {"number": 7, "floats": {"EUR": 20_00}}, key="k")
    assert (again.json(), again.headers["idempotency-replayed"]) == (claimed.json(), "true")
    assert caller.post("/api/v1/drawers", {"number": 8}).json()["code"] == "drawer_taken"
    wrong = caller.post("/api/v1/deposits", cash(10_00, denominations={"500": 1}))
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/denominations")
    assert caller.post("/api/v1/deposits", cash(10_00, denominations={"500": 2})).status_code == 201
    assert caller.post("/api/v1/withdrawals", cash(30_01)).json()["code"] == "drawer_short"
    path = claimed.headers["location"]
    short = {"counted": {"EUR": {"500": 5}}, "reason": "miscounted"}
    assert caller.post(f"{path}/close", {"counted": short["counted"]}).json()["code"] == "variance"
    assert caller.post(f"{path}/close", short).json()["errors"][0]["pointer"] == "/supervisor"
    closed = caller.post(f"{path}/close", {**short, **SIGNED}).json()
    assert (closed["state"], closed["variance"], closed["supervisor"]) == ("closed", {"EUR": -5_00}, "supervisor")
    assert caller.get("/api/v1/drawers").json()["items"] == []
    assert [row["number"] for row in caller.get("/api/v1/drawers?closed=true").json()["items"]] == [7]


def test_the_drawer_of_a_teller_who_left_is_closed_by_a_supervisor_and_the_day_too(caller: Caller) -> None:
    path = caller.post("/api/v1/drawers", {"number": 7, "floats": {"EUR": 20_00}}).headers["location"]
    others = caller.post(f"{path}/close", {"counted": {"EUR": {"500": 4}}}, "auditor")
    assert others.status_code == 403
    gone = caller.http.request("PATCH", "/api/v1/staff/teller", json={"active": False}, headers=caller.bearer("admin"))
    assert gone.status_code == 200
    closed = caller.post(f"{path}/close", {"counted": {"EUR": {"500": 4}}}, "supervisor")
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert (closed.json()["teller"], closed.json()["supervisor"]) == ("teller", "supervisor")
    assert caller.post("/api/v1/day/close", {}, "supervisor").status_code == 200


def test_a_mistake_is_reversed_once(caller: Caller) -> None:
    entry_id = caller.post("/api/v1/deposits", cash(10_00)).json()["entry_id"]
    path = f"/api/v1/entries/{entry_id}"
    done = caller.post(f"{path}/reverse", {"reason": "wrong customer"})
    assert (done.status_code, done.json()["reverses"], caller.balance()) == (201, entry_id, OPENING)
    assert caller.get(path).json()["reversed_by"] == done.json()["entry_id"]
    assert caller.post(f"{path}/reverse", {"reason": "again"}).json()["code"] == "final"
    assert caller.post("/api/v1/entries/999/reverse", {"reason": "x"}).status_code == 404


def test_a_reversal_above_the_limit_waits(caller: Caller) -> None:
    entry_id = caller.post("/api/v1/deposits", cash(60_00, **SIGNED)).json()["entry_id"]
    waiting = caller.post(f"/api/v1/entries/{entry_id}/reverse", {"reason": "wrong customer"})
    assert waiting.status_code == 202
    caller.post(f"{waiting.headers['location']}/approve", {}, "supervisor")
    assert caller.balance() == OPENING


def test_the_day_is_closed_when_its_list_is_done_and_opened_again_by_a_supervisor(caller: Caller) -> None:
    day = caller.get("/api/v1/day").json()
    assert (day["can_close"], set(day["trial_balance"].values())) == (True, {0})
    drawer = caller.post("/api/v1/drawers", {"number": 1}).headers["location"]
    assert caller.get("/api/v1/day").json()["open_drawers"] == [{"number": 1, "teller": "teller"}]
    stands = caller.post("/api/v1/day/close", {})
    assert (stands.status_code, stands.json()["code"]) == (409, "day_not_done")
    caller.post(f"{drawer}/close", {"counted": {}})
    caller.send(1_00, BOB)
    closed = caller.post("/api/v1/day/close", {"date": day["business_date"]}).json()
    assert closed["closed"] == day["business_date"] < closed["business_date"]
    assert (closed["queued"]["count"], closed["queued"]["payments"][0]["to_bank"]) == (1, "BRVO")
    assert caller.post("/api/v1/day/reopen", {"reason": "x"}).status_code == 403
    reopened = caller.post("/api/v1/day/reopen", {"reason": "forgot one"}, "supervisor").json()
    assert reopened["business_date"] == day["business_date"]


def test_a_conditional_debit_is_done_only_if_so_much_is_available(caller: Caller) -> None:
    refused = caller.post("/api/v1/withdrawals", cash(10_00, only_if_available_minor=OPENING + 1))
    assert (refused.status_code, refused.json()["code"]) == (409, "condition_not_met")
    assert refused.json()["errors"][0]["pointer"] == "/only_if_available_minor"
    assert caller.post("/api/v1/withdrawals", cash(10_00, only_if_available_minor=OPENING)).status_code == 201
    assert caller.send(10_00, BOB, only_if_available_minor=OPENING).status_code == 409
    assert caller.send(10_00, BOB, only_if_available_minor=OPENING - 10_00).status_code == 202
