"""What somebody without any bank's key writes to the topics: forged messages, changed ones, and bytes that are none.

Nothing of it may be believed, and nothing may stop who reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from bank_node.transfers import messages
from bank_node.transfers.ports import OutgoingRecord
from bank_node.transfers.registry import record_key
from bank_node.transfers.topics import BANK_REGISTRY
from federation.simulation.accounts import LIAR, number_of
from federation.simulation.liar import Fields, Liar, rehashed

Forgery = Callable[[Liar, str, str, str], None]  # who may write, to which bank, in whose name, a name for what is new
FORGERIES: dict[str, Forgery] = {}
NO_MAC, WRONG_MAC = None, "f" * 64


def forgery(function: Forgery) -> Forgery:
    FORGERIES[function.__name__] = function
    return function


@forgery
def request(liar: Liar, bank: str, as_bank: str, name: str) -> None:
    """Pay me, says another bank; it does not."""
    for number, mac in enumerate((NO_MAC, WRONG_MAC)):
        fields = liar.question(bank, f"{name}-{number}", from_bank=as_bank, from_account=number_of(as_bank, 1))
        _put(liar, bank, fields | ({} if mac is None else {"mac": mac}))


@forgery
def request_with_own_mac(liar: Liar, bank: str, as_bank: str, name: str) -> None:
    """Sealed with the key that the liar shares with this bank."""
    if liar.sealed:
        liar.say(bank, liar.question(bank, name, from_bank=as_bank, from_account=number_of(as_bank, 1)))


@forgery
def answers(liar: Liar, bank: str, _as_bank: str, _name: str) -> None:
    """Both words about what this bank has asked of another one, in that one's name."""
    for question in [q for q in liar.overheard if q["from_bank"] == bank and q["to_bank"] != LIAR][-4:]:
        for accepted in (False, True):
            _put(liar, bank, _answer(question, accepted) | {"mac": WRONG_MAC})


@forgery
def answer_of_another(liar: Liar, bank: str, _as_bank: str, _name: str) -> None:
    """A genuine answer under the id of another transfer."""
    genuine = [fields for fields in _messages(liar, bank) if fields.get("type") in messages.ANSWERS]
    questions = [q for q in liar.overheard if q["from_bank"] == bank]
    if genuine and questions:
        changed = {
            "transaction_id": questions[-1]["transaction_id"],
            "answers_hash": messages.content_hash(questions[-1]),
        }
        _put(liar, bank, {**genuine[-1], **changed})


@forgery
def other_amount(liar: Liar, bank: str, _as_bank: str, _name: str) -> None:
    """A genuine request with another amount, before or after the true one."""
    for fields in [f for f in _messages(liar, bank) if f.get("type") == messages.REQUESTED][-2:]:
        _put(liar, bank, rehashed({**fields, "amount_minor": fields["amount_minor"] + 1}))
        _put(liar, bank, {**fields, "amount_minor": fields["amount_minor"] + 1})


@forgery
def other_key(liar: Liar, bank: str, _as_bank: str, _name: str) -> None:
    """What another bank was sent, under this one's key."""
    for record in [record for record in liar.genuine if record.key not in (None, bank.encode())][-2:]:
        liar.put(bank, record.value or b"", "misdirected")


@forgery
def unknown_bank(liar: Liar, bank: str, _as_bank: str, name: str) -> None:
    _put(liar, bank, liar.question(bank, name, from_bank="ZZZZ"))


@forgery
def unknown_schema(liar: Liar, bank: str, _as_bank: str, name: str) -> None:
    _put(liar, bank, liar.question(bank, name, schema="bankfed/2.0"))


@forgery
def no_id(liar: Liar, bank: str, _as_bank: str, name: str) -> None:
    for id_ in ("", "a b", "x" * 65, 7, None):
        _put(liar, bank, liar.question(bank, name) | {"transaction_id": id_})


@forgery
def other_hash(liar: Liar, bank: str, as_bank: str, name: str) -> None:
    """It claims a hash that is not its own, whoever says it."""
    _put(liar, bank, liar.question(bank, name, from_bank=as_bank) | {"content_hash": "1" * 64})
    liar.say(bank, liar.question(bank, f"{name}-own") | {"content_hash": "1" * 64})


@forgery
def registry_record(liar: Liar, bank: str, as_bank: str, _name: str) -> None:
    """A bank's word about itself that it never said: another key, signed by nobody, and the newest of all."""
    log = liar.bus.logs.get(BANK_REGISTRY)
    key = record_key("simulated", as_bank).encode()
    said = [record for record in (log.partitions[0] if log else ()) if record.key == key and record.value]
    if said:
        fields = orjson.loads(said[-1].value or b"{}")
        fields |= {"sequence": 2**50, "keys": [{"version": 99, "public_key": "a" * 64}], "name": f"not {bank}"}
        liar.bus.append(OutgoingRecord(BANK_REGISTRY, key, orjson.dumps(fields)))


@forgery
def garbage(liar: Liar, bank: str, _as_bank: str, name: str) -> None:
    """Whatever bytes there are."""
    good = orjson.dumps(liar.question(bank, name))
    liar_bytes: list[bytes] = [
        b"",
        b"\x00\xff\xfe",
        good[: len(good) // 2],
        good.replace(b'"EUR"', b"NaN"),
        good.replace(b"EUR", b"\xff\xff\xff"),
        b"[" * 5_000,
        b'{"a":' * 5_000,
        orjson.dumps([good.decode()]),
        b"7",
        orjson.dumps(liar.question(bank, name) | {"type": "transfer.gift"}),
        orjson.dumps(liar.question(bank, name) | {"padding": "x" * 70_000}),
    ]
    for value in liar_bytes:
        liar.put(bank, value)


def _put(liar: Liar, bank: str, fields: Fields) -> None:
    liar.put(bank, orjson.dumps(fields), str(fields.get("type")), str(fields.get("event_id")))


def _answer(question: Fields, accepted: bool) -> Fields:
    body = messages.answer(
        type_=messages.ACCEPTED if accepted else messages.REJECTED,
        event_id="forged",
        federation_id=question["federation_id"],
        transaction_id=question["transaction_id"],
        from_bank=question["to_bank"],
        to_bank=question["from_bank"],
        answers_hash=messages.content_hash(question),
        reason=None if accepted else ("MS03", "forged"),
        read_us=0,
        decided_us=0,
        repeats_ignored=0,
    )
    fields: Fields = orjson.loads(body)
    return fields


def _messages(liar: Liar, bank: str) -> list[dict[str, Any]]:
    """What was said to this bank, as it was said."""
    found = []
    for record in liar.genuine[-60:]:
        if record.key == bank.encode() and record.value and record.value.startswith(b"{"):
            try:
                fields = orjson.loads(record.value)
            except orjson.JSONDecodeError:
                continue
            if isinstance(fields.get("transaction_id"), str) and isinstance(fields.get("amount_minor", 0), int):
                found.append(fields)
    return found
