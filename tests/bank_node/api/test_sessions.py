"""Sessions and tokens are listed and ended, by their owner and by the admin; a password is changed by who knows it."""

from __future__ import annotations

from typing import Any

import pytest

from bank_node.store.people import staff_named
from tests.support.counter import PASSWORD, Caller, StandingClock, token_of

OWN = "a brand new sentence of mine"


def sign_in(caller: Caller, username: str, password: str) -> Any:
    return caller.http.post("/api/v1/auth/token", data={"username": username, "password": password})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def change(caller: Caller, username: str, body: dict[str, Any], role: str = "admin") -> Any:
    return caller.http.request("PATCH", f"/api/v1/staff/{username}", json=body, headers=caller.bearer(role))


def hired(caller: Caller, username: str, role: str = "teller") -> str:
    body = {"username": username, "name": username.title(), "role": role}
    answer = caller.post("/api/v1/staff", body, "admin")
    assert (answer.status_code, answer.json()["password_is_one_time"]) == (201, True)
    return str(answer.json()["one_time_password"])


def with_own_password(caller: Caller, username: str, role: str = "teller") -> None:
    given = hired(caller, username, role)
    mine = bearer(sign_in(caller, username, given).json()["access_token"])
    body = {"old_password": given, "password": OWN}
    assert caller.http.request("PUT", "/api/v1/auth/password", json=body, headers=mine).status_code == 204


def test_ones_own_sessions_are_listed_without_what_opens_them(caller: Caller) -> None:
    mine, other = (token_of(caller.bank, "auditor") for _ in range(2))
    listed = caller.http.get("/api/v1/auth/sessions", headers=bearer(mine)).json()["items"]
    assert {row["username"] for row in listed} == {"auditor"}
    assert [row["this_one"] for row in listed].count(True) == 1
    with caller.bank.readers.connection() as connection:
        member = staff_named(connection, "auditor")
    assert member is not None
    assert mine not in str(listed)
    assert other not in str(listed)
    assert all(len(row["session"]) == 16 for row in listed)


def test_one_ends_another_session_of_ones_own_at_once(caller: Caller) -> None:
    mine, lost = (token_of(caller.bank, "supervisor") for _ in range(2))
    assert caller.http.get("/api/v1/auth/me", headers=bearer(lost)).status_code == 200
    rows = caller.http.get("/api/v1/auth/sessions", headers=bearer(mine)).json()["items"]
    for row in rows:
        if not row["this_one"]:
            path = f"/api/v1/auth/sessions/{row['session']}"
            assert caller.http.request("DELETE", path, headers=bearer(mine)).status_code == 204
            assert caller.http.request("DELETE", path, headers=bearer(mine)).status_code == 404
    assert caller.http.get("/api/v1/auth/me", headers=bearer(lost)).status_code == 401
    assert caller.http.get("/api/v1/auth/me", headers=bearer(mine)).status_code == 200


def test_nobody_but_the_admin_ends_somebody_elses(caller: Caller) -> None:
    token = token_of(caller.bank, "auditor")
    [handle] = [
        row["session"]
        for row in caller.http.get("/api/v1/auth/sessions", headers=bearer(token)).json()["items"]
        if row["this_one"]
    ]
    teller = caller.bearer("teller")
    assert caller.http.request("DELETE", f"/api/v1/auth/sessions/{handle}", headers=teller).status_code == 404
    assert caller.http.request("DELETE", f"/api/v1/sessions/{handle}", headers=teller).status_code == 403
    assert caller.get("/api/v1/sessions", "teller").status_code == 403
    assert handle in [row["session"] for row in caller.get("/api/v1/sessions", "admin").json()["items"]]
    admin = caller.bearer("admin")
    assert caller.http.request("DELETE", f"/api/v1/sessions/{handle}", headers=admin).status_code == 204
    assert caller.http.get("/api/v1/auth/me", headers=bearer(token)).status_code == 401


@pytest.mark.parametrize("session", ["x", "0" * 15, "%", "0" * 64, "G" * 16])
def test_what_names_no_session_ends_none(caller: Caller, session: str) -> None:
    headers = caller.bearer("admin")
    assert caller.http.request("DELETE", f"/api/v1/sessions/{session}", headers=headers).status_code in (404, 422)


def test_another_password_ends_all_tokens_and_the_old_one_opens_nothing(caller: Caller) -> None:
    with_own_password(caller, "mover")
    token = sign_in(caller, "mover", OWN).json()["access_token"]
    body = {"old_password": OWN, "password": OWN + " again"}
    assert caller.http.request("PUT", "/api/v1/auth/password", json=body, headers=bearer(token)).status_code == 204
    assert caller.http.get("/api/v1/auth/me", headers=bearer(token)).status_code == 401
    assert sign_in(caller, "mover", OWN).status_code == 401
    assert sign_in(caller, "mover", OWN + " again").status_code == 200


def test_who_does_not_know_the_old_password_changes_nothing(caller: Caller) -> None:
    with_own_password(caller, "guarded")
    mine = bearer(sign_in(caller, "guarded", OWN).json()["access_token"])
    for old, new, code in (("guess", OWN + "!", "wrong_old_password"), (OWN, "short", "weak_password")):
        body = {"old_password": old, "password": new}
        answer = caller.http.request("PUT", "/api/v1/auth/password", json=body, headers=mine)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert sign_in(caller, "guarded", OWN).status_code == 200


def test_a_one_time_password_opens_nothing_but_the_choice_of_an_own_one(caller: Caller) -> None:
    mine = bearer(sign_in(caller, "fresh", hired(caller, "fresh")).json()["access_token"])
    for path in ("/api/v1/accounts", "/api/v1/auth/sessions", "/api/v1/me/accounts"):
        answer = caller.http.get(path, headers=mine)
        assert (answer.status_code, answer.json()["code"]) == (403, "one_time_password")
    assert caller.http.get("/api/v1/auth/me", headers=mine).status_code == 200


def test_another_role_ends_what_was_open_and_the_last_admin_stays_one(caller: Caller) -> None:
    with_own_password(caller, "riser")
    token = sign_in(caller, "riser", OWN).json()["access_token"]
    assert change(caller, "riser", {"role": "admin"}).json()["role"] == "admin"
    assert caller.http.get("/api/v1/auth/me", headers=bearer(token)).status_code == 401
    mine = bearer(sign_in(caller, "riser", OWN).json()["access_token"])
    assert change(caller, "riser", {"role": "teller"}, "admin").status_code == 200
    assert caller.http.get("/api/v1/auth/me", headers=mine).status_code == 401
    assert change(caller, "admin", {"role": "teller"}).json()["code"] == "invalid"
    assert change(caller, "customer", {"role": "teller"}).status_code == 404
    assert sign_in(caller, "admin", PASSWORD).status_code == 200


def test_a_one_time_password_that_nobody_used_in_three_days_opens_nothing(caller: Caller, clock: StandingClock) -> None:
    given = hired(caller, "late")  # the last test of this file: the tokens of all others are over then
    clock.pass_ms(72 * 3_600_000)
    assert sign_in(caller, "late", given).status_code == 401
