"""A certified bank that says whatever helps it, under its own good macs; and somebody at the broker without any key.

`Liar` reads what the honest banks tell it and lies to them; `Outsider` has read the whole topic and writes in anybody's
name. Both draw from dice, and move no book of their own: what they owe stands in the honest banks' clearing accounts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from bank_node.transfers import messages
from bank_node.transfers.recall import recall_hash
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.bank_node.broker.neighbours import FEDERATION, Neighbourhood, account_of

AMOUNT_MAX = 50_00


class Liar:
    """The bank `name`; its keys are real, its loops do not run."""

    def __init__(self, near: Neighbourhood, name: str, honest: Sequence[str], dice: random.Random) -> None:
        self.near, self.name, self.honest, self.dice = near, name, honest, dice
        self.keyring = near.banks[name].bank.keyring
        self.count = 0
        self.minted: list[dict[str, Any]] = []
        self.lies: tuple[Callable[[str], None], ...] = (
            self.mint,
            self.answer,
            self.answer,
            self.answer_with_another_hash,
            self.give_back,
            self.give_back_what_others_sent,
            self.ask,
            self.call_back,
            self.say_again,
            self.answer_what_others_sent,
        )

    def lie(self) -> None:
        self.dice.choice(self.lies)(self.dice.choice(self.honest))

    def say(self, bank: str, fields: dict[str, Any]) -> None:
        """Under this bank's own mac, so it will be believed to be of this bank."""
        said = {name: value for name, value in fields.items() if name not in ("mac", "attempt", "content_hash")}
        said |= {"schema": messages.SCHEMA, "federation_id": FEDERATION, "from_bank": self.name, "to_bank": bank}
        assert self.keyring is not None
        self.near.put(EXTERNAL_TRANSFERS, bank, orjson.dumps(said | {"mac": self.keyring.seal(bank, said)}))

    def mint(self, bank: str) -> None:
        """A payment that nobody has made."""
        amount = self.dice.choice([1, self.dice.randrange(1, AMOUNT_MAX), 10**15, 0, -1])
        fields = {
            "type": messages.REQUESTED,
            "transaction_id": self._an_id(bank),
            "from_account": account_of(self.name),
            "to_account": account_of(self.dice.choice([bank, bank, *self.honest])),
            "from_name": "Liar",
            "amount_minor": amount,
            "currency": "EUR",
        }
        self.minted.append(fields | {"to_bank": bank})
        self.say(bank, fields)

    def answer(self, bank: str) -> None:
        """One of the answers to something this bank asked: the first one, or another one."""
        asked = self._asked_by(bank)
        if asked is None:
            return
        reason = {"code": self.dice.choice(["AC01", "AM05", "AB05", "zz", None, 7]), "text": "no"}
        self.say(bank, self._an_answer(asked, asked["content_hash"]) | {"reason": reason})

    def answer_with_another_hash(self, bank: str) -> None:
        asked = self._asked_by(bank)
        if asked is not None:
            self.say(bank, self._an_answer(asked, self.dice.randbytes(32).hex()))

    def answer_what_others_sent(self, bank: str) -> None:
        """Of a transfer between two honest banks, with its right hash: the mac is this bank's, and good."""
        asked = self._between_others(bank)
        if asked is not None:
            self.say(bank, self._an_answer(asked, asked["content_hash"]))

    def give_back(self, bank: str) -> None:
        """Returns of what was sent here, credited or not, more than once and more than it was."""
        asked = self._asked_by(bank)
        if asked is not None and asked["type"] != messages.RETURNED:
            self._return(bank, asked)

    def give_back_what_others_sent(self, bank: str) -> None:
        asked = self._between_others(bank)
        if asked is not None:
            self._return(bank, asked)

    def ask(self, bank: str) -> None:
        """Inquiries about what it has sent, and about what others have."""
        about = self.dice.choice([*self.minted[-3:], self._between_others(bank)])
        if about is not None:
            about = {name: value for name, value in about.items() if name != "known_head"}
            flag = {"cancel_if_unknown": True} if self.dice.random() < 0.5 else {}
            self.say(bank, about | flag | {"type": messages.INQUIRY})

    def call_back(self, bank: str) -> None:
        about = self.dice.choice([*self.minted[-3:], self._between_others(bank)])
        if about is None:
            return
        ids = {"transaction_id": self._an_id("recall"), "original_transaction_id": about["transaction_id"]}
        original_hash = self.dice.choice([messages.content_hash(about | self._banks(bank)), "0" * 64])
        fields = {"type": "recall.requested", **ids, "original_hash": original_hash}
        self.say(bank, fields | {"content_hash": recall_hash(fields)})

    def say_again(self, bank: str) -> None:
        """Its own words once more, with other content under the same id."""
        if self.minted:
            self.say(bank, self.dice.choice(self.minted) | {"amount_minor": self.dice.randrange(1, AMOUNT_MAX)})

    def _return(self, bank: str, asked: dict[str, Any]) -> None:
        amount = self.dice.choice([asked["amount_minor"], asked["amount_minor"] + 1, 1, 10**15])
        fields = {
            "type": messages.RETURNED,
            "transaction_id": self._an_id("return"),
            "original_transaction_id": asked["transaction_id"],
            "original_hash": self.dice.choice([asked["content_hash"], asked["content_hash"], "0" * 64]),
            "from_account": account_of(self.name),
            "to_account": account_of(self.dice.choice(self.honest)),
            "from_name": "Liar",
            "amount_minor": amount,
            "currency": "EUR",
        }
        self.say(bank, fields)

    def _an_answer(self, asked: dict[str, Any], answers_hash: str) -> dict[str, Any]:
        type_ = self.dice.choice(messages.ANSWERS)
        return {"type": type_, "transaction_id": asked["transaction_id"], "answers_hash": answers_hash}

    def _asked_by(self, bank: str) -> dict[str, Any] | None:
        asked = [
            one for one in self.near.messages(from_bank=bank, to_bank=self.name) if one["type"] in messages.QUESTIONS
        ]
        return self.dice.choice(asked) if asked else None

    def _between_others(self, bank: str) -> dict[str, Any] | None:
        """A question that `bank` has put to another honest one."""
        asked = [
            one for one in self.near.messages(from_bank=bank, type=messages.REQUESTED) if one["to_bank"] != self.name
        ]
        return self.dice.choice(asked) if asked else None

    def _banks(self, bank: str) -> dict[str, str]:
        return {"from_bank": self.name, "to_bank": bank, "federation_id": FEDERATION}

    def _an_id(self, what: str) -> str:
        self.count += 1
        return f"{self.name}-{what}-{self.count}"


