"""The keys of simulated banks: the same in every process; nobody here wants to guess them.

What is computed from keys depends on nothing else, so it is computed once and remembered over all histories.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from hashlib import sha256

from bank_node.identity import Secrets
from bank_node.transfers import keyring, keys
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


_PURE = tuple(
    (module, name, lru_cache(4_096)(getattr(keys, name)))
    for module, name in ((keys, "verify"), (keyring, "bilateral_key"))  # where banks look for them
)


@contextmanager
def remembered() -> Iterator[None]:
    """Meanwhile the banks of this process remember what came of a computation with keys."""
    before = [getattr(module, name) for module, name, _ in _PURE]
    for module, name, quick in _PURE:
        setattr(module, name, quick)
    try:
        yield
    finally:
        for (module, name, _), slow in zip(_PURE, before, strict=True):
            setattr(module, name, slow)


def _private(name: str) -> str:
    return sha256(f"simulated key of {name}".encode()).hexdigest()
