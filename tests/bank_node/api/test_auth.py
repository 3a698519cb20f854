"""Tokens over HTTP: given for a password, refused when forged, foreign, expired or withdrawn; a cookie is no token."""

from __future__ import annotations

import asyncio

import jwt
import pytest

from bank_node.people import sign_in
from bank_node.people.throttle import FREE_TRIES
from tests.support.counter import PASSWORD, Caller, StandingClock, token_of


def ask(caller: Caller, authorization: str) -> int:
    answer = caller.http.get("/api/v1/auth/me", headers={"Authorization": authorization})
    if answer.status_code == 401:
        assert answer.json()["code"] == "unauthenticated"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    return answer.status_code


def test_a_password_gives_a_token_that_says_who_one_is(caller: Caller) -> None:
    answer = caller.http.post(
        "/api/v1/auth/token", data={"username": "teller", "password": PASSWORD, "grant_type": "password"}
    )
    token = answer.json()
    assert (token["token_type"], token["scope"]) == ("bearer", "teller")
    assert 890 <= token["expires_in"] <= 900
    me = caller.http.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token['access_token']}"}).json()
    assert (me["username"], me["role"], me["bank"]) == ("teller", "teller", "ALFA")
    assert "transfers.send" in me["actions"]
    assert "audit.snapshot" not in me["actions"]
    assert "set-cookie" not in answer.headers


def test_unknown_and_wrong_get_the_same_answer(caller: Caller) -> None:
    answers = [
        caller.http.post("/api/v1/auth/token", data={"username": username, "password": password})
        for username, password in (("teller", "wrong"), ("nobody", PASSWORD))
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    first, second = (answer.json() | {"trace_id": ""} for answer in answers)
    assert first == second
    assert first["code"] == "wrong_password"


def test_too_many_guesses_are_told_when_to_come_again(caller: Caller) -> None:
    data = {"username": "guessed", "password": "guess"}
    for _ in range(FREE_TRIES + 1):
        assert caller.http.post("/api/v1/auth/token", data=data).status_code == 401
    answer = caller.http.post("/api/v1/auth/token", data=data)
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "data", [{}, {"username": "teller"}, {"username": "", "password": ""}, {"username": "x" * 300, "password": "x"}]
)
def test_a_form_that_is_not_filled_in_is_refused(caller: Caller, data: dict[str, str]) -> None:
    answer = caller.http.post(
        "/api/v1/auth/token", data=data, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_a_password_comes_as_a_form_not_as_json(caller: Caller) -> None:
    answer = caller.http.post("/api/v1/auth/token", json={"username": "teller", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type")


@pytest.mark.parametrize("scheme", ["bearer", "Bearer", "BEARER"])
def test_the_word_bearer_may_be_written_as_one_likes(caller: Caller, scheme: str) -> None:
    assert ask(caller, f"{scheme} {caller.token('teller')}") == 200


def test_what_is_no_token_of_this_bank_opens_nothing(caller: Caller, clock: StandingClock) -> None:
    good = caller.token("teller")
    now_s = clock.now_us() // 1_000_000
    claims = {"iss": "BRVO", "aud": "BRVO", "sub": "teller", "jti": "x", "iat": now_s, "exp": now_s + 900}
    foreign = jwt.encode(claims, b"brvo's secret, thirty-two bytes!", algorithm="HS256")
    own_claims = jwt.decode(good, options={"verify_signature": False})
    none = jwt.encode(own_claims, None, algorithm="none")
    kid = jwt.encode(own_claims, caller.bank.desk.signet.secret, algorithm="HS256", headers={"kid": "1"})
    unknown = caller.bank.desk.signet.seal("teller", "teller", "no-such-session", clock.now_us())
    for token in (foreign, none, kid, unknown, good[:-2], f"{good}x", f"{good} {good}", "", "x" * 9_000):
        assert ask(caller, f"Bearer {token}") == 401
    assert ask(caller, f"Basic {good}") == 401
    assert ask(caller, good) == 401
    assert ask(caller, f"Bearer {good}") == 200


def test_a_token_in_the_address_or_in_a_cookie_opens_nothing(caller: Caller) -> None:
    good = caller.token("teller")
    assert caller.http.get(f"/api/v1/auth/me?access_token={good}").status_code == 401
    session = asyncio.run(sign_in(caller.bank, "teller", PASSWORD, "127.0.0.1"))
    for name in ("session", "fed_standalo_ALFA_session", "access_token"):
        for value in (session.id, good):
            answer = caller.http.get("/api/v1/auth/me", headers={"Cookie": f"{name}={value}"})
            assert answer.status_code == 401


def test_a_token_ends_when_its_holder_says_so(caller: Caller) -> None:
    mine, other = (token_of(caller.bank, "teller") for _ in range(2))
    headers = {"Authorization": f"Bearer {mine}"}
    assert ask(caller, f"Bearer {mine}") == 200
    assert caller.http.request("DELETE", "/api/v1/auth/token", headers=headers).status_code == 204
    assert ask(caller, f"Bearer {mine}") == 401
    assert ask(caller, f"Bearer {other}") == 200


def test_a_token_ends_by_itself(caller: Caller, clock: StandingClock) -> None:
    token = token_of(caller.bank, "teller")
    assert ask(caller, f"Bearer {token}") == 200
    clock.pass_ms(15 * 60_000)
    assert ask(caller, f"Bearer {token}") == 401
