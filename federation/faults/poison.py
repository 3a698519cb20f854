"""Records that nobody can read: bytes, cuts, depths, sizes, words of another language.

Limits: at most a megabyte each, what Kafka takes by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

from federation.faults.on_the_wire import check_bank
from federation.faults.planted import Evil, Planted
from federation.faults.site import Site
from federation.world import Dice

LARGE_BYTES = 1_000_000
DEPTH = 10_000


class Poison(Planted):
    name: ClassVar[str] = "poison"

    def __init__(self, site: Site, bank: str | None = None, dice: Dice | None = None) -> None:
        """`bank` None: to each of them."""
        check_bank(site, bank)
        dice = dice or Dice("poison")
        banks = [name for name in site.banks if bank in (None, name)]
        super().__init__(
            site,
            [
                Evil(about, site.topic.partition_of(name), name.encode(), value)
                for name in banks
                for about, value in poisons(name, dice)
            ],
        )


def poisons(bank: str, dice: Dice) -> Iterator[tuple[str, bytes]]:
    """(what it is, its value): one of each kind, addressed to this bank where it can be."""
    good = {"type": "transfer.requested", "transaction_id": "poison", "from_bank": bank, "to_bank": bank}
    text = json.dumps(good).encode()
    yield "random bytes", bytes(dice.below(256) for _ in range(40 + dice.below(200)))
    yield "half a record", text[: len(text) // 2]
    yield "a list", json.dumps([good]).encode()
    yield "a number", b"17"
    yield "nothing at all", b""
    yield "1 MB", json.dumps({"x": "y" * (LARGE_BYTES - 100)}).encode()
    yield f"depth {DEPTH}", b"[" * DEPTH + b"]" * DEPTH
    yield "an amount that is NaN", text[:-1] + b', "amount_minor": NaN}'
    yield "bad UTF-8", text[:-1] + b', "text": "\xc3\x28\xed\xa0\x80"}'
    yield "an unknown type", json.dumps(good | {"type": "transfer.foretold", "version": 99}).encode()
    yield "members of other kinds", json.dumps({name: [[], {}] for name in good}).encode()
