"""Idempotency: an accepted request stores its key and its answer with its effect; a refusal stores nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import orjson

from bank_node.ledger.errors import Refusal
from bank_node.store.books import Books


@dataclass(slots=True)
class Claim:
    """`scope` is user and route, `key` the client's own, `request_hash` tells the same request from another."""

    scope: str
    key: str
    request_hash: str


@dataclass(slots=True)
class Receipt:
    """What was done. `id` names it: a transaction_id, an entry, a customer or an account number."""

    kind: str
    id: str
    status: str
    at_us: int
    state: str | None = None
    entry_id: int | None = None
    balance_minor: int | None = None
    replayed: bool = False


def once(books: Books, now_us: int, claim: Claim | None, act: Callable[[], Receipt]) -> Receipt:
    """Acts, or gives the stored answer of the same request. Raises Refusal `key_reused` where the content differs."""
    if claim is None:
        return act()
    stored = books.claims.find(claim.scope, claim.key)
    if stored is not None:
        request_hash, answer = stored
        if request_hash != claim.request_hash:
            raise Refusal("key_reused", "this key was used for another request; take a new key", "Idempotency-Key")
        return replace(Receipt(**orjson.loads(answer)), replayed=True)
    receipt = act()
    answer = orjson.dumps(receipt).decode()
    books.claims.store(now_us, claim.scope, claim.key, claim.request_hash, answer)
    return receipt
