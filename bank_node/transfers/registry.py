"""A bank's word about itself on the topic `bank-registry`, and why anybody would believe it.

The topic is as open as any other, so a record proves itself: the federation's authority says whose the identity is
(certificate), and the identity signs the whole record. What is believed of it is remembered by `operations.registry`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from bank_node.ledger.dates import read_rfc3339, rfc3339
from bank_node.ledger.text import TEXT_MAX, is_plain
from bank_node.transfers import keys
from bank_node.transfers.messages import BYTES_MAX, MAJOR, SCHEMA

BANK_RECORD = "bank.record"
OPEN = "open"  # the one state a bank tells: a suspect one says nothing at all
NUMBER_MAX = 2**53 - 1  # every language reads a whole number up to here
KEYS_MAX = 16

_BANK_ID = re.compile(r"[A-Z][A-Z0-9]{3}")
_KEY = re.compile(r"[0-9a-f]{64}")
_HASH = _KEY
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_WORD = re.compile(r"[\x21-\x7e]{1,40}")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%\[\]-]{1,200}")  # it becomes a link on a page


@lru_cache(maxsize=256)  # the same few, every heartbeat
def _check_certificate(*said: str) -> None:
    """Raises ValueError, which is not remembered: any number of forgeries push out none that is good."""
    if not keys.certified(*said):
        raise ValueError("not certified")


def certified(authority_public: str, federation_id: str, bank_id: str, identity: str, certificate: str) -> bool:
    """`keys.certified`, which for one that was good before costs nothing."""
    try:
        _check_certificate(authority_public, federation_id, bank_id, identity, certificate)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class PeerKey:
    """An X25519 key a bank's messages may be sealed with, for ever or until then."""

    version: int
    public_key: str
    valid_until_us: int | None = None

    def valid_at(self, now_us: int) -> bool:
        return self.valid_until_us is None or now_us < self.valid_until_us


@dataclass(frozen=True, slots=True)
class PeerRecord:
    """What a bank says of itself. `head` is the end of its chain: (seq, hash). `value` is the record as it was read."""

    bank_id: str
    name: str
    url: str
    identity: str
    certificate: str
    keys: tuple[PeerKey, ...]
    state: str
    heartbeat_us: int
    sequence: int
    head: tuple[int, str] | None = None
    versions: tuple[str, ...] = (SCHEMA,)
    value: bytes = b""


@dataclass(frozen=True, slots=True)
class Claim:
    """A record that has the right shape, and that nobody believes yet."""

    record: PeerRecord
    signed: bytes
    signature: str
    federation_id: str

    def doubt(self, authority_public: str) -> str | None:
        """Why the record is not the bank's own word; None where it is. Costs up to two signatures."""
        said = self.record
        if not certified(authority_public, self.federation_id, said.bank_id, said.identity, said.certificate):
            return f"the authority does not say that this identity is {said.bank_id}'s"
        if not keys.verify(said.identity, self.signature, self.signed):
            return f"the signature is not {said.bank_id}'s"
        return None


def record_key(federation_id: str, bank_id: str) -> str:
    """Where on the compacted topic a bank's newest word lies."""
    return f"{federation_id}/{bank_id}"


def sign_record(record: PeerRecord, federation_id: str, identity: keys.Identity) -> bytes:
    """The value to publish."""
    fields: dict[str, Any] = {
        "schema": SCHEMA,
        "type": BANK_RECORD,
        "federation_id": federation_id,
        "bank_id": record.bank_id,
        "name": record.name,
        "url": record.url,
        "identity": record.identity,
        "certificate": record.certificate,
        "keys": [_said_of(key) for key in record.keys],
        "versions": list(record.versions),
        "state": record.state,
        "heartbeat_at": rfc3339(record.heartbeat_us),
        "sequence": record.sequence,
    }
    if record.head is not None:
        fields["head"] = {"seq": record.head[0], "hash": record.head[1]}
    fields["signature"] = identity.sign(keys.canonical(fields))
    return orjson.dumps(fields)


def read_record(value: bytes | None, authority_public: str, federation_id: str) -> PeerRecord | str:
    """What a bank of this federation says of itself, or why that is not believed. Never raises."""
    claim = read_claim(value, federation_id)
    if isinstance(claim, str):
        return claim
    return claim.doubt(authority_public) or claim.record


