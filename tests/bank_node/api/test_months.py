"""The archive over the API: months, their balances, which are sealed; and a sealed one is read as any other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bank_node.api.paging import cursor
from bank_node.broker.archivist import Archivist
from bank_node.operations.cash import CashOrder, deposit
from bank_node.store.audit_check import check_chain
from tests.support.counter import ALICE, CAROL, CUSTOMER, OPENING, Caller, StandingClock, a_caller

DAY_MS = 86_400_000
MONTHS, MINE = f"/api/v1/accounts/{ALICE}/months", f"/api/v1/me/accounts/{ALICE}/months"


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """From 5 January 2027 on five months with a deposit each; what is two months old is sealed."""
    clock = StandingClock()
    clock.at_us = 1_799_143_200_000_000
    folder = tmp_path_factory.mktemp("alfa")
    with a_caller(folder, clock=clock, archive_after_months=1, synchronous="OFF") as opened:
        for euros in range(1, 6):
            opened.bank.submit_and_wait(deposit, CashOrder(ALICE, euros * 100, "EUR", "teller", f"month {euros}"))
            clock.pass_ms(31 * DAY_MS)
            archivist = Archivist(opened.bank, opened.bank.writer.submit)
            while archivist.tick():
                pass
        yield opened


def items(caller: Caller, path: str, role: str = "teller") -> list[dict[str, Any]]:
    answer = caller.get(path, role)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_an_account_is_told_month_by_month_with_what_is_archived(caller: Caller) -> None:
    for role, path in (("teller", MONTHS), (CUSTOMER, MINE)):
        found = items(caller, path, role)
        assert [(line["month"], line["closing_minor"], line["archived"]) for line in found] == [
            ("2027-05", OPENING + 15_00, False),
            ("2027-04", OPENING + 10_00, True),
            ("2027-03", OPENING + 6_00, True),
            ("2027-02", OPENING + 3_00, True),
            ("2027-01", OPENING + 1_00, True),
        ]
        assert [line["archived_at"] is not None for line in found] == [line["archived"] for line in found]


def test_a_sealed_month_is_read_as_any_other(caller: Caller) -> None:
    for role, path in (("teller", MONTHS), (CUSTOMER, MINE)):
        for line in items(caller, path, role):
            (booked, *opening) = items(caller, line["links"]["transactions"], role)
            assert booked["balance_minor"] == line["closing_minor"]
            assert len(opening) == (line["month"] == "2027-01")
            said = caller.get(line["links"]["statement"], role).json()
            assert (said["closing_minor"], said["is_archived"]) == (line["closing_minor"], line["archived"])
    whole = caller.get(f"/api/v1/accounts/{ALICE}/statement?from=2027-01-01&until=2027-05-31").json()
    assert (whole["is_closed"], whole["is_archived"], len(whole["lines"])) == (True, False, 6)


def test_months_go_on_page_by_page_and_a_foreign_cursor_is_refused(caller: Caller) -> None:
    first = caller.get(f"{MONTHS}?limit=3").json()
    second = caller.get(first["next"]).json()
    assert [line["month"] for line in second["items"]] == ["2027-03", "2027-02", "2027-01"]
    assert second["next"] is None
    for query in ("cursor=MjAyNy0xMw", "cursor=x", "limit=61"):
        assert caller.get(f"{MONTHS}?{query}").status_code == 422, query
    for month in ("9999-12", "0000-01", "1969-07"):  # nobody's months
        for path in (MONTHS, "/api/v1/archive"):
            assert caller.get(f"{path}?limit=60&cursor={cursor(month)}").status_code == 200, month


def test_the_archive_says_its_months_and_its_setting_to_staff(caller: Caller) -> None:
    found = caller.get("/api/v1/archive").json()
    assert (found["after_months"], found["sealed_up_to"]) == (1, "2027-04")
    assert [item["month"] for item in found["items"]] == ["2027-04", "2027-03", "2027-02", "2027-01"]
    assert {item["by"] for item in found["items"]} == {"archive"}
    assert all(len(item["hash"]) == 64 for item in found["items"])
    assert [item["postings"] for item in found["items"]] == [2, 2, 2, 10]
    log = items(caller, "/api/v1/audit/log?object=month/2027-04", "auditor")
    assert found["items"][0]["hash"] in str(log)
    second = caller.get(caller.get("/api/v1/archive?limit=3").json()["next"]).json()
    assert [item["month"] for item in second["items"]] == ["2027-01"]
    assert caller.get("/api/v1/archive", CUSTOMER).status_code == 404
    assert caller.get(f"/api/v1/me/accounts/{CAROL}/months", CUSTOMER).status_code == 404


def test_the_books_hold(caller: Caller) -> None:
    with caller.bank.readers.connection() as connection:
        assert check_chain(connection).detail == "holds"


def test_where_the_setting_is_off_nothing_is_sealed_and_nobody_looks(caller: Caller) -> None:
    off = caller.bank.settings.model_copy(update={"archive_after_months": 0})

    class Nobody:
        settings = off

    assert Archivist(Nobody(), caller.bank.writer.submit).tick() == 0  # type: ignore[arg-type]
