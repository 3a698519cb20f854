"""Within /api/v1 things are only added: what programs leaned on is there still, or is said to be going."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest

from bank_node.api.docs import describe
from bank_node.api.retiring import RETIRING, Retiring
from tests.support.api_fuzz import named_in, operations_in
from tests.support.api_surface import WRITTEN_DOWN, surface, taken_away
from tests.support.counter import ALICE, Caller


@pytest.fixture(scope="module")
def document(caller: Caller) -> dict[str, Any]:
    return caller.http.get("/openapi.json").json()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def requests(document: dict[str, Any]) -> set[str]:
    bodies = [operation.get("requestBody") for operation in operations_in(document)]
    return named_in(bodies, document["components"]["schemas"])


def test_nothing_that_programs_lean_on_was_taken_away(document: dict[str, Any], requests: set[str]) -> None:
    written = json.loads(WRITTEN_DOWN.read_text("utf-8"))
    assert taken_away(written, surface(document), requests) == []


def test_what_is_taken_away_is_noticed_and_what_is_added_is_not(document: dict[str, Any], requests: set[str]) -> None:
    before = surface(document)
    now = copy.deepcopy(before)
    now["operations"]["GET /api/v1/new"] = {"needs": [], "answers": ["200"]}
    now["models"]["Account"]["members"]["colour"] = "string"
    assert taken_away(before, now, requests) == []
    del now["operations"]["GET /api/v1/banks"]
    now["operations"]["GET /api/v1/desk"]["needs"] = ["kind"]
    now["operations"]["POST /api/v1/deposits"]["answers"] = ["201"]
    del now["models"]["Account"]["members"]["label"]
    now["models"]["Entry"]["members"]["entry_id"] = "string"
    now["models"]["CashInput"]["needs"].append("reference")
    assert sorted(taken_away(before, now, requests)) == [
        "Account.label was string | null, is gone",
        "CashInput needs reference now",
        "Entry.entry_id was integer, is string",
        "GET /api/v1/banks is gone",
        "GET /api/v1/desk needs kind now",
        "POST /api/v1/deposits answers 202 no more",
    ]


def test_a_route_that_will_go_says_so_in_each_answer_and_in_the_description(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/api/v1/accounts/{number}"
    going = Retiring(date(2026, 11, 1), date(2027, 5, 1), "/api/v2/accounts")
    monkeypatch.setitem(RETIRING, ("GET", path), going)
    for number, status in ((ALICE, 200), ("XF00", 422)):
        answer = caller.get(path.replace("{number}", number))
        assert answer.status_code == status
        assert answer.headers["deprecation"] == "@1793491200"
        assert answer.headers["sunset"] == "Sat, 01 May 2027 00:00:00 GMT"
        assert answer.headers["link"] == '</api/v2/accounts>; rel="successor-version"'
    assert "deprecation" not in caller.get("/api/v1/accounts").headers
    app: Any = caller.http.client._transport.app  # type: ignore[attr-defined]
    described = describe(app, caller.bank)["paths"]
    assert described[path]["get"]["deprecated"]
    assert "deprecated" not in described[path]["patch"]
    with pytest.raises(ValueError, match="180 days"):
        Retiring(date(2026, 11, 1), date(2026, 12, 1), "/api/v2/accounts")
