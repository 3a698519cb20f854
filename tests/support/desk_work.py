"""Work for the stuck-work desk of a bank that runs: records set aside, and a bank that contradicts itself."""

from __future__ import annotations

import orjson

from bank_node.bank import Bank
from bank_node.operations.receive_transfer import receive_records
from bank_node.store import transfer_queries
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Batch, Desk, Source, Unreadable
from bank_node.transfers.topics import EXTERNAL_TRANSFERS


def set_aside(bank: Bank, value: bytes = b"rubbish", count: int = 1, why: str = "not JSON") -> None:
    """So many records that could not be read, said to be of BRVO."""
    now_us, key = bank.clock.now_us(), bank.charter.bank_id.encode()
    records = tuple(
        Unreadable(Source(EXTERNAL_TRANSFERS, 0, 10_000 + n, key, value, now_us), "FF01", why, None, "BRVO")
        for n in range(count)
    )
    bank.submit_and_wait(receive_records, Batch(records))


def contradict(bank: Bank, transaction_id: str) -> None:
    """The other bank refuses a payment that it has credited."""
    with bank.readers.connection() as connection:
        sent = transfer_queries.transfer(connection, transaction_id)
    assert sent is not None
    own, federation_id = bank.charter.bank_id, bank.charter.federation_id
    lie = {
        "schema": "bankfed/1.0",
        "federation_id": federation_id,
        "type": "transfer.rejected",
        "event_id": "e",
        "transaction_id": transaction_id,
        "from_bank": sent.to_bank,
        "to_bank": own,
        "answers_hash": sent.content_hash,
        "reason": {"code": "AC01", "text": "no"},
    }
    record = Record(EXTERNAL_TRANSFERS, 0, 77, own.encode(), orjson.dumps(lie))
    incoming = Desk(own, federation_id, bank.charter.directory).read(record, bank.clock.now_us())
    assert incoming is not None
    bank.submit_and_wait(receive_records, Batch((incoming,)))
