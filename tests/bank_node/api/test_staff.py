"""The admin lets people in and out; nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.counter import PASSWORD, Caller

NEW = {"username": "Teller3", "name": "Mira Holm", "role": "teller", "password": "a sentence is fine"}


def sign_in(caller: Caller, username: str, password: str) -> Any:
    return caller.http.post("/api/v1/auth/token", data={"username": username, "password": password})


def change(caller: Caller, username: str, body: dict[str, Any], role: str = "admin") -> Any:
    return caller.http.request("PATCH", f"/api/v1/staff/{username}", json=body, headers=caller.bearer(role))


def test_somebody_new_signs_in_and_out_when_disabled(caller: Caller) -> None:
    hired = caller.post("/api/v1/staff", NEW, "admin")
    assert (hired.status_code, hired.headers["location"]) == (201, "/api/v1/staff/teller3")
    token = sign_in(caller, "teller3", NEW["password"]).json()["access_token"]
    mine = {"Authorization": f"Bearer {token}"}
    assert caller.http.get("/api/v1/accounts", headers=mine).status_code == 200
    assert change(caller, "teller3", {"active": False}).json()["active"] is False
    assert caller.http.get("/api/v1/accounts", headers=mine).status_code == 401
    assert sign_in(caller, "teller3", NEW["password"]).status_code == 401
    assert change(caller, "teller3", {"active": True, "password": "another sentence"}).json()["active"] is True
    assert sign_in(caller, "teller3", "another sentence").status_code == 200
    listed = caller.get("/api/v1/staff", "supervisor").json()["items"]
    mira = {"username": "teller3", "name": "Mira Holm", "role": "teller", "active": True}
    assert {**mira, "password_is_one_time": False} in listed
    assert "argon2" not in str(listed)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"username": "TELLER "}, 409, "name_taken"),
        ({"username": "  "}, 422, "invalid"),
        ({"username": "new", "password": "short"}, 422, "weak_password"),
        ({"username": "new", "password": "password1234"}, 422, "weak_password"),
        ({"username": "new", "role": "owner"}, 422, "invalid"),
        ({"username": "new\nline"}, 422, "invalid"),
        ({"username": "a/b"}, 422, "invalid"),
        ({"username": "."}, 422, "invalid"),
        ({"username": " .. "}, 422, "invalid"),
    ],
)
def test_who_cannot_be_hired_is_told_why(caller: Caller, changes: Any, status: int, code: str) -> None:
    answer = caller.post("/api/v1/staff", {**NEW, **changes}, "admin")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"]


def test_a_name_in_any_letters_has_an_address(caller: Caller) -> None:
    hired = caller.post("/api/v1/staff", {**NEW, "username": "Żółw😍"}, "admin")
    assert (hired.status_code, hired.json()["username"]) == (201, "żółw😍")
    path = hired.headers["location"]
    assert path.isascii()
    changed = caller.http.request("PATCH", path, json={"active": False}, headers=caller.bearer("admin"))
    assert (changed.status_code, changed.json()["username"]) == (200, "żółw😍")


@pytest.mark.parametrize("username", [".", "..", "..."])
def test_a_customers_login_has_an_address_too(caller: Caller, username: str) -> None:
    answer = caller.post("/api/v1/customers/2/login", {"username": username})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/username")
    assert "not only dots" in answer.json()["detail"]


def test_an_admin_does_not_lock_himself_out(caller: Caller) -> None:
    assert change(caller, "admin", {"active": False}).status_code == 422
    assert sign_in(caller, "admin", PASSWORD).status_code == 200


def test_somebody_who_is_not_there_cannot_be_changed(caller: Caller) -> None:
    assert change(caller, "nobody", {"active": False}).status_code == 404
    assert change(caller, "teller", {"active": "no"}).status_code == 422
