"""What holds for the whole API: money beside its currency, ids that rise, times in UTC, pages without offsets."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bank_node.ledger.account import read_number
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import EXPONENTS
from tests.support.counter import ALICE, BOB, CAROL, Caller, StandingClock, a_caller

# Amounts whose currency stands elsewhere, and where
ELSEWHERE = {
    "AccountOpened": "the account's, of the request",
    "AccountTerms": "the account's",
    "LimitInput": "the account's",
    "Posting": "of the entry around it",
    "StatementDocument": "beside",
    "StatementEntry": "of the statement around it",
    "ReturnInput": "of the payment that is returned",
    "RecallAgreement": "of the payment that is asked back",
}


@pytest.fixture(scope="module")
def models(caller: Caller) -> dict[str, dict[str, Any]]:
    return caller.http.get("/openapi.json").json()["components"]["schemas"]  # type: ignore[no-any-return]


def test_amounts_are_whole_minor_units_beside_their_currency(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        amounts = {member: said for member, said in model.get("properties", {}).items() if member.endswith("_minor")}
        for member, said in amounts.items():
            types = {one.get("type") for one in said.get("anyOf", [said])}
            assert types <= {"integer", "null"}, (name, member)
        if amounts and name not in ELSEWHERE:
            assert "currency" in model["properties"], name
    assert not set(ELSEWHERE) - set(models)
    assert EXPONENTS == {"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "JPY": 0, "KWD": 3}


def test_ids_of_transfers_are_of_version_seven_and_rise(caller: Caller, clock: StandingClock) -> None:
    made = []
    for _ in range(20):
        clock.pass_ms(1)  # within one millisecond they are in any order
        made.append(caller.send(1, BOB).json()["transaction_id"])
    assert {uuid.UUID(id_).version for id_ in made} == {7}
    assert {uuid.UUID(id_).variant for id_ in made} == {uuid.RFC_4122}
    assert made == sorted(set(made))


def test_account_numbers_are_of_no_country_and_check_themselves(caller: Caller) -> None:
    numbers = [item["number"] for item in caller.get("/api/v1/accounts").json()["items"]]
    assert all(re.fullmatch(r"XF\d\d[A-Z]{4}\d{10}", number) for number in numbers)
    for number in numbers:
        as_digits = "".join(str(int(sign, 36)) for sign in number[4:] + number[:4])
        assert int(as_digits) % 97 == 1  # ISO 13616
        with pytest.raises(Refusal):
            read_number(f"{number[:-1]}{(int(number[-1]) + 1) % 10}", "account")


def test_moments_are_in_utc_to_the_millisecond_and_the_business_date_stands_apart(caller: Caller) -> None:
    entry = caller.post("/api/v1/deposits", {"account": ALICE, "amount_minor": 1, "currency": "EUR"}).json()["entry_id"]
    answers = [
        caller.get(path, role).json()
        for path, role in (
            (f"/api/v1/entries/{entry}", "teller"),
            ("/api/v1/transfers", "teller"),
            ("/api/v1/day", "teller"),
            ("/api/v1/auth/sessions", "teller"),
            ("/api/v1/audit/log", "auditor"),
        )
    ]
    moments = [text for answer in answers for name, text in members(answer) if name == "at" or name.endswith("_at")]
    assert len(moments) > 20
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text) for text in moments if text is not None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", answers[0]["business_date"])


def members(answer: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(answer, dict):
        yield from answer.items()
    for inner in answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ():
        yield from members(inner)


def test_a_list_that_grows_while_it_is_read_shows_everything_once(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        made = [caller.send(1, CAROL).json()["transaction_id"] for _ in range(6)]
        answer = caller.get("/api/v1/transfers?limit=2")
        seen = [item["transaction_id"] for item in answer.json()["items"]]
        while answer.json()["next"]:
            caller.send(1, CAROL)  # newer than all that is read from here on
            following = answer.json()["next"]
            assert answer.headers["link"] == f'<{following}>; rel="next"'
            assert "offset" not in following
            answer = caller.get(following)
            seen += [item["transaction_id"] for item in answer.json()["items"]]
        assert seen == made[::-1]
        assert "link" not in answer.headers
        assert caller.get("/api/v1/transfers?limit=201").status_code == 422
