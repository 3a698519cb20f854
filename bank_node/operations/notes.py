"""Notes and alerts about a customer: what the next one at the counter should know. Ended, never deleted."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.wording import check_text, one_line
from bank_node.store.books import Books
from bank_node.store.notes import KINDS


@dataclass(frozen=True, slots=True)
class NewNote:
    """`kind` is note or alert."""

    customer_id: int
    kind: str
    text: str
    actor: str = ""
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class NoteEnd:
    """`customer_id` is whose page it was ended on."""

    customer_id: int
    note_id: int
    actor: str = ""
    claim: Claim | None = None


def add_note(books: Books, now_us: int, _ids: Ids, new: NewNote) -> Receipt:
    """The receipt's id is the note's. The audit log says that there is one, not what it says."""

    def act() -> Receipt:
        if new.kind not in KINDS:
            raise Refusal("FF01", f"it is one of {', '.join(KINDS)}", "kind")
        text = one_line(new.text)
        if text is None:
            raise Refusal("FF01", "what should the next one know?", "text")
        check_text(text, "text")
        if not books.customers.exists(new.customer_id):
            raise Refusal("not_found", "there is no such customer", "customer_id")
        row = {"customer_id": new.customer_id, "kind": new.kind, "text": text, "actor": new.actor, "at_us": now_us}
        note_id = books.notes.add(row)
        books.audit.note("note_added", f"customer/{new.customer_id}", new.actor, {"note": note_id, "kind": new.kind})
        return Receipt("note", str(note_id), "completed", now_us, state=new.kind)

    return once(books, now_us, new.claim, act)


def end_note(books: Books, now_us: int, _ids: Ids, end: NoteEnd) -> Receipt:
    """The receipt's id is the note's."""

    def act() -> Receipt:
        note = books.notes.find(end.note_id)
        if note is None or note.customer_id != end.customer_id:
            raise Refusal("not_found", "there is no such note about this customer", "note_id")
        if not books.notes.end(now_us, note.id, end.actor):
            raise Refusal("final", "it was ended before", "note_id")
        said = {"note": note.id, "kind": note.kind}
        books.audit.note("note_ended", f"customer/{note.customer_id}", end.actor, said)
        return Receipt("note", str(note.id), "completed", now_us, state="ended")

    return once(books, now_us, end.claim, act)
