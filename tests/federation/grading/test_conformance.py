"""The first contact: a node that speaks as the contract does passes the gate, any other one is told what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from federation.grading.adapter import Adapter, Login
from federation.grading.conformance import Reply, conform, gate_of
from federation.grading.dialect import Ask, Dialect
from tests.support.graded_run import TOWN
from tests.support.paper_node import PaperNodes, Twist


def contact(twist: Twist | None = None, words: Dialect | None = None) -> tuple[list[str], str]:
    """What was tried, and the complaint."""
    nodes = PaperNodes(TOWN, twist) if twist else PaperNodes(TOWN)
    steps = conform(TOWN, words or Dialect(), nodes.answer, lambda holds: holds())
    gate = gate_of(steps)
    assert gate.passed == (not gate.sentences)
    return [step.what for step in steps], " ".join(gate.sentences)


def where(path: str, changed: Callable[[Any], Any], bank: str = "", status: int | None = None) -> Twist:
    """The answers of requests whose path has this in it are changed."""

    def twist(at: str, ask: Ask, reply: Reply) -> Reply | None:
        if path not in ask.path or bank not in at or reply.status >= 400:
            return reply
        return Reply(status or reply.status, changed(reply.body))

    return twist


def test_a_node_that_speaks_as_the_contract_does_passes_the_gate() -> None:
    tried, complaint = contact()
    assert complaint == ""
    assert len(tried) == 12
    assert tried[-1] == "nobody sends without a token"


@pytest.mark.parametrize(
    ("twist", "words"),
    [
        (where("/readyz", dict, "BRVO", 404), "BRVO is ready: no. /readyz answers 404. What to do: it must answer 200"),
        (
            where("/auth", lambda _: {"jwt": "x"}),
            "ALFA lets its teller in: no. The answer of /api/v1/auth/token has no",
        ),
        (
            where("/transfers", lambda body: {"status": "completed"} if "transaction_id" in body else body),
            "A transfer inside a bank is done at once: no. Your transfer answer has no id: there is no transaction_id. "
            "What to do: set transfer.answer.id.",
        ),
        (where("/transfers", lambda body: body | {"status": "OK"}), "'OK' is no status of a transfer"),
        (
            where("/transfers", lambda body: body | {"status": "pending"}),
            "It is pending, not completed. What to do: both",
        ),
        (where("/transactions", lambda _: {"items": []}), "has no line for transfer ALFA-1, not −1.23."),
        (
            where("/transactions", lambda body: {"items": body["items"] * 2}),
            "has −1.23 and −1.23 for transfer ALFA-1, not −1.23.",
        ),
        (where("/transactions", lambda body: body["items"]), "The statement has no list of lines: items is none"),
        (where("/accounts/", lambda body: body | {"balance_minor": 7}), "has 0.07, and"),
        (where("/accounts/", lambda body: body | {"balance_minor": 1.5}), "1.5, not a whole number of minor units"),
        (
            where("/transfers/", lambda _: {"status": "pending"}),
            "A transfer to another bank arrives: no. ALFA does not call ALFA-2 completed.",
        ),
        (
            lambda _bank, ask, reply: None if "/transfers" in ask.path else reply,
            "ALFA gave no answer to POST /api/v1/transfers",
        ),
        (
            lambda _bank, ask, reply: Reply(202, {"transaction_id": "t"}) if reply.status == 401 else reply,
            "Nobody sends without a token: no. It was answered 202. What to do: refuse it with 401.",
        ),
    ],
)
def test_what_is_wrong_is_told_in_words(twist: Twist, words: str) -> None:
    _, complaint = contact(twist)
    assert words in complaint


def test_a_node_that_does_not_know_a_key_again_is_told_so() -> None:
    posts: list[Ask] = []

    def twist(_bank: str, ask: Ask, reply: Reply) -> Reply | None:
        if ask.method == "POST" and "/transfers" in ask.path:
            posts.append(ask)
        return Reply(202, reply.body | {"transaction_id": "another"}) if len(posts) == 2 else reply

    _, complaint = contact(twist)
    assert "The same key again is the same transfer: no. The first one was ALFA-1, the second another." in complaint


def test_banks_that_both_count_from_one_are_told_so() -> None:
    def without_bank(text: str) -> str:
        return text.replace("ALFA-2", "7").replace("BRVO-3", "7")

    def twist(_bank: str, ask: Ask, reply: Reply) -> Reply | None:
        body = reply.body
        if "/transactions" in ask.path:
            items = [line | {"transaction_id": without_bank(line["transaction_id"])} for line in body["items"]]
            return Reply(reply.status, body | {"items": items})
        if "transaction_id" in body:
            return Reply(reply.status, body | {"transaction_id": without_bank(body["transaction_id"])})
        return reply

    _, complaint = contact(twist)
    assert "Each transfer has an id of its own: no. 7 stands for two transfers." in complaint


def test_the_first_failure_ends_it() -> None:
    tried, _ = contact(where("/readyz", dict, "ALFA", 500))
    assert tried == ["ALFA is ready"]


def test_a_node_without_any_sign_in_is_graded_all_the_same() -> None:
    words = Dialect(Adapter(login=Login(how="none")))
    nodes = PaperNodes(TOWN)

    def answer(bank: str, ask: Ask) -> Reply | None:
        """As if everybody were signed in."""
        headers = {**ask.headers, "Authorization": f"Bearer token of {bank}"}
        return nodes.answer(bank, Ask(ask.method, ask.path, headers, ask.json, ask.form))

    assert gate_of(conform(TOWN, words, answer, lambda holds: holds())).passed