class Outsider:
    """Reaches the broker, has read everything, has no key; or `keyring`, that of a bank which is not the one named."""

    def __init__(self, near: Neighbourhood, honest: Sequence[str], dice: random.Random, keyring: Any = None) -> None:
        self.near, self.honest, self.dice, self.keyring = near, honest, dice, keyring
        self.count = 0

    def forge(self) -> None:
        said = [one for one in self.near.messages() if one.get("from_bank") in self.honest]
        if not said:
            return
        dice, real = self.dice, dict(self.dice.choice(said))
        self.count += 1
        change: dict[str, Any] = dice.choice(
            [
                {"transaction_id": f"forged-{self.count}"},
                {"amount_minor": dice.randrange(1, AMOUNT_MAX)},
                {"type": dice.choice([*messages.ANSWERS, *messages.QUESTIONS, "recall.requested", "recall.answered"])},
                {"to_account": account_of(dice.choice(self.honest))},
                {"cancel_if_unknown": True, "type": messages.INQUIRY},
                {"from_bank": real["to_bank"], "to_bank": real["from_bank"], "answers_hash": real.get("content_hash")},
                {"to_bank": dice.choice(self.honest)},
                {},
            ]
        )
        forged = real | change
        if change and dice.random() < 0.7:
            forged.pop("content_hash", None)
        if change:
            forged = self._sealed_wrongly(forged)
        for _ in range(dice.choice([1, 1, 3])):
            self.near.put(EXTERNAL_TRANSFERS, dice.choice([forged["to_bank"], *self.honest]), orjson.dumps(forged))

    def _sealed_wrongly(self, forged: dict[str, Any]) -> dict[str, Any]:
        """With the mac of the real one, with none, with one of nobody, with that of the bank whose key was given."""
        way = self.dice.randrange(4)
        if way == 1:
            forged.pop("mac", None)
        elif way == 2:
            forged["mac"] = self.dice.randbytes(32).hex()
        elif way == 3 and self.keyring is not None:
            forged["mac"] = self.keyring.seal(forged["to_bank"], {k: v for k, v in forged.items() if k != "mac"})
        return forged
