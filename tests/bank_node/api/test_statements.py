"""History with its filters, and statements with their papers, over the API."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import fromstring

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.statements.link import GOOD_FOR_S, read_link
from tests.support.counter import ALICE, BOB, CAROL, CUSTOMER, Caller, StandingClock

HISTORY = f"/api/v1/accounts/{ALICE}/transactions"
STATEMENT = f"/api/v1/accounts/{ALICE}/statement"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module", autouse=True)
def days(caller: Caller) -> None:
    for minor, reference in ((1_00, "Miete"), (2_00, "=1+1"), (3_00, SCRIPT)):
        body = {"account": ALICE, "amount_minor": minor, "currency": "EUR", "reference": reference}
        assert caller.post("/api/v1/deposits", body).status_code == 201
    assert caller.send(4_00, to_name="Carol", reference="lunch at Ångström").status_code == 201
    assert caller.send(5_00, to=BOB, to_name=SCRIPT, reference="@rent").status_code == 202


def amounts(caller: Caller, query: str, role: str = "teller", path: str = HISTORY) -> list[int]:
    return [item["amount_minor"] for item in caller.get(f"{path}?{query}", role).json()["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=miete", [1_00]),
        ("q=%C3%85NGSTR%C3%96M", [-4_00]),
        (f"q={CAROL}", [-4_00]),
        ("min_minor=400&max_minor=500", [-5_00, -4_00]),
        ("q=3.00", [3_00]),
        ("until=2001-01-01", []),
        ("month=2001-12", []),
    ],
)
def test_a_history_is_filtered(caller: Caller, query: str, found: list[int]) -> None:
    assert amounts(caller, query) == found
    assert amounts(caller, query, CUSTOMER, f"/api/v1/me/accounts/{ALICE}/transactions") == found


def test_filters_stay_in_the_address_of_the_next_page(caller: Caller) -> None:
    first = caller.get(f"{HISTORY}?max_minor=500&limit=2").json()
    assert "max_minor=500" in first["next"]
    second = caller.get(first["next"]).json()
    third = caller.get(second["next"]).json()
    seen = [item["amount_minor"] for page in (first, second, third) for item in page["items"]]
    assert seen == [-5_00, -4_00, 3_00, 2_00, 1_00]
    assert third["next"] is None


@pytest.mark.parametrize(
    "query", ["from=yesterday", "until=2026-02-30", "min_minor=-1", "month=2026-1", "from=2026-11-1"]
)
def test_what_cannot_be_a_filter_is_refused_by_its_name(caller: Caller, query: str) -> None:
    answer = caller.get(f"{HISTORY}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, query.partition("=")[0])


def statement(caller: Caller, role: str = "teller", path: str = STATEMENT, query: str = "") -> dict[str, Any]:
    answer = caller.get(f"{path}{query}", role)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_statement_adds_up_and_names_its_papers(caller: Caller) -> None:
    for role, under in (("teller", "accounts"), (CUSTOMER, "me/accounts")):
        found = statement(caller, role, f"/api/v1/{under}/{ALICE}/statement")
        assert found["closing_minor"] == caller.balance()
        assert found["opening_minor"] + sum(line["amount_minor"] for line in found["lines"]) == found["closing_minor"]
        rows = list(csv.reader(io.StringIO(caller.get(found["links"]["csv"], role).content.decode("utf-8-sig"))))
        assert len(rows) == len(found["lines"]) + 3
        assert "'=1+1" in [row[7] for row in rows]
        assert "'@rent" in [row[7] for row in rows]
        xml = caller.get(found["links"]["camt053"], role)
        assert xml.headers["content-type"] == "application/xml"
        assert "attachment" in xml.headers["content-disposition"]
        assert SCRIPT in "".join(fromstring(xml.content).itertext())


def test_somebody_elses_statement_is_not_there_for_a_customer(caller: Caller) -> None:
    for ending in ("", ".csv", ".xml"):
        for under in ("accounts", "me/accounts"):
            answer = caller.get(f"/api/v1/{under}/{CAROL}/statement{ending}", CUSTOMER)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_days_that_are_none_are_refused(caller: Caller) -> None:
    for query in ("?month=2026-13", "?from=2026-11-05&until=2026-11-04", "?from=x"):
        assert caller.get(f"{STATEMENT}{query}").status_code == 422


def test_a_signed_address_is_good_for_its_statement_and_its_time(caller: Caller, clock: StandingClock) -> None:
    bank = caller.bank
    path = urlsplit(statement(caller, query="?month=2026-11")["links"]["pdf"])
    said = dict(parse_qsl(path.query))
    assert path.path == f"/statements/{ALICE}.pdf"
    assert (read_link(bank, ALICE, said).first, read_link(bank, ALICE, said).last) == ("2026-11-01", "2026-11-30")
    for name, other in (("from", "2020-01-01"), ("until", "2030-01-01"), ("expires", "9999999999"), ("signature", "0")):
        with pytest.raises(Refusal, match="not one the bank gave out"):
            read_link(bank, ALICE, {**said, name: other})
        with pytest.raises(Refusal, match="not one the bank gave out"):
            read_link(bank, ALICE, {key: value for key, value in said.items() if key != name})
    with pytest.raises(Refusal, match="not one the bank gave out"):
        read_link(bank, CAROL, said)
    with pytest.raises(Refusal, match="not one the bank gave out"):
        read_link(bank, ALICE, {**said, "signature": "\ud800é"})
    clock.pass_ms(GOOD_FOR_S * 1000)
    with pytest.raises(Refusal, match="expired"):
        read_link(bank, ALICE, said)
