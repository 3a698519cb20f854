"""What the liar does to a bank, word by word: each kind of lie that the protocol's tables have a row for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from bank_node.transfers import messages
from federation.simulation.accounts import LIAR, NOBODY, number_of
from federation.simulation.liar import Fields, Liar, rehashed

Lie = Callable[[Liar, str, str], None]  # the liar, to which bank, a name for what is new
LIES: dict[str, Lie] = {}
OTHER_HASH = "0" * 64

# Questions that can never be right: what is changed in a good one.
_WRONG: dict[str, dict[str, Any]] = {
    "negative": {"amount_minor": -5_00},
    "zero": {"amount_minor": 0},
    "fraction": {"amount_minor": 1.5},
    "huge": {"amount_minor": 10**15 + 1},
    "words": {"amount_minor": "100"},
    "strange_currency": {"currency": "XXX"},
    "other_currency": {"currency": "USD"},
    "broken_field": {"from_name": "a\nb"},
    "no_account": {"to_account": number_of("ALFA", NOBODY)},
    "expired": {"expires_at": "2026-01-01T00:00:00Z"},
    "no_moment": {"expires_at": "soon"},
}


def lie(function: Lie) -> Lie:
    LIES[function.__name__] = function
    return function


def _asking_wrongly(change: dict[str, Any]) -> Lie:
    def ask(liar: Liar, bank: str, name: str) -> None:
        liar.ask(bank, liar.question(bank, name, **change))

    return ask


LIES.update({f"ask_{what}": _asking_wrongly(change) for what, change in _WRONG.items()})


@lie
def pay(liar: Liar, bank: str, name: str) -> None:
    """A payment like any other."""
    liar.ask(bank, liar.question(bank, name))


@lie
def say_again(liar: Liar, bank: str, _name: str) -> None:
    """All it has ever asked of this bank, once more."""
    for question in liar.asked.get(bank, []):
        liar.say(bank, question)


@lie
def reuse(liar: Liar, bank: str, _name: str) -> None:
    """Ids that are known there, with other content."""
    for question in liar.asked.get(bank, [])[-4:]:
        liar.say(bank, rehashed({**question, "amount_minor": 77_77}))


@lie
def ask_unseen(liar: Liar, bank: str, name: str) -> None:
    """What became of something it never sent?"""
    _inquire(liar, bank, name, cancel=False)


@lie
def bury(liar: Liar, bank: str, name: str) -> None:
    """Cancels what it never sent, and sends it then; and other content too."""
    _inquire(liar, bank, name, cancel=True)
    question = liar.question(bank, name)
    liar.ask(bank, question)
    liar.say(bank, rehashed({**question, "amount_minor": 2_00}))


@lie
def bury_return(liar: Liar, bank: str, name: str) -> None:
    body = orjson.dumps(liar.question(bank, name, original=("some-payment", OTHER_HASH)))
    now_us = liar.bus.timeline.now_us
    liar.say(bank, orjson.loads(messages.inquiry(body, now_us=now_us, event_id=name, cancel_if_unknown=True)))


@lie
def contradict(liar: Liar, bank: str, _name: str) -> None:
    """The other word about all it has answered so far."""
    for question, said in list(liar.answered.values()):
        if question["from_bank"] == bank:
            liar.answer(question, accepted=said == messages.REJECTED)


@lie
def answer_other_content(liar: Liar, bank: str, _name: str) -> None:
    for question in _heard(liar, bank)[-3:]:
        liar.answer(question, accepted=True, answers_hash=OTHER_HASH)


@lie
def meddle(liar: Liar, bank: str, _name: str) -> None:
    """Answers what was asked of another bank."""
    for question in [q for q in liar.overheard if q["from_bank"] == bank and q["to_bank"] != LIAR][-3:]:
        liar.answer(question, accepted=True)
        liar.answer(question, accepted=False)


@lie
def answer_nothing(liar: Liar, bank: str, name: str) -> None:
    """An answer to an id that was never sent. Under a believed mac a bank would doubt its own books, so without one."""
    if not liar.sealed:
        liar.answer(liar.question(LIAR, name, from_bank=bank), accepted=True)


@lie
def give_back(liar: Liar, bank: str, name: str) -> None:
    """Part of a payment it has received, the newest one first: perhaps before it has said that it took it."""
    if question := _paid(liar, bank):
        liar.ask(bank, liar.question(bank, name, _named(question), amount_minor=1, to_account=question["from_account"]))


@lie
def give_back_too_much(liar: Liar, bank: str, name: str) -> None:
    if question := _paid(liar, bank):
        liar.ask(bank, liar.question(bank, name, _named(question), amount_minor=question["amount_minor"] + 1))


@lie
def give_back_all_twice(liar: Liar, bank: str, name: str) -> None:
    if question := _paid(liar, bank):
        for number in (1, 2):
            fields = liar.question(bank, f"{name}-{number}", _named(question), amount_minor=question["amount_minor"])
            liar.ask(bank, fields)


@lie
def give_back_wrongly(liar: Liar, bank: str, name: str) -> None:
    """Every return that does not fit: of nothing, other content, a return, what went elsewhere; and malformed ones."""
    liar.ask(bank, liar.question(bank, f"{name}-nothing", ("never-sent", OTHER_HASH)))
    if question := _paid(liar, bank):
        id_, digest = _named(question)
        wrong: list[Fields] = [
            liar.question(bank, f"{name}-hash", (id_, OTHER_HASH)),
            liar.question(bank, f"{name}-field", (id_, digest), from_name="a\nb"),
            liar.question(bank, f"{name}-amount", (id_, digest), amount_minor=0),
            liar.question(bank, f"{name}-currency", (id_, digest), currency="CHF", amount_minor=1),
        ]
        for fields in wrong:
            liar.ask(bank, fields)
    for number, question in enumerate(_strange(liar, bank)):
        liar.ask(bank, liar.question(bank, f"{name}-strange-{number}", _named(question)))


def _strange(liar: Liar, bank: str) -> list[Fields]:
    """What this bank has sent and the liar may not return: to another bank, a return of its own, refused."""
    own = [question for question in liar.overheard if question["from_bank"] == bank]
    elsewhere = [question for question in own if question["to_bank"] != LIAR][-1:]
    returns = [question for question in own if question["type"] == messages.RETURNED][-1:]
    refused = [q for q, said in liar.answered.values() if q["from_bank"] == bank and said == messages.REJECTED][-1:]
    return [*elsewhere, *returns, *refused]


def _heard(liar: Liar, bank: str) -> list[Fields]:
    """Payments of this bank to the liar."""
    return [
        question
        for question in liar.overheard
        if question["from_bank"] == bank and question["to_bank"] == LIAR and question["type"] == messages.REQUESTED
    ]


def _paid(liar: Liar, bank: str) -> Fields | None:
    """The newest payment of this bank that the liar means to keep, or has kept."""
    return next((question for question in reversed(_heard(liar, bank)) if liar.own_word(question)), None)


def _named(question: Fields) -> tuple[str, str]:
    return question["transaction_id"], messages.content_hash(question)


def _inquire(liar: Liar, bank: str, name: str, *, cancel: bool) -> None:
    body = orjson.dumps(liar.question(bank, name))
    now_us = liar.bus.timeline.now_us
    liar.say(bank, orjson.loads(messages.inquiry(body, now_us=now_us, event_id=name, cancel_if_unknown=cancel)))
