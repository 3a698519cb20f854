"""A member of the federation that is no bank of ours: certified, with keys of its own, and free to say what it likes.

It hears every record of the topic, as anybody can. Unless told otherwise it answers each question that is put to it
with the one word it has drawn for that transfer. What it can not do is what the laws promise: cost anybody but itself
a cent.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson

from bank_node.identity import Secrets
from bank_node.transfers import messages
from bank_node.transfers.keyring import Keyring, OwnKey
from bank_node.transfers.ports import OutgoingRecord, Record
from bank_node.transfers.registry import PeerKey, PeerRecord, record_key, sign_record
from bank_node.transfers.topics import BANK_REGISTRY, EXTERNAL_TRANSFERS
from federation.simulation.accounts import LIAR, number_of
from federation.simulation.bus import Bus
from federation.simulation.keys import FEDERATION, secrets_of
from federation.simulation.timeline import NOON_US

SPEAKS_US, SPEAKS_AGAIN_US = 300_000, 30_000_000  # after the beginning, and from then on
REFUSES_PERCENT = 25
Fields = dict[str, Any]


class Liar:
    """`sealed`: it has told its key and seals what it says. Else it is a bank that speaks without one."""

    def __init__(self, bus: Bus, secrets: Callable[[str], Secrets], *, sealed: bool) -> None:
        self.bus, self.dice, self.sealed = bus, bus.dice, sealed
        self._secrets = secrets
        self.overheard: list[Fields] = []  # questions between other banks, and to this one, as they were said
        self.genuine: list[Record] = []  # every record of the topic
        self.asked: dict[str, list[Fields]] = {}  # by bank: what this one has asked it
        self.unanswered: dict[str, Fields] = {}
        self.answered: dict[str, tuple[Fields, str]] = {}
        bus.heard.append(self._hear)
        if sealed:
            bus.timeline.after(SPEAKS_US, self._introduce)

    def say(self, to_bank: str, fields: Fields) -> None:
        """A message of its own, sealed if it seals."""
        fields = {name: value for name, value in fields.items() if name not in ("mac", "attempt", "known_head")}
        if self.sealed:
            with suppress(ValueError):  # what has no canonical form has no mac
                fields["mac"] = self._keyring(to_bank).seal(to_bank, fields)
        self.put(to_bank, orjson.dumps(fields), str(fields.get("type")), str(fields.get("event_id")))

    def put(self, to_bank: str, value: bytes, type_: str = "bytes", event_id: str = "") -> None:
        """Bytes under a bank's key, if the topic is there."""
        headers = (("ce_type", type_.encode()), ("ce_id", event_id.encode()))
        if EXTERNAL_TRANSFERS in self.bus.logs:
            self.bus.append(OutgoingRecord(EXTERNAL_TRANSFERS, to_bank.encode(), value, headers))

    def question(self, to_bank: str, id_: str, original: tuple[str, str] | None = None, **other: Any) -> Fields:
        """A request, or a return of `original`, as a bank writes it; `other` is changed in it, the hash fits."""
        body, _ = messages.request(
            now_us=self.bus.timeline.now_us,
            event_id=f"{id_}-event",
            federation_id=FEDERATION,
            transaction_id=id_,
            from_bank=LIAR,
            to_bank=to_bank,
            from_account=number_of(LIAR, 1),
            to_account=number_of(to_bank, 1),
            from_name="A liar",
            to_name=None,
            amount_minor=1_00,
            currency="EUR",
            reference=None,
            expires_at=None,
            original=original,
        )
        return rehashed({**orjson.loads(body), **other})

    def ask(self, to_bank: str, fields: Fields) -> None:
        self.asked.setdefault(to_bank, []).append(fields)
        self.say(to_bank, fields)

    def answer(self, question: Fields, accepted: bool, **other: Any) -> None:
        """An answer to what a bank has asked, in its own name."""
        now_us = self.bus.timeline.now_us
        body = messages.answer(
            type_=messages.ACCEPTED if accepted else messages.REJECTED,
            event_id=f"{question['transaction_id']}-{now_us}",
            federation_id=FEDERATION,
            transaction_id=question["transaction_id"],
            from_bank=LIAR,
            to_bank=question["from_bank"],
            answers_hash=messages.content_hash(question),
            reason=None if accepted else ("MS03", "so it likes"),
            read_us=now_us,
            decided_us=now_us,
            repeats_ignored=0,
        )
        self.say(question["from_bank"], {**orjson.loads(body), **other})

    def own_word(self, question: Fields) -> bool:
        """The same at each time it is asked."""
        return not self.dice.share(REFUSES_PERCENT, "refuses", question["transaction_id"])

    def _hear(self, record: Record, seen_us: int) -> None:
        if record.topic != EXTERNAL_TRANSFERS:
            return
        self.genuine.append(record)
        try:
            fields = orjson.loads(record.value or b"")
        except orjson.JSONDecodeError:
            return
        if not isinstance(fields, dict) or fields.get("type") not in messages.QUESTIONS:
            return
        if fields.get("from_bank") == LIAR or not isinstance(fields.get("transaction_id"), str):
            return
        self.overheard.append(fields)
        if fields.get("to_bank") == LIAR:
            self.unanswered.setdefault(fields["transaction_id"], fields)
            slow = self.dice.share(20, "slow", fields["transaction_id"])
            pause_us = self.dice.roll(30_000_000 if slow else 500_000, "answers", fields["transaction_id"], seen_us)
            self.bus.timeline.at(seen_us + pause_us, lambda: self._answer(fields))

    def _answer(self, question: Fields) -> None:
        accepted = self.own_word(question)
        self.unanswered.pop(question["transaction_id"], None)
        self.answered[question["transaction_id"]] = (question, messages.ACCEPTED if accepted else messages.REJECTED)
        self.answer(question, accepted)

    def _introduce(self) -> None:
        """Its word about itself, as every bank says it, and again where the topic was made anew."""
        log, key = self.bus.logs.get(BANK_REGISTRY), record_key(FEDERATION, LIAR).encode()
        if log is not None and not any(record.key == key for record in log.partitions[0]):
            value = sign_record(_own_record(), FEDERATION, secrets_of(LIAR).identity)
            self.bus.append(OutgoingRecord(BANK_REGISTRY, key, value))
        self.bus.timeline.after(SPEAKS_US if log is None else SPEAKS_AGAIN_US, self._introduce)

    def _keyring(self, to_bank: str) -> Keyring:
        """With the newest key that the other bank has."""
        keyring = Keyring(LIAR, FEDERATION, lambda: self.bus.timeline.now_us)
        keyring.hold([OwnKey(1, secrets_of(LIAR).exchange_keys[1].private)])
        version, key = max(self._secrets(to_bank).exchange_keys.items())
        peer = PeerRecord(to_bank, "", "", "", "", (PeerKey(version, key.public),), "", 0, 1)
        keyring.learn(peer)
        return keyring


def rehashed(fields: Fields) -> Fields:
    """With the hash of its own content, whatever that is."""
    return {**fields, "content_hash": messages.content_hash(fields)}


def _own_record() -> PeerRecord:
    secrets = secrets_of(LIAR)
    return PeerRecord(
        bank_id=LIAR,
        name="A liar",
        url="http://liar.example",
        identity=secrets.identity.public,
        certificate=secrets.certificate or "",
        keys=(PeerKey(1, secrets.exchange_keys[1].public),),
        state="open",
        heartbeat_us=NOON_US,
        sequence=1,
    )
