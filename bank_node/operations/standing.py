"""A bank whose own chain lacks what it has told others, or whose peers answer what it never sent, is SUSPECT.

An old backup was restored, and nobody said so. What it decided since is forgotten here and known elsewhere, so it
reads no money message, decides and sends nothing; work at its own counters goes on. How it is repaired is not here.
"""

from __future__ import annotations

from collections.abc import Sequence

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.store.books import Books
from bank_node.transfers.messages import Message
from bank_node.transfers.reading import Incoming, Unreadable


def suspect(books: Books, now_us: int, _ids: object, reason: str) -> bool:
    """Says for good that these books are not to be believed; False where that was said before."""
    if not books.standing.mark(now_us, reason):
        return False
    books.quarantine.incident(now_us, "suspect", reason)
    books.audit.note("suspected", books.charter.bank_id, books.charter.bank_id, {"reason": reason})
    return True


def hold_against(books: Books, now_us: int, _ids: Ids, seq: int, hash_hex: str, said_by: str) -> bool:
    """Whether the own chain contains a row that it is said to have; a bank whose chain does not is SUSPECT.

    `said_by` must be believed: the bank's own record in the registry, or a peer under its mac.
    """
    if books.audit.contains(seq, hash_hex):
        return True
    here, _ = books.audit.head()
    have = f"its audit log ends at row {here}" if seq > here else f"its row {seq} is another one"
    suspect(books, now_us, None, f"{said_by} knows row {seq} of this bank's audit log, and {have}")
    return False


def hold_against_known_heads(books: Books, now_us: int, ids: Ids, records: Sequence[Incoming]) -> None:
    """What the banks that speak here know of this one's chain. Asked once for each row that one of them names."""
    named: set[tuple[str, int, str]] = set()
    for incoming in records:
        if isinstance(incoming, Unreadable) or not incoming.message.sealed:
            continue
        known = incoming.message.fields.get("known_head")
        if isinstance(known, dict) and type(known.get("seq")) is int and isinstance(known.get("hash"), str):
            named.add((incoming.message.from_bank, known["seq"], known["hash"]))
    for bank, seq, hash_hex in sorted(named):
        hold_against(books, now_us, ids, seq, hash_hex, bank)


def doubt_own_books(books: Books, now_us: int, message: Message) -> None:
    """Somebody answers what this bank never asked. Under a mac that is believed, it must have asked and forgotten."""
    id_ = message.transaction_id
    if message.sealed and books.transfers.get(id_) is None and books.recalls.asked(id_) is None:
        suspect(books, now_us, None, f"{message.from_bank} answers {id_}, which this bank does not know to have sent")


def look_up_standing(books: Books, _now_us: int, _ids: Ids) -> str:
    """Why these books are not to be believed, or nothing; asked at the start."""
    return books.suspect or ""


def check_sound(books: Books) -> None:
    """Before anything that speaks to another bank. Raises Refusal `suspect`."""
    if books.suspect is not None:
        words = "it sends nothing and takes nothing back until it is repaired; work inside the bank goes on"
        raise Refusal("suspect", f"this bank's books are not to be believed: {books.suspect}; {words}")
