"""Every route and every role, from the bank's own description: nothing is open that the one table does not open."""

from __future__ import annotations

from typing import Any

import pytest

from bank_node.people.roles import CUSTOMER, ROLES, TABLE
from tests.support.counter import ALICE, Caller

OPEN_TO_ALL = {
    ("get", "/livez"),
    ("get", "/readyz"),
    ("get", "/version"),
    ("get", "/metrics"),
    ("post", "/api/v1/auth/token"),
}


def operations(caller: Caller) -> list[tuple[str, str, dict[str, Any]]]:
    paths = caller.http.get("/openapi.json").json()["paths"]
    return [(method, path, operation) for path, methods in paths.items() for method, operation in methods.items()]


def knock(caller: Caller, method: str, path: str, headers: dict[str, str]) -> Any:
    """A request that is refused for what it says, if it is not refused for who says it."""
    filled = (
        path.replace("{number}", ALICE)
        .replace("{customer_id}", "1")
        .replace("{transaction_id}", "none")
        .replace("{username}", "none")
        .replace("{from_bank}", "BRVO")
        .replace("{recall_id}", "none")
        .replace("{item_id}", "1")
        .replace("{kind}", "stuck")
        .replace("{hold_id}", "1")
        .replace("{note_id}", "1")
        .replace("{card_id}", "1")
        .replace("{drawer_id}", "1")
        .replace("{approval_id}", "1")
        .replace("{entry_id}", "1")
        .replace("{id}", "1")
        .replace("{session}", "0" * 16)
    )
    filled = filled.replace("/events", "/events?types=none")  # the stream itself has no end
    body = {"json": {"nonsense": True}} if method in ("post", "patch", "put") else {}
    return caller.http.request(method.upper(), filled, headers={"Idempotency-Key": "k", **headers}, **body)


def test_without_a_token_nothing_is_open_but_health_and_the_door(caller: Caller) -> None:
    asked = {(method, path): knock(caller, method, path, {}) for method, path, _ in operations(caller)}
    shut = {route for route, answer in asked.items() if answer.status_code == 401}
    assert set(asked) - shut == OPEN_TO_ALL
    for route in shut:
        assert asked[route].headers["www-authenticate"].startswith("Bearer")
        assert asked[route].json()["code"] == "unauthenticated"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_the_table_says_and_nothing_else(caller: Caller, role: str) -> None:
    for method, path, operation in operations(caller):
        if (method, path) in OPEN_TO_ALL or path.endswith("/auth/token"):
            continue
        answer = knock(caller, method, path, caller.bearer(role))
        allowed = role in TABLE[operation["x-action"]]
        if role == CUSTOMER and not allowed:  # there is nothing but his own for him
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path, answer.text)
            continue
        assert (answer.status_code != 403) == allowed, (method, path, role, answer.text)
        assert operation["x-roles"] == [name for name in ROLES if name in TABLE[operation["x-action"]]]
        if not allowed:
            assert answer.json()["code"] == "forbidden"
            assert role in answer.json()["detail"]


def test_every_secured_route_names_its_action_and_its_roles(caller: Caller) -> None:
    for method, path, operation in operations(caller):
        assert ("x-action" in operation) == ("security" in operation) == ((method, path) not in OPEN_TO_ALL)
