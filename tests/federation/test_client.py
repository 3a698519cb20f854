"""A bank's HTTP face, from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from federation.client import BankAway, BankClient, BankRefused
from tests.support.paper_bank import PaperBank, open_paper_bank


@pytest.fixture
def bank() -> Iterator[PaperBank]:
    with open_paper_bank() as bank:
        yield bank


@pytest.fixture
def client(bank: PaperBank) -> Iterator[BankClient]:
    with BankClient(bank.url, "ALFA") as client:
        yield client


def test_a_list_is_read_page_by_page(bank: PaperBank, client: BankClient) -> None:
    pages = [(200, {"items": [{"n": 1}, {"n": 2}], "next": "/api/v1/accounts?cursor=x"}), (200, {"items": [{"n": 3}]})]
    bank.answers["GET /api/v1/accounts"] = pages
    assert [account["n"] for account in client.accounts(limit=2)] == [1, 2, 3]
    assert [query for _, _, query, _, _ in bank.asked] == [{"limit": ["2"]}, {"cursor": ["x"]}]


def test_a_bank_that_is_not_ready_answers_and_is_no_error(bank: PaperBank, client: BankClient) -> None:
    bank.answers["GET /readyz"] = (503, {"detail": "the database is locked"})
    said = client.readyz()
    assert (said["ok"], said["detail"]) == (False, "the database is locked")
    bank.answers["GET /readyz"] = (200, {"ok": True, "status": "degraded"})
    assert client.readyz()["status"] == "degraded"


def test_the_snapshot_comes_line_by_line(bank: PaperBank, client: BankClient) -> None:
    bank.answers["GET /api/v1/audit/snapshot"] = (200, b'{"a":1}\n{"b":2}\n')
    assert list(client.snapshot(["t1", "t2"])) == [b'{"a":1}', b'{"b":2}']
    assert bank.asked[0][2] == {"ids": ["t1,t2"]}


def test_a_refusal_says_its_reason_and_whether_it_is_definite(bank: PaperBank, client: BankClient) -> None:
    bank.answers["GET /api/v1/audit/snapshot"] = (
        403,
        {"code": "forbidden", "detail": "This is for auditor.", "trace_id": "t"},
    )
    with pytest.raises(BankRefused) as refused:
        list(client.snapshot())
    assert (refused.value.reason, refused.value.status, refused.value.definite) == ("forbidden", 403, True)
    assert refused.value.why == "forbidden, HTTP 403; trace t"
    bank.answers["GET /api/v1/accounts/x"] = (500, b"<html>oops")
    with pytest.raises(BankRefused) as failed:
        client.account("x")
    assert not failed.value.definite


def test_a_bank_that_does_not_listen_is_away(bank: PaperBank) -> None:
    with open_paper_bank() as gone:
        url = gone.url
    with BankClient(url, "BRVO") as client, pytest.raises(BankAway, match="BRVO does not answer"):
        client.readyz()


def test_a_wait_is_asked_for_in_seconds(bank: PaperBank, client: BankClient) -> None:
    bank.answers["GET /api/v1/transfers/t1"] = (200, {"transaction_id": "t1", "status": "pending"})
    client.transfer("t1", wait_s=2.5)
    client.transfer("t1", wait_s=10)
    client.transfer("t1")
    assert [query.get("wait") for _, _, query, _, _ in bank.asked] == [["2.5"], ["10"], None]
