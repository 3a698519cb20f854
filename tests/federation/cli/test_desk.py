"""`bankfed desk`: what waits at the banks, and one act at one bank."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.cli import main
from tests.support.paper_bank import PaperBank, open_paper_bank, write_world

ID = "0193f2c1-7a00-7000-8000-000000000001"
ITEM = {
    "kind": "stuck",
    "id": ID,
    "key": "1",
    "at": "2026-11-21T10:00:00.000Z",
    "text": "No word from BRVO on 5.00 EUR from Alice.",
    "acts": [{"act": "ask", "by": "okafor", "at": "2026-11-21T10:05:00.000Z", "said": None}],
}
COUNTS = {"conflict": 0, "stuck": 1, "quarantine": 300}
DONE = {"kind": "quarantine", "id": "12", "act": "redrive", "outcome": "credited", "words": "it was believed: credited"}


@pytest.fixture
def alfa() -> Iterator[PaperBank]:
    with open_paper_bank() as bank:
        bank.answers["GET /api/v1/desk"] = (200, {"items": [ITEM], "next": "/api/v1/desk?cursor=x", "counts": COUNTS})
        bank.answers["POST /api/v1/desk/quarantine/12/redrive"] = (200, DONE)
        bank.answers[f"POST /api/v1/desk/stuck/{ID}/ask"] = (200, {**DONE, "act": "ask", "words": None})
        bank.answers["POST /api/v1/desk/incident/3/seen"] = (200, {**DONE, "act": "seen", "words": None})
        yield bank


@pytest.fixture
def data(tmp_path: Path, alfa: PaperBank) -> str:
    write_world(tmp_path, {"ALFA": alfa.url})
    return str(tmp_path)


def test_the_list_says_what_waits_where_and_who_did_what(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desk", "--data", data]) == 0
    out = capsys.readouterr().out
    assert "ALFA  open too long: 1, unreadable messages: 300" in out
    assert f"stuck/{ID}" in out
    assert "No word from BRVO on 5.00 EUR from Alice. Ask by okafor." in out
    assert "and more: bankfed desk ALFA" in out


def test_programs_get_every_bank_with_its_counts_and_items(
    data: str, alfa: PaperBank, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["desk", "alfa", "--json", "--kind", "stuck", "--handled", "--data", data]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["banks"]) == (
        True,
        [{"id": "ALFA", "counts": COUNTS, "items": [ITEM], "more": True}],
    )
    assert alfa.asked[-1][2] == {"limit": ["20"], "kind": ["stuck"], "seen": ["true"]}


@pytest.mark.parametrize(
    ("option", "item", "path", "role"),
    [
        ("--ask", ID, f"stuck/{ID}/ask", "teller"),
        ("--seen", "incident/3", "incident/3/seen", "teller"),
        ("--redrive", "quarantine/12", "quarantine/12/redrive", "supervisor"),
    ],
)
def test_an_act_is_done_by_who_may_do_it(
    data: str, alfa: PaperBank, option: str, item: str, path: str, role: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["desk", "ALFA", option, item, "--json", "--data", data]) == 0
    assert json.loads(capsys.readouterr().out)["bank"] == "ALFA"
    method, asked, _, headers, _ = alfa.asked[-1]
    assert (method, asked) == ("POST", f"/api/v1/desk/{path}")
    assert headers["Idempotency-Key"].startswith("cli-")
    assert f"username={role}" in alfa.asked[0][4].decode()


def test_what_came_of_it_is_said(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desk", "ALFA", "--redrive", "quarantine/12", "--data", data]) == 0
    assert "ALFA quarantine/12: redrive, it was believed: credited" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--ask", "x"], ["ALFA", "--ask", "x", "--seen", "y"]])
def test_two_acts_or_no_bank_are_a_mistake_in_words(
    data: str, alfa: PaperBank, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["desk", *arguments, "--data", data]) == 2
    assert "one act at one bank" in capsys.readouterr().err
    assert not alfa.asked


def test_a_refusal_is_said_in_the_banks_words(data: str, alfa: PaperBank, capsys: pytest.CaptureFixture[str]) -> None:
    alfa.answers[f"POST /api/v1/desk/stuck/{ID}/ask"] = (409, {"code": "final", "detail": "it is completed"})
    assert main(["desk", "ALFA", "--ask", ID, "--data", data]) == 7
    assert "ALFA refused: it is completed" in capsys.readouterr().err


def test_a_recall_is_answered_by_the_supervisor(data: str, alfa: PaperBank, capsys: pytest.CaptureFixture[str]) -> None:
    said = {"from_bank": "BRVO", "recall_id": "r-1", "state": "REFUSED", "return_id": None}
    alfa.answers["POST /api/v1/recalls/BRVO/r-1/refuse"] = (200, said)
    alfa.answers["POST /api/v1/recalls/BRVO/r-1/agree"] = (202, {**said, "state": "AGREED", "return_id": ID})
    assert main(["desk", "ALFA", "--refuse", "recall/BRVO:r-1", "--reason", "he keeps it", "--data", data]) == 0
    assert alfa.bodies("/api/v1/recalls/BRVO/r-1/refuse") == [{"reason": "he keeps it"}]
    assert "username=supervisor" in alfa.asked[0][4].decode()
    assert main(["desk", "ALFA", "--agree", "recall/BRVO:r-1", "--data", data]) == 0
    assert f"recall/BRVO:r-1: agree, {ID}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--refuse", "recall/BRVO:r-1"], "why is it refused?"), (["--agree", "quarantine/1"], "which recall?")],
)
def test_an_answer_needs_a_recall_and_a_refusal_a_reason(
    data: str, alfa: PaperBank, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["desk", "ALFA", *arguments, "--data", data]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("to", "body", "words"),
    [
        ("XF65 ALFA 0000 0000 01", {"to_account": "XF65 ALFA 0000 0000 01"}, "paid out to XF65 ALFA 0000 0000 01"),
        ("cash", {}, "paid out in cash"),
    ],
)
def test_unclaimed_money_is_paid_out_by_the_supervisor(
    data: str, alfa: PaperBank, to: str, body: dict[str, str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    paid = {"item_id": 4, "entry_id": 77, "to_account": body.get("to_account"), "booked_at": "2026-11-21T10:00:00.000Z"}
    alfa.answers["POST /api/v1/unclaimed/4/pay-out"] = (201, paid)
    assert main(["desk", "ALFA", "--pay-out", "unclaimed/4", "--to", to, "--data", data]) == 0
    assert alfa.bodies("/api/v1/unclaimed/4/pay-out") == [body]
    assert alfa.asked[-1][3]["Idempotency-Key"].startswith("cli-")
    assert "username=supervisor" in alfa.asked[0][4].decode()
    assert f"ALFA unclaimed/4: {words}, entry 77" in capsys.readouterr().out
    assert main(["desk", "ALFA", "--pay-out", "4", "--to", to, "--json", "--data", data]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["bank"], said["kind"], said["id"], said["entry_id"]) == ("ALFA", "unclaimed", "4", 77)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--pay-out", "unclaimed/4"], "to which account?"),
        (["--pay-out", "recall/4", "--to", "cash"], "which item?"),
        (["--pay-out", "unclaimed/x", "--to", "cash"], "which item?"),
        (["--ask", ID, "--to", "cash"], "--to goes with --pay-out"),
    ],
)
def test_a_pay_out_needs_an_item_and_whom_to_pay(
    data: str, alfa: PaperBank, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["desk", "ALFA", *arguments, "--data", data]) == 2
    assert words in capsys.readouterr().err
    assert not [asked for asked in alfa.asked if "pay-out" in asked[1]]
