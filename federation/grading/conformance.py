"""The first contact with a submission, before anything is broken: does it speak as its contract says? Answered in
words, step by step; it ends with the first step that fails. Whether all went well is the gate.

How a node is reached, and how long anybody waits, comes from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from federation.grading.calls import COMPLETED, OK
from federation.grading.dialect import Ask, Dialect, Told
from federation.grading.misfit import Misfit
from federation.grading.score import Gate
from federation.grading.telling import money
from federation.grading.town import CURRENCY, TELLERS, Account, Bank, Town

INSIDE_MINOR, ACROSS_MINOR = 1_23, 4_56


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any  # decoded, or the text that could not be


Line = Callable[[str, Ask], Reply | None]  # bank and request; None: no answer
Patience = Callable[[Callable[[], bool]], bool]  # waits until it holds; False: it did not in time


@dataclass(frozen=True, slots=True)
class Step:
    """What was tried; `complaint` says what is wrong, empty if nothing is."""

    what: str
    complaint: str = ""


def gate_of(steps: list[Step]) -> Gate:
    """Open where no step has a complaint."""
    complaints = tuple(step.complaint for step in steps if step.complaint)
    return Gate(not complaints, complaints)


def conform(town: Town, words: Dialect, line: Line, patience: Patience) -> list[Step]:
    """All that was tried, in this order."""
    return list(_Contact(town, words, line, patience).steps())


class _Contact:
    def __init__(self, town: Town, words: Dialect, line: Line, patience: Patience) -> None:
        self.town, self.words, self.line, self.patience = town, words, line, patience
        self.headers: dict[str, dict[str, str]] = {}
        self.ids: list[str] = []

    def steps(self) -> Iterator[Step]:
        """Each step raises Misfit where it fails."""
        home, other = self.town.banks[:2]
        tried: tuple[tuple[str, Callable[[], None]], ...] = (
            *((f"{bank.id} is ready", self._step(self._ready, bank)) for bank in self.town.banks),
            *((f"{bank.id} lets its teller in", self._step(self._sign_in, bank)) for bank in self.town.banks),
            *(
                (f"{bank.id} has the accounts of its seed file", self._step(self._seeded, bank))
                for bank in self.town.banks
            ),
            ("a transfer inside a bank is done at once", self._step(self._inside, home)),
            ("the same key again is the same transfer", self._step(self._again, home)),
            ("a transfer to another bank arrives", self._step(self._across, home, other)),
            ("and one comes the other way", self._step(self._across, other, home)),
            ("each transfer has an id of its own", self._ids_differ),
            ("nobody sends without a token", self._step(self._without_a_token, home)),
        )
        for what, attempt in tried:
            try:
                attempt()
            except Misfit as misfit:
                yield Step(what, f"{what[0].upper()}{what[1:]}: no. {_sentence(misfit)}")
                return
            yield Step(what)

    @staticmethod
    def _step(act: Callable[..., None], *about: Bank) -> Callable[[], None]:
        return lambda: act(*about)

    def _ready(self, bank: Bank) -> None:
        reply = self.line(bank.id, self.words.ready())
        if reply is None or reply.status != 200:
            seen = "does not answer" if reply is None else f"answers {reply.status}"
            raise Misfit(f"{self.words.ready().path} {seen}", "it must answer 200 within 20 s of the start")

    def _sign_in(self, bank: Bank) -> None:
        person = bank.person(TELLERS[0])
        ask = self.words.sign_in(person)
        reply = Reply(200, None) if ask is None else self._answered(bank, ask)
        self.headers[bank.id] = self.words.credentials(person, reply.status, reply.body)

    def _seeded(self, bank: Bank) -> None:
        for account in bank.accounts:
            balance = self._balance(account)
            if balance != account.opening_minor:
                words = f"{account.number} has {money(balance)}, and {money(account.opening_minor)} in the seed file"
                raise Misfit(words, "open the accounts of SEED_FILE at the first start, and not again at the next")
            self._lines(account)

    def _inside(self, bank: Bank) -> None:
        payer, payee = bank.accounts[:2]
        told = self._send(payer, payee, INSIDE_MINOR, "conform-1")
        if told.answer["status"] != COMPLETED:
            raise Misfit(f"it is {told.answer['status']}, not completed", "both accounts are yours: book both at once")
        self._must_show(payer, told, -INSIDE_MINOR)
        self._must_show(payee, told, INSIDE_MINOR)

    def _again(self, bank: Bank) -> None:
        again = self._send(bank.accounts[0], bank.accounts[1], INSIDE_MINOR, "conform-1")
        if again.answer["transaction_id"] != self.ids[0]:
            words = f"the first one was {self.ids[0]}, the second {again.answer['transaction_id']}"
            raise Misfit(words, "keep each key with its answer, in the transaction that moves the money")
        self.ids.pop()

    def _across(self, home: Bank, other: Bank) -> None:
        payer, payee = home.accounts[0], other.accounts[1]
        told = self._send(payer, payee, ACROSS_MINOR, f"conform-{home.id}")
        id_ = told.answer["transaction_id"]

        def is_completed() -> bool:
            reply = self._answered(home, self.words.lookup(id_))
            return self.words.told_of_lookup(reply.status, reply.body).answer.get("status") == COMPLETED

        if not self.patience(is_completed):
            raise Misfit(f"{home.id} does not call {id_} completed", "it is completed when the other bank has said so")
        self._must_show(payer, told, -ACROSS_MINOR)
        self._must_show(payee, told, ACROSS_MINOR)

    def _ids_differ(self) -> None:
        twice = {id_ for id_ in self.ids if self.ids.count(id_) > 1}
        if twice:
            words = f"{min(twice)} stands for two transfers"
            raise Misfit(words, "an id is used once in the whole federation: a UUID, or BANK_ID and a number")

    def _without_a_token(self, bank: Bank) -> None:
        if not self.headers[bank.id]:
            return  # a node without sign-in loses the points for it, and is graded
        payer, payee = bank.accounts[:2]
        reply = self.line(bank.id, self._order(payer, payee, INSIDE_MINOR, "conform-nobody"))
        if reply is None or not 400 <= reply.status < 500:
            raise Misfit(f"it was answered {'nothing' if reply is None else reply.status}", "refuse it with 401")

    def _send(self, payer: Account, payee: Account, amount: int, key: str) -> Told:
        local = payer.bank == payee.bank
        reply = self._answered(self.town.bank(payer.bank), self._order(payer, payee, amount, key))
        told = self.words.told_of_order(reply.status, reply.body, local=local)
        if told.outcome != OK:
            raise Misfit(f"it was answered {reply.status}: {str(reply.body)[:120]}")
        self.ids.append(told.answer["transaction_id"])
        return told

    def _order(self, payer: Account, payee: Account, amount: int, key: str) -> Ask:
        request = {
            "from_account": payer.number,
            "to_bank": payee.bank,
            "to_account": payee.number,
            "amount_minor": amount,
            "currency": CURRENCY,
        }
        return self.words.order(request, key, local=payer.bank == payee.bank)

    def _must_show(self, account: Account, told: Told, amount: int) -> None:
        id_ = told.answer["transaction_id"]
        found = [line["amount_minor"] for line in self._lines(account) if line["transaction_id"] == id_]
        if found != [amount]:
            seen = " and ".join(money(one) for one in found) or "no line"
            raise Misfit(f"the statement of {account.number} has {seen} for transfer {id_}, not {money(amount)}")

    def _balance(self, account: Account) -> int:
        reply = self._answered(self.town.bank(account.bank), self.words.account(account.number))
        told = self.words.told_of_account(reply.status, reply.body)
        if told.outcome != OK:
            raise Misfit(f"account {account.number} was answered {reply.status}")
        return int(told.answer["balance_minor"])

    def _lines(self, account: Account) -> list[dict[str, Any]]:
        bank, pages = self.town.bank(account.bank), list[Any]()
        ask: Ask | None = self.words.statement(account.number)
        while ask is not None:
            reply = self._answered(bank, ask)
            if reply.status >= 300:
                raise Misfit(f"the statement of {account.number} was answered {reply.status}")
            pages.append(reply.body)
            ask = self.words.next_page(reply.body)
        lines: list[dict[str, Any]] = self.words.told_of_statement(pages, account.opening_minor).answer["lines"]
        return lines

    def _answered(self, bank: Bank, ask: Ask) -> Reply:
        reply = self.line(bank.id, replace(ask, headers={**self.headers.get(bank.id, {}), **ask.headers}))
        if reply is None:
            raise Misfit(f"{bank.id} gave no answer to {ask.method} {ask.path}")
        return reply


def _sentence(misfit: Misfit) -> str:
    words = f"{misfit.what[0].upper()}{misfit.what[1:]}."
    return f"{words} What to do: {misfit.do}." if misfit.do else words
