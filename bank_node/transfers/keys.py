"""Who speaks: a bank's two kinds of keys, the mac of a message, and the authority's word on whose key it is.

An identity (Ed25519) signs a bank's registry record; an exchange key (X25519) makes with another bank's the key that
only these two have, and that key makes the mac of every message between them. Outside, keys are lower-case
hexadecimal. Where they are kept is `bank_node.identity`'s business, who is believed when the keyring's.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SCHEME = "bankfed/1.0"
KEY_BYTES = 32
SIGNATURE_BYTES = 64
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_NOT_UNDER_THE_MAC = frozenset({"mac", "attempt"})


@dataclass(frozen=True, slots=True)
class Identity:
    """A pair of Ed25519 keys: a bank's, or the authority's."""

    private: str = field(repr=False)
    public: str

    def sign(self, data: bytes) -> str:
        return Ed25519PrivateKey.from_private_bytes(_read(self.private, KEY_BYTES)).sign(data).hex()


@dataclass(frozen=True, slots=True)
class ExchangeKey:
    """A pair of X25519 keys."""

    private: str = field(repr=False)
    public: str


def new_identity() -> Identity:
    return identity_of(Ed25519PrivateKey.generate().private_bytes_raw().hex())


def identity_of(private: str) -> Identity:
    """The pair to a private key. Raises ValueError where it is none."""
    key = Ed25519PrivateKey.from_private_bytes(_read(private, KEY_BYTES))
    return Identity(private, key.public_key().public_bytes_raw().hex())


def new_exchange_key() -> ExchangeKey:
    return exchange_key_of(X25519PrivateKey.generate().private_bytes_raw().hex())


def exchange_key_of(private: str) -> ExchangeKey:
    """The pair to a private key. Raises ValueError where it is none."""
    key = X25519PrivateKey.from_private_bytes(_read(private, KEY_BYTES))
    return ExchangeKey(private, key.public_key().public_bytes_raw().hex())


def verify(public: str, signature: str, data: bytes) -> bool:
    """Whether the holder of this identity signed these bytes; False for anything that is no key or no signature."""
    try:
        Ed25519PublicKey.from_public_bytes(_read(public, KEY_BYTES)).verify(_read(signature, SIGNATURE_BYTES), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def bilateral_key(own_private: str, peer_public: str, bank_a: str, bank_b: str, federation_id: str) -> bytes:
    """What only these two banks can compute, the same whoever of them does and in whatever order they are named.

    Raises ValueError for a peer's key that is none, or that would make a key anybody can guess.
    """
    private = X25519PrivateKey.from_private_bytes(_read(own_private, KEY_BYTES))
    public = X25519PublicKey.from_public_bytes(_read(peer_public, KEY_BYTES))
    try:
        shared = private.exchange(public)
    except ValueError:
        raise ValueError("this public key makes a secret that everybody knows") from None
    info = orjson.dumps([SCHEME, "mac", federation_id, *sorted((bank_a, bank_b))])
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(shared)


def mac_of(key: bytes, fields: dict[str, Any]) -> str:
    """HMAC-SHA256, hexadecimal, over every member but `mac` and `attempt`. Raises ValueError: see `canonical`."""
    mac = _keyed(key).copy()
    mac.update(canonical(fields, _NOT_UNDER_THE_MAC))
    return mac.finalize().hex()


@lru_cache(64)  # a bank speaks with few others, and to read the key took longer than the message
def _keyed(key: bytes) -> HMAC:
    return HMAC(key, SHA256())


def mac_fits(key: bytes, fields: dict[str, Any]) -> bool:
    """Whether the `mac` among the fields is that of this key. Raises ValueError: see `canonical`."""
    claimed = fields.get("mac")
    if not isinstance(claimed, str) or not claimed.isascii():
        return False
    return hmac.compare_digest(claimed, mac_of(key, fields))


def canonical(fields: dict[str, Any], without: Iterable[str] = ()) -> bytes:
    """JSON by RFC 8785 of all members but those of the outermost object named in `without`.

    Raises ValueError where languages would not agree on the bytes, or cannot write them.
    """
    covered = dict(fields)
    for name in without:
        covered.pop(name, None)
    try:
        text = orjson.dumps(covered, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except TypeError as error:  # also: nested too deep, a whole number beyond 2^53
        raise ValueError(f"no canonical form: {error}") from None
    _refuse_what_is_written_in_many_ways(covered, text.isascii())  # after it: how deep this may go is then known
    return text


def _refuse_what_is_written_in_many_ways(members: dict[str, Any] | list[Any], ascii_only: bool) -> None:
    """Called for every message, so it looks at kinds of values, not at each; names only where a text is not ASCII."""
    if type(members) is dict and not ascii_only and not all(map(str.isascii, members)):
        # sorted by UTF-16 in RFC 8785, by UTF-8 here
        raise ValueError("no canonical form: the name of a member is not ASCII")
    values = members.values() if type(members) is dict else members
    kinds = set(map(type, values))
    if float in kinds:
        raise ValueError("no canonical form: a number with a fraction, an exponent or too many digits")
    if dict in kinds or list in kinds:
        for value in values:
            if type(value) is dict or type(value) is list:
                _refuse_what_is_written_in_many_ways(value, ascii_only)


def certificate(authority_private: str, federation_id: str, bank_id: str, identity_public: str) -> str:
    """The authority's signature that in this federation this identity is this bank's, hexadecimal."""
    return identity_of(authority_private).sign(_certified_text(federation_id, bank_id, identity_public))


def certified(authority_public: str, federation_id: str, bank_id: str, identity_public: str, certificate_: str) -> bool:
    """Whether the authority says that this identity is this bank's."""
    return verify(authority_public, certificate_, _certified_text(federation_id, bank_id, identity_public))


def _certified_text(federation_id: str, bank_id: str, identity_public: str) -> bytes:
    return orjson.dumps([SCHEME, "certificate", federation_id, bank_id, identity_public])


def _read(text: object, count: int) -> bytes:
    if not isinstance(text, str) or len(text) != 2 * count or not _HEX.fullmatch(text):
        raise ValueError(f"not {count} bytes in lower-case hexadecimal")
    return bytes.fromhex(text)
