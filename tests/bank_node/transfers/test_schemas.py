"""What is written fits the models, and what the models allow is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bank_node.ledger.account import make_number
from bank_node.ledger.chain import Row
from bank_node.ledger.money import AMOUNT_MAX, EXPONENTS
from bank_node.ledger.text import is_plain
from bank_node.transfers import messages
from bank_node.transfers.keys import certificate, new_identity
from bank_node.transfers.news import Happened, Herald, SentTransfer
from bank_node.transfers.news_schemas import NEWS
from bank_node.transfers.payee import FOUND, LOOKUP, payee_found, payee_lookup
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Desk, Readable
from bank_node.transfers.recall import RECALL_ANSWERED, RECALL_REQUESTED, recall, recall_answer
from bank_node.transfers.registry import BANK_RECORD, PeerKey, PeerRecord, sign_record
from bank_node.transfers.schemas import MODELS
from tests.support.cast import ALICE, BOB, DIRECTORY, NOON_US

DESK = Desk("BRVO", "fed", DIRECTORY)
HASH = "0" * 64


def a_question(**change: Any) -> bytes:
    fields: dict[str, Any] = {
        "now_us": NOON_US,
        "event_id": "e1",
        "federation_id": "fed",
        "transaction_id": "t1",
        "from_bank": "ALFA",
        "to_bank": "BRVO",
        "from_account": ALICE,
        "to_account": BOB,
        "from_name": "Alice",
        "to_name": "Bob",
        "amount_minor": 1250,
        "currency": "EUR",
        "reference": "Lunch",
        "expires_at": "2026-11-22T10:00:00.000Z",
    }
    return messages.request(**{**fields, **change})[0]


def an_inquiry(question: bytes, *, cancel: bool) -> bytes:
    return messages.inquiry(question, now_us=NOON_US, event_id="e2", cancel_if_unknown=cancel)


def an_answer(type_: str, reason: tuple[str, str] | None = None) -> bytes:
    return messages.answer(
        type_=type_,
        event_id="e3",
        federation_id="fed",
        transaction_id="t1",
        from_bank="ALFA",
        to_bank="BRVO",
        answers_hash=HASH,
        reason=reason,
        read_us=NOON_US,
        decided_us=NOON_US,
        repeats_ignored=2,
    )


def a_recall(reason: str | None) -> bytes:
    banks = {"from_bank": "ALFA", "to_bank": "BRVO"}
    return recall(
        now_us=NOON_US,
        event_id="e4",
        federation_id="fed",
        recall_id="r1",
        original=("t1", HASH),
        reason=reason,
        **banks,
    )[0]


def an_answered_recall(verdict: str, reason: tuple[str, str] | None, return_id: str | None) -> bytes:
    banks = {"from_bank": "ALFA", "to_bank": "BRVO"}
    return recall_answer(
        event_id="e5",
        federation_id="fed",
        recall_id="r1",
        original_id="t1",
        answers_hash=HASH,
        verdict=verdict,
        reason=reason,
        return_id=return_id,
        read_us=NOON_US,
        decided_us=NOON_US,
        **banks,
    )


LOOKED_UP: dict[str, Any] = {
    "now_us": NOON_US,
    "event_id": "e6",
    "federation_id": "fed",
    "lookup_id": "l1",
    "from_bank": "ALFA",
    "to_bank": "BRVO",
    "account": BOB,
}


def a_lookup() -> bytes:
    return payee_lookup(**LOOKED_UP)


def a_payee(name: str | None) -> bytes:
    return payee_found(**LOOKED_UP, name=name)


def a_word() -> bytes:
    """With all that a bank may say of itself."""
    identity, authority = new_identity(), new_identity()
    record = PeerRecord(
        bank_id="BRVO",
        name="Bravo",
        url="http://127.0.0.1:8002",
        identity=identity.public,
        certificate=certificate(authority.private, "fed", "BRVO", identity.public),
        keys=(PeerKey(1, HASH, NOON_US), PeerKey(2, HASH)),
        state="open",
        heartbeat_us=NOON_US,
        sequence=7,
        head=(3, HASH),
    )
    return sign_record(record, "fed", identity)


def some_news() -> Iterator[bytes]:
    """Of a transfer's whole life, of cash, and the rows of the audit log themselves."""
    herald, facts = Herald("ALFA", "fed"), {"entry": 1, "currency": "EUR", "postings": [[7, 5, 5]]}
    sent = SentTransfer("t1", ALICE, "BRVO", BOB, 5, "EUR", "Lunch", ("AC04", "the account is closed"))
    for action in ("transfer_out", "transfer_completed", "transfer_refunded"):
        row = Row(3, NOON_US, "teller1", action, "t1", orjson.dumps(facts).decode(), bytes(32))
        for piece in herald.tell(Happened(row, facts, sent, ((ALICE, 5),))):
            yield piece.body
        yield from (piece.body for piece in herald.tell_lines([row, row], bytes(32)))


PLAIN = a_question(to_name=None, reference=None, expires_at=None)
RETURN = a_question(original=("t0", HASH), expires_at=None)
WRITTEN = [
    a_question(),
    PLAIN,
    RETURN,
    an_inquiry(a_question(), cancel=False),
    an_inquiry(PLAIN, cancel=True),
    an_inquiry(RETURN, cancel=True),
    an_answer(messages.ACCEPTED),
    an_answer(messages.REJECTED, ("AC04", "the account is closed")),
    an_answer(messages.UNKNOWN),
    a_recall("sent twice"),
    a_recall(None),
    an_answered_recall("agreed", None, "t9"),
    an_answered_recall("refused", ("MS03", "he will not"), None),
    a_lookup(),
    a_payee("Bob"),
    a_payee(None),
    a_word(),
    messages.dead_letter(NOON_US, "BRVO", "FF01", "not JSON", "external-transfers", 3, 7, b"\xff" * 70_000),
    messages.dead_letter(NOON_US, "BRVO", "FF01", "an empty record", "external-transfers", 3, 7, None),
    *some_news(),
]


