"""`bankfed send`: money from outside, with exit codes that a script can trust."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.cli import main
from tests.support.paper_bank import PaperBank, open_paper_bank, write_world

ALICE, BOB = "XF94ALFA0000002001", "XF55BRVO0000002001"
ID = "0193f2c1-7a00-7000-8000-000000000001"
PENDING = {"transaction_id": ID, "status": "pending", "state": "PENDING", "reason": None}
COMPLETED = {"transaction_id": ID, "status": "completed", "state": "COMPLETED", "reason": None}
SENT_BACK = {
    "transaction_id": ID,
    "status": "rejected",
    "state": "REJECTED",
    "reason": {"code": "AC04", "text": "closed"},
}


@pytest.fixture
def alfa() -> Iterator[PaperBank]:
    with open_paper_bank() as bank:
        bank.answers[f"GET /api/v1/accounts/{ALICE}"] = (200, {"number": ALICE, "currency": "EUR"})
        bank.answers["POST /api/v1/transfers"] = (202, PENDING)
        bank.answers[f"GET /api/v1/transfers/{ID}"] = [(200, PENDING), (200, COMPLETED)]
        yield bank


@pytest.fixture
def data(tmp_path: Path, alfa: PaperBank, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # a proxy of the environment must not stand in the way
    write_world(tmp_path, {"ALFA": alfa.url})
    return str(tmp_path)


def sent(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = main(["send", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_a_payment_is_ordered_by_the_teller_and_watched_to_its_end(
    data: str, alfa: PaperBank, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = sent(capsys, ALICE, BOB, "12.50", "--data", data, "--key", "k1", "--reference", "rent")
    assert (code, answer["ok"], answer["transaction_id"], answer["status"]) == (0, True, ID, "completed")
    order = {"from_account": ALICE, "to_bank": "BRVO", "to_account": BOB, "amount_minor": 1250, "currency": "EUR"}
    assert alfa.bodies("/api/v1/transfers") == [{**order, "reference": "rent"}]
    headers = next(
        headers for method, path, _, headers, _ in alfa.asked if (method, path) == ("POST", "/api/v1/transfers")
    )
    assert headers["Idempotency-Key"] == "k1"
    assert headers["Authorization"] == "Bearer t0ken"


def test_a_payment_that_comes_back_is_exit_code_7_with_its_reason(
    data: str, alfa: PaperBank, capsys: pytest.CaptureFixture[str]
) -> None:
    alfa.answers[f"GET /api/v1/transfers/{ID}"] = (200, SENT_BACK)
    code, answer = sent(capsys, ALICE, BOB, "1", "--data", data)
    assert (code, answer["ok"], answer["status"]) == (7, False, "rejected")
    assert answer["reason"] == {"code": "AC04", "text": "closed"}


def test_a_refused_order_is_exit_code_7_too(data: str, alfa: PaperBank, capsys: pytest.CaptureFixture[str]) -> None:
    alfa.answers["POST /api/v1/transfers"] = (409, {"code": "AM04", "detail": "There is not enough money."})
    code, answer = sent(capsys, ALICE, BOB, "1", "--data", data)
    assert (code, answer["status"], answer["transaction_id"]) == (7, "rejected", None)
    assert answer["reason"] == {"code": "AM04", "text": "ALFA refused: There is not enough money."}


def test_time_out_is_exit_code_4_and_nothing_is_lost(
    data: str, alfa: PaperBank, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = sent(capsys, ALICE, BOB, "1", "--data", data, "--timeout", "0")
    assert (code, answer["status"], answer["transaction_id"]) == (4, "pending", ID)


def test_without_waiting_an_accepted_order_is_enough(
    data: str, alfa: PaperBank, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = sent(capsys, ALICE, BOB, "1", "--data", data, "--no-wait")
    assert (code, answer["status"]) == (0, "pending")
    assert not [path for _, path, *_ in alfa.asked if path.endswith(ID)]


def test_account_numbers_are_taken_with_blanks_in_any_case(
    data: str, alfa: PaperBank, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", "xf94 alfa 0000 0020 01", BOB, "1", "--data", data]) == 0
    assert "[Completed]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("payer", "amount", "words"),
    [
        ("XF94ALFA0000002002", "1", "check digits do not fit"),
        (ALICE, "12.5055", "EUR has 2 decimals"),
        (ALICE, "0", "must be above zero"),
        (ALICE, "nothing", "is not an amount"),
        (BOB, "1", "there is no bank 'BRVO'"),
    ],
)
def test_what_is_mistyped_is_said_and_never_sent(
    data: str, alfa: PaperBank, payer: str, amount: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", payer, BOB, amount, "--data", data]) == 2
    assert words in capsys.readouterr().err
    assert not alfa.bodies("/api/v1/transfers")


def test_a_bank_that_is_away_is_said_with_the_next_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_paper_bank() as bank:
        write_world(tmp_path, {"ALFA": bank.url})
    assert main(["send", ALICE, BOB, "1", "--data", str(tmp_path)]) == 3
    err = capsys.readouterr().err
    assert "ALFA does not answer" in err
    assert "bankfed up" in err


def test_an_order_without_an_answer_is_to_be_repeated_with_its_key(
    data: str, alfa: PaperBank, capsys: pytest.CaptureFixture[str]
) -> None:
    alfa.answers["POST /api/v1/transfers"] = (0, b"")  # the connection breaks
    assert main(["send", ALICE, BOB, "1", "--data", data, "--key", "k7"]) == 3
    assert "--key k7" in capsys.readouterr().err
