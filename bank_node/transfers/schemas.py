"""What is on the wire, as models: one per message type. JSON Schemas, AsyncAPI document and tests are made from them.

The hot path does not use them: `messages` writes and `reading` reads without a model, and tests hold both against this.
A field without a default is one that no reader does without; one that may be absent is not therefore allowed to be
null. Unknown fields are allowed everywhere: a reader keeps and ignores them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema

from bank_node.ledger.money import AMOUNT_MAX
from bank_node.transfers.members import (
    ABSENT,
    Account,
    BankId,
    Hash,
    Head,
    Key,
    Moment,
    Reason,
    Schema,
    Signature,
    Text,
    WireId,
)
from bank_node.transfers.messages import BYTES_MAX
from bank_node.transfers.news_schemas import NEWS
from bank_node.transfers.registry import KEYS_MAX, NUMBER_MAX


class Envelope(BaseModel):
    """What every message between two banks carries."""

    model_config = ConfigDict(extra="allow", serialize_by_alias=True)

    transaction_id: WireId
    from_bank: Annotated[BankId, Field(description="Who speaks; of an answer the answering bank")]
    to_bank: Annotated[BankId, Field(description="Who is spoken to; the key of the record")]
    schema_: Annotated[Schema, Field(alias="schema")] = ABSENT
    federation_id: Annotated[
        str, Field(description="A record of another federation is skipped; one without is taken as of this one")
    ] = ABSENT
    event_id: Annotated[str, Field(description="The same on every re-send")] = ABSENT
    created_at: Moment = ABSENT
    attempt: Annotated[int, Field(ge=1, description="Neither hashed nor under the mac")] = ABSENT
    mac: Annotated[
        str, Field(description="HMAC-SHA256 under the key of the two banks, over all but itself and attempt")
    ] = ABSENT
    known_head: Annotated[
        Head, Field(description="The furthest row of the addressee's audit chain that the writer knows of")
    ] = ABSENT


class Question(Envelope):
    """The business fields: what the content hash covers, and names for people."""

    from_account: Account
    to_account: Account
    amount_minor: Annotated[
        int, Field(strict=True, ge=1, le=AMOUNT_MAX, description="Minor units, written without fraction or exponent")
    ]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
    from_name: Text | None = None
    to_name: Text | None = None
    reference: Text | None = None
    expires_at: Annotated[Moment | None, Field(description="Unseen until then, it is refused AB05")] = None
    content_hash: Annotated[Hash, Field(description="SHA-256 over the canonical business fields; see vectors.json")] = (
        ABSENT
    )


class Requested(Question):
    """Please credit this account (pacs.008)."""

    type: Literal["transfer.requested"]


class Returned(Question):
    """Money of an earlier transfer comes back, whole or part, under an id of its own (pacs.004)."""

    type: Literal["transfer.returned"]
    original_transaction_id: WireId
    original_hash: Annotated[Hash, Field(description="The content hash of the transfer whose money this is")]


class Inquiry(Question):
    """What became of it? Repeats the business fields, so that its hash is that of what it asks about (pacs.028)."""

    type: Literal["transfer.inquiry"]
    cancel_if_unknown: Annotated[bool, Field(description="True: if you do not know it, refuse it for ever")] = ABSENT
    original_transaction_id: WireId | None = None
    original_hash: Hash | None = None


class Answer(Envelope):
    """What the receiving bank says; its first committed decision never changes."""

    answers_hash: Annotated[
        Hash, Field(description="The hash computed from what is answered, never one that was claimed")
    ]
    read_at: Annotated[Moment, Field(description="By the answering bank's clock")] = ABSENT
    decided_at: Annotated[Moment, Field(description="By the answering bank's clock")] = ABSENT
    repeats_ignored: Annotated[int, Field(ge=0)] = ABSENT


class Accepted(Answer):
    """Credited, final (pacs.002 ACCC)."""

    type: Literal["transfer.accepted"]


class Rejected(Answer):
    """What has this hash never was and never will be credited, final (pacs.002 RJCT)."""

    type: Literal["transfer.rejected"]
    reason: Reason = ABSENT


class Unknown(Answer):
    """Not seen, not refused: never a refusal (pacs.002 PDNG)."""

    type: Literal["transfer.unknown"]


class RecallReason(Reason):
    """Why in words, for the other bank's staff to read."""

    code: str = ABSENT
    text: Text = ABSENT


class RecallRequested(Envelope):
    """Please return it; no money moves by asking. `transaction_id` is the recall's own (camt.056)."""

    type: Literal["recall.requested"]
    original_transaction_id: Annotated[WireId, Field(description="The payment that is called back")]
    original_hash: Annotated[Hash, Field(description="Its content hash")]
    reason: RecallReason | None = None
    content_hash: Annotated[
        Hash,
        Field(
            description="SHA-256 over the canonical federation_id, transaction_id, original_transaction_id, "
            "original_hash, from_bank, to_bank and family recall; see vectors.json"
        ),
    ] = ABSENT