def test_every_type_is_among_what_is_written() -> None:
    assert {orjson.loads(body)["type"] for body in WRITTEN} == set(MODELS)


@pytest.mark.parametrize("body", WRITTEN, ids=lambda body: orjson.loads(body)["type"])
def test_what_is_written_comes_out_of_its_model_as_it_went_in(body: bytes) -> None:
    fields = orjson.loads(body)
    model = MODELS[fields["type"]].model_validate_json(body)
    assert model.model_dump(exclude_unset=True) == fields
    assert not model.model_extra, "a new field of the wire belongs into the model too"


def test_the_models_know_every_type_the_reader_knows() -> None:
    no_envelope = {"dead.letter", BANK_RECORD}
    recalls_and_payees = {RECALL_REQUESTED, RECALL_ANSWERED, LOOKUP, FOUND}
    assert set(MODELS) == {*messages.QUESTIONS, *messages.ANSWERS, *recalls_and_payees, *no_envelope, *NEWS}


text = st.text(st.characters(codec="utf-8")).filter(is_plain)
accounts = st.builds(make_number, st.sampled_from(["ALFA", "B027"]), st.integers(0, 10**10 - 1)) | text.filter(
    lambda number: 1 <= len(number) <= 64 and not number.startswith("XF")
)
short = text.filter(lambda words: len(words) <= 140)
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
ids = st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)
moments = st.sampled_from(["2026-11-22T10:00:00.000Z", "2026-11-22T12:00:00+02:00", "1999-12-31T23:59:59Z"])
BUSINESS = {
    "from_account": accounts,
    "to_account": accounts,
    "amount_minor": st.integers(1, AMOUNT_MAX),
    "currency": st.sampled_from(sorted(EXPONENTS)),
}
ORIGINAL = {"original_transaction_id": ids, "original_hash": hashes}
DEMANDED: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    messages.REQUESTED: BUSINESS,
    messages.RETURNED: BUSINESS | ORIGINAL,
    messages.INQUIRY: BUSINESS,
    **{type_: {"answers_hash": hashes} for type_ in messages.ANSWERS},
    RECALL_REQUESTED: ORIGINAL,
    RECALL_ANSWERED: {"answers_hash": hashes, "verdict": st.sampled_from(["agreed", "refused"])},
    LOOKUP: {"account": accounts},
    FOUND: {"account": accounts, "found": st.booleans()},
}
ALLOWED = {
    "schema": st.sampled_from(["bankfed/1.0", "bankfed/1.9"]),
    "federation_id": st.just("fed"),
    "event_id": ids,
    "created_at": moments,
    "attempt": st.integers(1, 2**31),
    "mac": hashes,
    "known_head": st.fixed_dictionaries({"seq": st.integers(1, 2**53 - 1), "hash": hashes}),
    "name": st.none() | short,
    "from_name": st.none() | short,
    "to_name": st.none() | short,
    "reference": st.none() | short,
    "expires_at": st.none() | moments,
    "read_at": moments,
    "decided_at": moments,
    "repeats_ignored": st.integers(0, 2**31),
    "a field of the next version": st.none() | st.integers(0, 9) | short,
}


@pytest.mark.parametrize("type_", DEMANDED)
@given(data=st.data())
def test_what_a_model_allows_is_read(type_: str, data: st.DataObject) -> None:
    always = {"type": type_, "from_bank": "ALFA", "to_bank": "BRVO", "transaction_id": data.draw(ids)}
    named = {name: alias for name, field in MODELS[type_].model_fields.items() if (alias := field.alias or name)}
    optional = {name: how for name, how in ALLOWED.items() if name in named.values() or " " in name}
    fields = always | data.draw(st.fixed_dictionaries(DEMANDED[type_], optional=optional))
    assert set(fields) >= {named[name] for name, field in MODELS[type_].model_fields.items() if field.is_required()}
    body = orjson.dumps(fields)
    MODELS[type_].model_validate_json(body)
    incoming = DESK.read(Record("external-transfers", 0, 1, b"BRVO", body), NOON_US)
    assert isinstance(incoming, Readable), incoming
    assert incoming.message.fault is None


@pytest.mark.parametrize(
    "change",
    [
        {"transaction_id": "a b"},
        {"amount_minor": 0},
        {"amount_minor": 12.5},
        {"amount_minor": AMOUNT_MAX + 1},
        {"amount_minor": "12"},
        {"to_account": "XF00BRVO0000000001"},
        {"from_account": ""},
        {"reference": "x" * 141},
        {"reference": "\x00"},
        {"expires_at": "tomorrow"},
        {"expires_at": "2026-11-22T10:00:00"},
        {"schema": "bankfed/2.0"},
        {"schema": None},
        {"content_hash": None},
    ],
)
def test_what_the_reader_refuses_is_not_in_the_model_either(change: dict[str, Any]) -> None:
    body = orjson.dumps(orjson.loads(a_question()) | change)
    with pytest.raises(ValidationError):
        MODELS[messages.REQUESTED].model_validate_json(body)
    incoming = DESK.read(Record("external-transfers", 0, 1, b"BRVO", body), NOON_US)
    assert not isinstance(incoming, Readable) or incoming.message.fault is not None
