"""Whose account is this, over HTTP: the name, no such account, or no word yet; never a refusal to send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bank_node.ledger.account import make_number
from bank_node.store.unit import Committed
from bank_node.transfers.payee import LOOKUP
from tests.support.counter import ALICE, BOB, CAROL, Caller, a_caller


@pytest.fixture
def curious(tmp_path: Path) -> Iterator[Caller]:
    """A bank that asks others although it has no key of theirs on file."""
    with a_caller(tmp_path, peer_auth="optional", payee_wait_ms=10_000) as caller:
        yield caller


def ask(caller: Caller, account: str = BOB, bank: str = "BRVO", role: str = "teller") -> Any:
    return caller.get("/api/v1/payees", role, params={"bank": bank, "account": account})


def brvo_says(caller: Caller, name: str | None) -> list[str]:
    """BRVO answers as soon as it is asked; what it was asked."""
    asked: list[str] = []

    def answer(committed: Committed) -> None:
        for row in committed.queued:
            if row.type == LOOKUP:
                asked.append(row.key)
                caller.bank.writer.submit(lambda books, now, _ids: books.payees.answered(now, "BRVO", BOB, name))

    caller.bank.writer.on_commit.append(answer)
    return asked


def test_the_name_is_told_as_soon_as_the_other_bank_says_it_and_then_at_once(curious: Caller) -> None:
    asked = brvo_says(curious, "Bob")
    answer = ask(curious)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["bank"], said["account"], said["known"], said["name"]) == ("BRVO", BOB, True, "Bob")
    assert said["answered_at"]
    assert ask(curious).json() == said
    assert asked == ["BRVO"]


def test_no_such_account_is_an_answer_too(curious: Caller) -> None:
    brvo_says(curious, None)
    said = ask(curious).json()
    assert (said["known"], said["name"]) == (False, None)


def test_a_number_is_read_as_people_write_it(curious: Caller) -> None:
    brvo_says(curious, "Bob")
    assert ask(curious, f" {BOB[:4].lower()} {BOB[4:]} ").json()["account"] == BOB


def test_without_a_word_from_there_it_says_so_and_the_payment_goes_all_the_same(tmp_path: Path) -> None:
    with a_caller(tmp_path, peer_auth="optional", payee_wait_ms=1) as caller:
        answer = ask(caller)
        assert (answer.status_code, answer.json()["known"]) == (200, None)
        assert answer.headers["retry-after"]
        assert caller.send(to=BOB).status_code == 202


def test_a_bank_that_would_not_believe_the_question_is_not_asked(caller: Caller) -> None:
    assert ask(caller).json()["known"] is None
    with caller.bank.readers.connection() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM payees").scalar() == 0


def test_this_banks_own_accounts_are_told_at_once(caller: Caller) -> None:
    said = ask(caller, CAROL, "ALFA").json()
    assert (said["known"], said["name"]) == (True, "Carol")
    assert ask(caller, make_number("ALFA", 99), "ALFA").json()["known"] is False


@pytest.mark.parametrize(
    ("bank", "account", "code"),
    [
        ("NONE", BOB, "unknown_bank"),
        ("BRVO", ALICE, "BE04"),
        ("BRVO", "XF00BRVO0000000001", "BE04"),
        ("BRVO", "", "BE04"),
    ],
)
def test_what_can_not_be_an_account_of_that_bank_is_refused(caller: Caller, bank: str, account: str, code: str) -> None:
    answer = ask(caller, account, bank)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_closing_bank_ends_the_wait(curious: Caller) -> None:
    curious.bank.writer.on_commit.append(lambda _committed: curious.bank.bell.close())
    assert ask(curious).json()["known"] is None