class RecallAnswered(Envelope):
    """What the receiving bank's staff decided, once; what they agreed to comes as a return (camt.029)."""

    type: Literal["recall.answered"]
    answers_hash: Annotated[Hash, Field(description="The hash computed from the recall, never one that was claimed")]
    verdict: Literal["agreed", "refused"]
    reason: RecallReason | None = None
    original_transaction_id: WireId = ABSENT
    return_transaction_id: Annotated[WireId | None, Field(description="The return that the agreement made")] = None
    read_at: Annotated[Moment, Field(description="By the answering bank's clock")] = ABSENT
    decided_at: Annotated[Moment, Field(description="By the answering bank's clock")] = ABSENT


class PayeeLookup(Envelope):
    """Whose account is this? Nothing is promised by asking, and no payment waits for it (acmt.023)."""

    type: Literal["payee.lookup"]
    account: Account


class PayeeFound(Envelope):
    """Whose account it is, or that there is none that takes money; `transaction_id` is the question's (acmt.024)."""

    type: Literal["payee.found"]
    account: Account
    found: Annotated[bool, Field(strict=True)]
    name: Text | None = None


class ExchangeKey(BaseModel):
    """An X25519 key that messages to and from the bank are sealed with."""

    model_config = ConfigDict(extra="allow")

    version: Annotated[int, Field(ge=1, le=NUMBER_MAX, description="The highest is the newest")]
    public_key: Key
    valid_until: Annotated[Moment, Field(description="An older key is believed until then")] = ABSENT


class BankRecord(BaseModel):
    """A bank's newest word about itself. Believed only if the authority certifies the identity, the identity has signed
    all of it, and the sequence is higher than any seen before."""

    model_config = ConfigDict(extra="allow", serialize_by_alias=True)

    schema_: Annotated[Schema, Field(alias="schema")] = ABSENT
    type: Literal["bank.record"]
    federation_id: str
    bank_id: BankId
    name: Text
    url: Annotated[str, Field(pattern=r"^https?://", description="Its pages and its API, for people and programs")]
    identity: Key
    certificate: Annotated[
        Signature, Field(description="The authority's, that in this federation this identity is this bank's")
    ]
    keys: Annotated[list[ExchangeKey], Field(max_length=KEYS_MAX)]
    versions: Annotated[list[str], Field(min_length=1, max_length=KEYS_MAX, description="Of this protocol")]
    state: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,40}$", description="open")]
    heartbeat_at: Moment
    sequence: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    head: Annotated[Head | None, Field(description="The end of its audit chain")] = None
    signature: Annotated[Signature, Field(description="The identity's, over the canonical form of all but itself")]


class Source(BaseModel):
    """Where a record was read."""

    topic: str
    partition: int
    offset: int


class DeadLetter(BaseModel):
    """A record that was not believed: where it was read, why, and at most 64 KiB of its bytes."""

    model_config = ConfigDict(extra="allow", serialize_by_alias=True)

    schema_: Annotated[Schema, Field(alias="schema")]
    type: Literal["dead.letter"]
    bank: Annotated[BankId, Field(description="Who set it aside")]
    reason: Reason
    source: Source
    bytes: Annotated[int, Field(ge=0, description="How long it was")]
    sha256: Annotated[Hash, Field(description="Of all its bytes")]
    value_base64: Annotated[
        str, Field(description=f"Its first {BYTES_MAX} bytes", json_schema_extra={"contentEncoding": "base64"})
    ]
    created_at: Moment


MODELS: dict[str, type[BaseModel]] = {
    "transfer.requested": Requested,
    "transfer.accepted": Accepted,
    "transfer.rejected": Rejected,
    "transfer.inquiry": Inquiry,
    "transfer.unknown": Unknown,
    "transfer.returned": Returned,
    "recall.requested": RecallRequested,
    "recall.answered": RecallAnswered,
    "payee.lookup": PayeeLookup,
    "payee.found": PayeeFound,
    "dead.letter": DeadLetter,
    "bank.record": BankRecord,
    **NEWS,
}


class _Plain(GenerateJsonSchema):
    """No titles, they repeat the names; a default of None means "absent", which a schema says by not requiring."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 (the signature is pydantic's)
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:
        described = super().default_schema(schema)
        if described.get("default", ...) is None:
            del described["default"]
        return described


def json_schema(type_: str, ref_template: str = "#/$defs/{model}") -> dict[str, Any]:
    """The JSON Schema (2020-12) of a message type."""
    return MODELS[type_].model_json_schema(ref_template=ref_template, schema_generator=_Plain)
