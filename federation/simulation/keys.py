"""The keys of simulated banks: the same in every process; nobody here wants to guess them."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from bank_node.identity import Secrets
from bank_node.transfers.keys import Identity, certificate, exchange_key_of, identity_of

FEDERATION = "simulated"


@cache
def authority() -> Identity:
    return identity_of(_private("authority"))


@cache
def secrets_of(bank_id: str, versions: int = 1) -> Secrets:
    """A certified bank's keys, with so many exchange keys."""
    identity = identity_of(_private(bank_id))
    said = certificate(authority().private, FEDERATION, bank_id, identity.public)
    exchange = {version: exchange_key_of(_private(f"{bank_id} {version}")) for version in range(1, versions + 1)}
    return Secrets(identity, said, exchange)


def _private(name: str) -> str:
    return sha256(f"simulated key of {name}".encode()).hexdigest()
