"""A receipt is handed out once; every later print of it is a copy, and says so. Who printed it is in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bank_node.clock import Ids
from bank_node.operations.claims import Receipt
from bank_node.store.books import Books

ORIGINAL: Final = "original"
COPY: Final = "copy"
_PRINTED = "receipt_printed"


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """`kind` is entry or transfer; that there is such a one the caller has seen."""

    kind: str
    id: str
    actor: str = ""


def print_receipt(books: Books, now_us: int, _ids: Ids, order: PrintOrder) -> Receipt:
    """The state says whether it is the original. Sent twice, the second one is a copy: nobody asks for a key here."""
    subject = f"{order.kind}/{order.id}"
    before = books.audit.times(_PRINTED, subject)
    books.audit.note(_PRINTED, subject, order.actor, {"copy": before})
    return Receipt(order.kind, order.id, "completed", now_us, state=COPY if before else ORIGINAL)
