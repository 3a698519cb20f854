"""A stored row becomes a record: what a message is given at the last moment before it is sent.

The stored body is without attempt, mac and the addressee's known head, because all three change between writing and
sending. What travels beside it as headers is `transfers.headers`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from bank_node.store.unit import OutboxRow
from bank_node.transfers.headers import headers_of, source_of
from bank_node.transfers.keyring import Keyring
from bank_node.transfers.messages import BYTES_MAX
from bank_node.transfers.ports import OutgoingRecord
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

Seal = Callable[[OutboxRow], OutgoingRecord]


class Unsendable(Exception):
    """This row can never be sent; the text says why."""


class KeyWanted(Exception):
    """This row can not be sent before the registry has named a key of the bank it goes to."""


def sealer(bank_id: str, federation_id: str, keyring: Keyring | None = None) -> Seal:
    """How this bank seals: raises Unsendable for what no other bank would read, and KeyWanted.

    Without a keyring nothing carries a mac: for banks that only talk to themselves, as in small tests.
    """
    source = source_of(federation_id, bank_id)

    def seal(row: OutboxRow) -> OutgoingRecord:
        said, value = orjson.loads(row.body), row.body
        if row.topic == EXTERNAL_TRANSFERS:
            added = b"" if keyring is None else _sealed(keyring, row.key, said)
            # The body is an object with members in it.
            value = b'%b%b,"attempt":%d}' % (row.body[:-1], added, row.attempt)
            if len(value) > BYTES_MAX:
                raise Unsendable(f"{len(value)} bytes; the other banks read at most {BYTES_MAX}")
        headers = headers_of(row.seq, row.type, row.transaction_id, said, source)
        return OutgoingRecord(row.topic, row.key.encode(), value, headers)

    return seal


def _sealed(keyring: Keyring, to_bank: str, said: dict[str, Any]) -> bytes:
    """The known head of the other bank's chain, and the mac over all of it."""
    head, added = keyring.known_head(to_bank), b""
    if head is not None:
        seq, hash_ = head
        said["known_head"] = {"seq": seq, "hash": hash_}
        added = b',"known_head":{"seq":%d,"hash":"%b"}' % (seq, hash_.encode())
    mac = keyring.seal(to_bank, said)
    if mac is not None:
        return b'%b,"mac":"%b"' % (added, mac.encode())
    if keyring.required:
        raise KeyWanted(f"no key of {to_bank} is on file")
    return added
