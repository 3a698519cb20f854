"""Staff (62), sessions (64) and passwords, as plain forms: who is let in, out, and what ends when."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.two_counters import PASSWORD, Counters
from tests.teller_ui.conftest import Browser

OWN = "a brand new sentence of mine"


def said_once(page: str) -> str:
    found = re.search(r'id="said-password">([^<]+)<', page)
    assert found is not None, page
    return found[1]


def hired(admin: Browser, username: str, role: str = "teller") -> str:
    answer = admin.post("/staff", data={"username": username, "name": username.title(), "role": role})
    assert answer.status_code == 200
    return said_once(answer.text)


@pytest.fixture
def admin(signed_in: Callable[..., Browser]) -> Browser:
    return signed_in("root")


def test_a_one_time_password_opens_only_the_page_where_an_own_one_is_chosen(admin: Browser, visitor: Browser) -> None:
    given = hired(admin, "newcomer")
    assert visitor.sign_in("newcomer", given).status_code == 303
    for path in ("/customers", "/payment", "/sessions", "/screens"):
        where = visitor.get(path).headers.get("location", "")
        assert where.startswith("/password?notice=one-time") or path == "/screens"
    chosen = visitor.post("/password", data={"old_password": given, "password": OWN, "again": OWN})
    assert chosen.headers["location"] == "/sessions?notice=password"
    assert visitor.get("/customers").status_code == 200
    assert given not in admin.get("/staff").text


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("not mine", OWN, OWN, "not the password you signed in with"),
        (PASSWORD, "short", "short", "at least 12 characters"),
        (PASSWORD, OWN, OWN + "x", "The two are not the same"),
        (PASSWORD, PASSWORD, PASSWORD, "choose another one"),
    ],
)
def test_a_password_that_cannot_be_is_refused_under_its_field(
    signed_in: Callable[..., Browser], old: str, new: str, again: str, words: str
) -> None:
    answer = signed_in().post("/password", data={"old_password": old, "password": new, "again": again})
    assert answer.status_code == 422
    assert words in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert new not in answer.text


def test_another_password_ends_the_other_sessions_and_keeps_this_one(admin: Browser, town: Counters) -> None:
    given = hired(admin, "mover")
    with Browser(town.alfa) as one, Browser(town.alfa) as other:
        one.sign_in("mover", given)
        one.post("/password", data={"old_password": given, "password": OWN, "again": OWN})
        other.sign_in("mover", OWN)
        assert other.get("/customers").status_code == 200
        new = OWN + " again"
        one.post("/password", data={"old_password": OWN, "password": new, "again": new})
        assert one.get("/customers").status_code == 200
        assert other.get("/customers").status_code == 303


def test_the_admin_disables_resets_and_gives_roles_and_what_was_open_ends(admin: Browser, town: Counters) -> None:
    given = hired(admin, "target", "auditor")
    with Browser(town.alfa) as target:

        def comes_in(password: str) -> None:
            assert target.sign_in("target", password).status_code == 303

        comes_in(given)
        assert admin.post("/staff/target/disable").headers["location"] == "/staff?notice=staff-changed"
        assert target.get("/password").status_code == 303
        assert target.sign_in("target", given).status_code == 401
        admin.post("/staff/target/enable")
        again = said_once(admin.post("/staff/target/reset").text)
        assert target.sign_in("target", given).status_code == 401
        comes_in(again)
        target.post("/password", data={"old_password": again, "password": OWN, "again": OWN})
        admin.post("/staff/target/role", data={"role": "supervisor"})
        assert target.get("/customers").status_code == 303
        comes_in(OWN)
        assert "supervisor" in target.get("/customers").text


def test_nobody_shuts_himself_out(admin: Browser) -> None:
    for path, data in (("disable", {}), ("role", {"role": "teller"})):
        answer = admin.post(f"/staff/root/{path}", data=data)
        assert (answer.status_code, "Nothing was changed" in answer.text) == (409, True)


def test_a_name_that_is_taken_is_said_under_its_field(admin: Browser) -> None:
    answer = admin.post("/staff", data={"username": "OKAFOR", "name": "Another", "role": "teller"})
    assert answer.status_code == 409
    assert "Okafor is somebody already" in answer.text
    assert "said-password" not in answer.text


def test_a_customers_login_is_not_staff(admin: Browser) -> None:
    assert "olu" not in admin.get("/staff").text
    assert admin.post("/staff/olu/disable").status_code == 404


def test_one_ends_a_session_of_ones_own_and_the_admin_anybodys(
    admin: Browser, signed_in: Callable[..., Browser], town: Counters
) -> None:
    here, there = signed_in("lindt"), signed_in("lindt")
    page = here.get("/sessions").text
    handles = re.findall(r'action="/sessions/([0-9a-f]{16})/end"', page)
    assert "Everybody&#39;s" not in page
    assert "this one" in page
    assert len(handles) >= 2
    for handle in handles:
        assert signed_in("vogt").post(f"/sessions/{handle}/end").status_code == 404  # not his
        assert signed_in("vogt").post(f"/sessions/all/{handle}/end").status_code == 403
    ended = [handle for handle in handles if admin.post(f"/sessions/all/{handle}/end").status_code == 303]
    assert ended == handles
    assert here.get("/customers").status_code == there.get("/customers").status_code == 303


def test_a_customers_login_is_given_reset_and_ended_at_the_counter(teller: Browser, town: Counters) -> None:
    page = teller.get("/customers/3/login")
    assert 'value="petra.&lt;b&gt;falk&lt;/b&gt;"' in page.text
    given = said_once(teller.post("/customers/3/login", data={"username": "petra"}).text)
    assert teller.post("/customers/3/login", data={"username": "petra2"}).status_code == 409
    with Browser(town.alfa) as petra:
        assert petra.sign_in("petra", given).headers["location"] == "/"
        assert petra.get("/my").headers["location"].startswith("/password")
        petra.post("/password", data={"old_password": given, "password": OWN, "again": OWN})
        assert petra.get("/sessions").status_code == 200
        teller.post("/customers/3/login/end")
        assert petra.get("/sessions").status_code == 303
        assert petra.sign_in("petra", OWN).status_code == 401
        teller.post("/customers/3/login/open")
        again = said_once(teller.post("/customers/3/login/reset").text)
        assert petra.sign_in("petra", OWN).status_code == 401
        assert petra.sign_in("petra", again).status_code == 303
