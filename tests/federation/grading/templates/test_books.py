"""The books of both templates, driven by hand: what comes twice, late, wrong or from somebody else moves nothing."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from federation.grading.town import CLOSED, make_town
from tests.support.handed_in import TEMPLATES

TOWN = make_town(1, 2)
ALFA, BRVO = TOWN.banks
ALICE, BOB, SHUT = ALFA.accounts[0].number, BRVO.accounts[0].number, BRVO.account(CLOSED).number
NODE = """
import { createInterface } from "node:readline";
import { Books } from "./books.js";
const [folder, bank, peers, seed] = JSON.parse(process.argv[2]);
const books = new Books(folder, bank, new Set(peers), seed);
for await (const line of createInterface({ input: process.stdin })) {
  const [what, ...said] = JSON.parse(line);
  let answer;
  try {
    if (what === "read") answer = books.read(said[0].map((text) => Buffer.from(text, "latin1")));
    else if (what === "due") answer = books.due(1e9).map((one) => one.message);
    else if (what === "said") answer = books.said(books.due(1e9), 1e9);
    else answer = books[what](...said);
  } catch (error) {
    answer = { refused: error.status };
  }
  console.log(JSON.stringify(answer ?? null));
}
"""


class PythonBooks:
    def __init__(self, folder: Path, bank: str) -> None:
        spec = importlib.util.spec_from_file_location("books_of_a_template", TEMPLATES / "python" / "books.py")
        assert spec is not None
        assert spec.loader is not None
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        self.books = self.module.Books(str(folder / f"{bank}.db"), bank, {"ALFA", "BRVO"} - {bank})
        self.books.open_accounts(TOWN.bank(bank).seed_entry())

    def ask(self, what: str, *said: Any) -> Any:
        try:
            if what == "read":
                return self.books.read([text.encode("latin1") for text in said[0]], {0: 1})
            if what == "due":
                return [json.loads(message) for _, _, message in self.books.due()]
            if what == "said":
                return self.books.said([about for about, _, _ in self.books.due()])
            return getattr(self.books, what)(*said)
        except self.module.Refused as refused:
            return {"refused": refused.status}

    def close(self) -> None:
        self.books.db.close()


class NodeBooks:
    def __init__(self, folder: Path, bank: str) -> None:
        shutil.copy(TEMPLATES / "node" / "books.js", folder)
        (folder / "package.json").write_text('{"type": "module"}')
        (folder / "driven.js").write_text(NODE)
        peers = [one for one in ("ALFA", "BRVO") if one != bank]
        said = json.dumps([str(folder / bank), bank, peers, TOWN.bank(bank).seed_entry()])
        self.process = subprocess.Popen(
            ["node", "driven.js", said], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, what: str, *said: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([what, *said]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate(timeout=20)


class Bank:
    """Books of one kind that can be closed and opened again."""

    def __init__(self, kind: Any, folder: Path, bank: str) -> None:
        self.kind, self.folder, self.bank = kind, folder, bank
        self.books = kind(folder, bank)

    def again(self) -> None:
        self.books.close()
        self.books = self.kind(self.folder, self.bank)

    def pay(self, key: str, amount: Any = 250, payee: str = BOB, bank: str = "BRVO", **more: Any) -> Any:
        order = {
            "from_account": ALICE, "to_bank": bank, "to_account": payee, "amount_minor": amount, "currency": "EUR"
        }  # fmt: skip
        return self.books.ask("transfer", "teller1", key, order | more)

    def hear(self, *messages: Any) -> None:
        self.books.ask("read", [one if isinstance(one, str) else json.dumps(one) for one in messages])

    def balance(self, number: str) -> int:
        return int(self.books.ask("account", number)["balance_minor"])

    def lines(self, number: str) -> list[int]:
        return [line["amount_minor"] for line in self.books.ask("statement", number)["items"]]

    def due(self) -> list[dict[str, Any]]:
        return list(self.books.ask("due"))


@pytest.fixture(
    params=[
        PythonBooks,
        pytest.param(NodeBooks, marks=pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js")),
    ]
)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Bank, Bank]]:
    banks = []
    for bank in ("ALFA", "BRVO"):
        (tmp_path / bank).mkdir()
        banks.append(Bank(request.param, tmp_path / bank, bank))
    yield banks[0], banks[1]
    for one in banks:
        one.books.close()


def asked(id_: str = "t-1", amount: Any = 250, payee: str = BOB, **more: Any) -> dict[str, Any]:
    return {
        "type": "transfer.requested", "transaction_id": id_, "from_bank": "ALFA", "to_bank": "BRVO",
        "from_account": ALICE, "to_account": payee, "amount_minor": amount, "currency": "EUR", **more,
    }  # fmt: skip


def opening(number: str) -> int:
    account = TOWN.find(number)
    assert account is not None
    return account.opening_minor


def test_a_payment_goes_and_its_answer_concludes_it(town: tuple[Bank, Bank]) -> None:
    alfa, brvo = town
    sent = alfa.pay("k1")
    assert sent["status"] == "pending"
    (request,) = alfa.due()
    brvo.hear(request)
    (answer,) = brvo.due()
    assert answer["type"] == "transfer.accepted"
    alfa.hear(answer)
    assert alfa.books.ask("status", sent["transaction_id"])["status"] == "completed"
    assert alfa.due() == []
    assert (alfa.lines(ALICE), brvo.lines(BOB)) == ([-250], [250])
    assert alfa.balance(ALICE) + brvo.balance(BOB) == opening(ALICE) + opening(BOB)


def test_a_request_delivered_twice_is_credited_once_and_answered_again(town: tuple[Bank, Bank]) -> None:
    _, brvo = town
    brvo.hear(asked(), asked())
    brvo.books.ask("said")
    assert brvo.due() == []
    brvo.again()
    brvo.hear(asked())
    assert [answer["type"] for answer in brvo.due()] == ["transfer.accepted"]
    assert brvo.lines(BOB) == [250]


def test_what_nobody_takes_is_rejected_and_comes_back_once(town: tuple[Bank, Bank]) -> None:
    alfa, brvo = town
    ids = [alfa.pay(payee, payee=payee)["transaction_id"] for payee in (SHUT, "XF00NOBODY")]
    brvo.hear(*alfa.due())
    answers = brvo.due()
    assert [answer["type"] for answer in answers] == ["transfer.rejected"] * 2
    alfa.hear(*answers, *answers)
    alfa.hear(*answers)
    assert [alfa.books.ask("status", id_)["status"] for id_ in ids] == ["rejected"] * 2
    assert alfa.lines(ALICE) == [250, 250, -250, -250]


@pytest.mark.parametrize("first", ["transfer.accepted", "transfer.rejected"])
def test_a_second_other_answer_changes_nothing(town: tuple[Bank, Bank], first: str) -> None:
    alfa, _ = town
    id_ = alfa.pay("k1")["transaction_id"]
    answers = [
        {"type": kind, "transaction_id": id_, "from_bank": "BRVO", "to_bank": "ALFA"}
        for kind in (first, "transfer.accepted", "transfer.rejected")
    ]
    alfa.hear(answers[0])
    seen = (alfa.books.ask("status", id_), alfa.balance(ALICE))
    alfa.hear(*answers[1:])
    assert (alfa.books.ask("status", id_), alfa.balance(ALICE)) == seen


NOT_ASKED = [
    {"from_bank": "CRLI"},
    {"from_bank": "ALFA"},
    {"to_bank": "BRVO"},
    {"transaction_id": "nobody's"},
]


def test_an_answer_of_somebody_who_was_not_asked_changes_nothing(town: tuple[Bank, Bank]) -> None:
    alfa, _ = town
    for wrong in NOT_ASKED:
        id_ = alfa.pay("k1")["transaction_id"]
        alfa.hear({"type": "transfer.rejected", "transaction_id": id_, "from_bank": "BRVO", "to_bank": "ALFA"} | wrong)
        assert alfa.books.ask("status", id_)["status"] == "pending"
        assert alfa.balance(ALICE) == opening(ALICE) - 250


def test_a_known_id_with_other_content_moves_nothing(town: tuple[Bank, Bank]) -> None:
    _, brvo = town
    brvo.hear(asked())
    brvo.books.ask("said")
    brvo.hear(asked(amount=999), asked(payee=BRVO.accounts[1].number), asked(currency="USD"))
    assert [brvo.balance(one.number) - one.opening_minor for one in BRVO.accounts] == [250, 0, 0, 0, 0, 0, 0, 0]
    assert brvo.due() == []


NO_AMOUNTS = [0, -1, 1.5, "250", None, True, 2**63, 10**15 + 1, [1], float("nan")]


def test_an_amount_that_is_none_moves_nothing_at_either_bank(town: tuple[Bank, Bank]) -> None:
    alfa, brvo = town
    for amount in NO_AMOUNTS:
        brvo.hear(asked(amount=amount))
        assert brvo.lines(BOB) == []
        if amount == amount:  # JSON has no NaN
            assert alfa.pay("k1", amount) == {"refused": 422}
            assert alfa.balance(ALICE) == opening(ALICE)


POISON = [
    "", "\xff\xfe", "{", "null", "[]", "7", '"text"', "[" * 10_000, "NaN", "{}", '{"type": "transfer.requested"}',
    json.dumps(asked(id_="x" * 65)), json.dumps(asked(payee="\ud800")), json.dumps(asked(from_bank=["ALFA"])),
    json.dumps(asked(id_="../x")), "1" * 5_000, json.dumps(asked(type=None)),
]  # fmt: skip


def test_poison_stops_nobody(town: tuple[Bank, Bank]) -> None:
    _, brvo = town
    for number, poison in enumerate(POISON, 1):
        brvo.hear(poison, asked(f"t-{number}"))
        assert brvo.lines(BOB) == [250] * number


def test_a_key_again_is_the_same_transfer_and_another_body_is_refused(town: tuple[Bank, Bank]) -> None:
    alfa, _ = town
    first = alfa.pay("k1")
    assert alfa.pay("k1") == first
    alfa.again()
    assert alfa.pay("k1") == first
    assert alfa.pay("k1", 251) == {"refused": 422}
    assert alfa.lines(ALICE) == [-250]


REFUSED = [
    {"amount": 10**14},
    {"bank": "CRLI"},
    {"currency": "USD"},
    {"from_account": "nobody"},
    {"bank": "ALFA", "payee": "nobody"},
    {"bank": "ALFA", "payee": ALFA.account(CLOSED).number},
    {"bank": "ALFA", "payee": ALICE},
    {"from_account": ALFA.account(CLOSED).number},
    {"from_account": None},
    {"bank": 7},
]


def test_a_refusal_does_nothing_and_its_key_may_be_used_again(town: tuple[Bank, Bank]) -> None:
    alfa, _ = town
    for wrong in REFUSED:
        assert alfa.pay("k1", **wrong) == {"refused": 422}
        assert alfa.due() == []
        assert alfa.balance(ALICE) == opening(ALICE)
    assert alfa.pay("k1")["status"] == "pending"


def test_a_transfer_inside_is_done_at_once(town: tuple[Bank, Bank]) -> None:
    alfa, _ = town
    anna = ALFA.accounts[1].number
    assert alfa.pay("k1", payee=anna, bank="ALFA")["status"] == "completed"
    assert (alfa.lines(ALICE), alfa.lines(anna), alfa.due()) == ([-250], [250], [])


def test_the_same_bank_again_after_a_start(town: tuple[Bank, Bank]) -> None:
    alfa, _ = town
    ids = [alfa.pay(f"k{number}", 100 + number)["transaction_id"] for number in range(3)]
    before = (alfa.lines(ALICE), alfa.balance(ALICE), [one["transaction_id"] for one in alfa.due()])
    alfa.books.ask("said")
    alfa.again()
    assert (alfa.lines(ALICE), alfa.balance(ALICE), [one["transaction_id"] for one in alfa.due()]) == before
    assert before[2] == ids


def test_half_a_line_of_a_journal_is_cut_off(tmp_path: Path) -> None:
    if not shutil.which("node"):
        pytest.skip("there is no Node.js")
    bank = Bank(NodeBooks, tmp_path, "ALFA")
    bank.pay("k1")
    bank.books.close()
    with (tmp_path / "ALFA" / "journal").open("ab") as journal:
        journal.write('{"fact":"sent","id":"half a l\u00ef'.encode()[:-1])
    bank.books = NodeBooks(tmp_path, "ALFA")
    assert bank.lines(ALICE) == [-250]
    bank.pay("k2")
    bank.again()
    assert bank.lines(ALICE) == [-250, -250]
    bank.books.close()
