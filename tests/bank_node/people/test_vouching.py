"""A supervisor's word at the teller's screen: his own password, never the teller's, and guessing gets slow here too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bank_node.bank import Bank
from bank_node.ledger.errors import Refusal
from bank_node.people import Person, session_of, sign_in, vouch
from bank_node.people.throttle import FREE_TRIES
from tests.support.counter import PASSWORD, StandingClock, a_bank

ACTION = "desk.redrive"  # the supervisor's


@pytest.fixture(scope="module")
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, clock: StandingClock) -> Iterator[Bank]:
    with a_bank(tmp_path_factory.mktemp("alfa"), clock=clock) as opened:
        yield opened


@pytest.fixture
def teller(bank: Bank, clock: StandingClock) -> Person:
    clock.pass_ms(3_600_000)  # whatever a test before did to the throttle is forgotten
    return asyncio.run(sign_in(bank, "teller", PASSWORD, "127.0.0.1")).person


def ask(bank: Bank, maker: Person, username: str, password: str, action: str = ACTION) -> Person:
    return asyncio.run(vouch(bank, maker, username, password, "127.0.0.1", action=action))


def test_a_supervisor_vouches_with_his_password_and_is_not_signed_in_by_it(bank: Bank, teller: Person) -> None:
    person = ask(bank, teller, " Supervisor ", PASSWORD)
    assert (person.username, person.role, person.session) == ("supervisor", "supervisor", "")
    assert session_of(bank, person.session) is None


@pytest.mark.parametrize(("username", "password"), [("supervisor", "guess"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_word_is_refused_without_saying_which(bank: Bank, teller: Person, username: str, password: str) -> None:
    with pytest.raises(Refusal, match="the user name or the password is wrong") as refused:
        ask(bank, teller, username, password)
    assert (refused.value.code, refused.value.field) == ("override_refused", "supervisor_password")


def test_nobody_vouches_for_himself(bank: Bank) -> None:
    supervisor = asyncio.run(sign_in(bank, "supervisor", PASSWORD, "127.0.0.1")).person
    with pytest.raises(Refusal, match="nobody approves his own work"):
        ask(bank, supervisor, "SUPERVISOR ", PASSWORD)


@pytest.mark.parametrize("username", ["auditor", "admin"])
def test_who_may_not_do_it_cannot_vouch_for_it(bank: Bank, teller: Person, username: str) -> None:
    with pytest.raises(Refusal, match=f"this is for supervisor; {username.title()} is {username}"):
        ask(bank, teller, username, PASSWORD)


def test_guessing_in_place_is_as_slow_as_guessing_at_the_door(bank: Bank, teller: Person, clock: StandingClock) -> None:
    for _ in range(FREE_TRIES + 1):
        with pytest.raises(Refusal, match="wrong"):
            ask(bank, teller, "supervisor", "guess")
    with pytest.raises(Refusal, match="too many tries") as refused:
        ask(bank, teller, "supervisor", PASSWORD)
    assert refused.value.code == "throttled"
    clock.pass_ms(30_000)
    assert ask(bank, teller, "supervisor", PASSWORD).username == "supervisor"