def read_claim(value: bytes | None, federation_id: str) -> Claim | str:
    """A record by its shape alone, which is quick to see; or what is wrong with it. Never raises."""
    if not value:
        return "an empty record"
    if len(value) > BYTES_MAX:
        return f"{len(value)} bytes; at most {BYTES_MAX} are read"
    try:
        fields = orjson.loads(value)
    except (orjson.JSONDecodeError, RecursionError):
        return "not JSON"
    if not isinstance(fields, dict) or fields.get("type") != BANK_RECORD:
        return "not a bank's word about itself"
    if fields.get("federation_id") != federation_id:
        return "of another federation"
    try:
        record = _record_of(fields, value)
        signed = keys.canonical(fields, ("signature",))
    except ValueError as wrong:
        return str(wrong)
    signature = fields.get("signature")
    return Claim(record, signed, signature if isinstance(signature, str) else "", federation_id)


def _record_of(fields: dict[str, Any], value: bytes) -> PeerRecord:
    """Raises ValueError in words."""
    return PeerRecord(
        bank_id=_text(fields, "bank_id", _BANK_ID),
        name=_name(fields),
        url=_text(fields, "url", _URL),
        identity=_text(fields, "identity", _KEY),
        certificate=_text(fields, "certificate", _SIGNATURE),
        keys=_keys(fields),
        versions=_versions(fields),
        state=_text(fields, "state", _WORD),
        heartbeat_us=_moment(fields.get("heartbeat_at"), "heartbeat_at"),
        sequence=_number(fields.get("sequence"), "sequence"),
        head=_head(fields),
        value=value,
    )


def _said_of(key: PeerKey) -> dict[str, Any]:
    said: dict[str, Any] = {"version": key.version, "public_key": key.public_key}
    return said if key.valid_until_us is None else {**said, "valid_until": rfc3339(key.valid_until_us)}


def _text(fields: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    text = fields.get(name)
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise ValueError(f"{name} is not what it should be")
    return text


def _name(fields: dict[str, Any]) -> str:
    name = fields.get("name")
    if not isinstance(name, str) or len(name) > TEXT_MAX or not is_plain(name):
        raise ValueError(f"name is not a text of at most {TEXT_MAX} characters")
    return name


def _number(value: object, name: str) -> int:
    if type(value) is not int or not 1 <= value <= NUMBER_MAX:
        raise ValueError(f"{name} is not a whole number from 1 to 2^53 - 1")
    return value


def _moment(value: object, name: str) -> int:
    try:
        return read_rfc3339(value if isinstance(value, str) else "")
    except (ValueError, OverflowError):
        raise ValueError(f"{name} is not a moment in RFC 3339") from None


def _keys(fields: dict[str, Any]) -> tuple[PeerKey, ...]:
    listed = fields.get("keys")
    if not isinstance(listed, list) or len(listed) > KEYS_MAX or not all(isinstance(key, dict) for key in listed):
        raise ValueError(f"keys is not a list of at most {KEYS_MAX} keys")
    found = {}
    for key in listed:
        until = key.get("valid_until")
        version = _number(key.get("version"), "a key's version")
        until_us = None if until is None else _moment(until, "a key's valid_until")
        found[version] = PeerKey(version, _text(key, "public_key", _KEY), until_us)
    return tuple(found[version] for version in sorted(found))


def _versions(fields: dict[str, Any]) -> tuple[str, ...]:
    """Raises ValueError also where none of them is spoken here."""
    listed = fields.get("versions")
    if not isinstance(listed, list) or not 1 <= len(listed) <= KEYS_MAX:
        raise ValueError("versions is not a list of versions")
    said = tuple(_text({"a version": version}, "a version", _WORD) for version in listed)
    if not any(version.startswith(MAJOR) for version in said):
        raise ValueError(f"none of its versions is {MAJOR}x")
    return said


def _head(fields: dict[str, Any]) -> tuple[int, str] | None:
    head = fields.get("head")
    if head is None:
        return None
    if not isinstance(head, dict):
        raise ValueError("head is not {seq, hash}")
    return _number(head.get("seq"), "the head's seq"), _text(head, "hash", _HASH)
