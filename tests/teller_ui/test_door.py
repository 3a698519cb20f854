"""Signing in and out: what the door says, and the cookies of many banks on one host."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.two_counters import PASSWORD, Counters
from tests.teller_ui.conftest import Browser

WRONG = "The user name or the password is wrong."


def test_a_wrong_password_and_an_unknown_name_get_the_same_words(visitor: Browser) -> None:
    known, unknown = visitor.sign_in("lindt", "not this one at all"), visitor.sign_in("nobody", PASSWORD)
    assert (known.status_code, unknown.status_code) == (401, 401)
    assert WRONG in known.text
    assert WRONG in unknown.text


def test_the_name_is_kept_and_the_password_is_not(visitor: Browser) -> None:
    page = visitor.sign_in("ghost writer", "a secret that must not come back").text
    assert 'value="ghost writer"' in page
    assert "a secret that" not in page


def test_after_too_many_tries_the_waiting_time_is_said(visitor: Browser) -> None:
    answers = [visitor.sign_in("somebody", "guess after guess") for _ in range(6)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"].isdigit()
    assert "The next one is looked at in" in answers[-1].text


def test_a_page_asked_for_before_signing_in_is_shown_after_it(visitor: Browser) -> None:
    door = visitor.get("/payments/sent?before=x")
    assert door.headers["location"] == "/sign-in?next=%2Fpayments%2Fsent%3Fbefore%3Dx"
    assert visitor.sign_in(next_="/payments/sent?before=x").headers["location"] == "/payments/sent?before=x"


def test_nobody_is_sent_to_another_site_after_signing_in(visitor: Browser) -> None:
    for elsewhere in ("https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)"):
        assert visitor.sign_in(next_=elsewhere).headers["location"] == "/customers"


def test_the_cookie_names_federation_and_bank_and_no_script_reads_it(visitor: Browser) -> None:
    cookie = visitor.sign_in().headers["set-cookie"]
    assert cookie.startswith("fed_f00dfeed_ALFA_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_signing_in_at_one_bank_does_not_sign_out_at_another(town: Counters, visitor: Browser) -> None:
    visitor.sign_in()
    answer = visitor.post(f"{town.brvo.url}/sign-in", data={"username": "okafor", "password": PASSWORD, "next": ""})
    assert answer.headers["set-cookie"].startswith("fed_f00dfeed_BRVO_session=")
    assert visitor.get("/customers").status_code == 200
    assert visitor.get(f"{town.brvo.url}/customers").status_code == 200


def test_another_sign_in_gets_another_session(visitor: Browser) -> None:
    one, two = (visitor.sign_in().headers["set-cookie"].split(";")[0] for _ in range(2))
    assert one != two
    old = one.split("=", 1)[1]
    visitor.cookies.clear()
    visitor.cookies.set("fed_f00dfeed_ALFA_session", old)
    assert visitor.get("/customers").status_code == 303


def test_signed_out_is_out_at_once(teller: Browser) -> None:
    cookie = dict(teller.cookies)
    assert teller.post("/sign-out").headers["location"] == "/sign-in?notice=signed-out"
    teller.cookies.update(cookie)
    assert teller.get("/customers").headers["location"].startswith("/sign-in?notice=ended")


def test_the_door_says_why_it_is_shut_again(visitor: Browser) -> None:
    assert "You are signed out." in visitor.get("/sign-in?notice=signed-out").text


def test_a_form_sent_without_a_session_keeps_what_was_typed(visitor: Browser) -> None:
    answer = visitor.post("/payment", data={"amount": "12.50"}, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "Nothing was done" in answer.text
    assert "hx-redirect" not in answer.headers


def test_the_chosen_theme_is_remembered_by_this_bank(teller: Browser) -> None:
    answer = teller.post("/theme", data={"theme": "dark", "next": "/customers"})
    assert "fed_f00dfeed_ALFA_theme=dark" in answer.headers["set-cookie"]
    assert 'data-theme="dark"' in teller.get("/customers").text


def test_who_and_where_stands_on_the_page(signed_in: Callable[..., Browser]) -> None:
    page = signed_in("lindt").get("/customers").text
    for said in ("[A] Customer – Alfa Savings Bank", "ALFAXFXX", "S. Lindt", "auditor", "Network up"):
        assert said in page
