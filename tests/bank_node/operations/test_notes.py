"""What the next one at the counter should know of a customer: written once, ended once, by whom."""

from __future__ import annotations

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Claim
from bank_node.operations.notes import NewNote, NoteEnd, add_note, end_note
from bank_node.store.notes import notes
from tests.support.cast import Town


def test_an_alert_stands_until_somebody_ends_it(town: Town) -> None:
    note = int(town.alfa.do(add_note, NewNote(1, "alert", " Asks for  Carol's money ", "teller1")).id)
    [row] = town.alfa.read(notes, 1, live=True)
    assert (row.kind, row.text, row.actor, row.ended_us) == ("alert", "Asks for Carol's money", "teller1", None)
    town.alfa.do(end_note, NoteEnd(1, note, "vogt"))
    assert town.alfa.read(notes, 1, live=True) == []
    [ended] = town.alfa.read(notes, 1, live=False)
    assert (ended.ended_by, ended.text) == ("vogt", "Asks for Carol's money")
    said = town.alfa.connection.execute("SELECT facts FROM audit_log WHERE subject = 'customer/1'").fetchall()
    assert len(said) >= 2
    assert not [facts for (facts,) in said if "money" in facts]
    town.lawful()


def test_the_same_note_under_the_same_key_is_one(town: Town) -> None:
    claim = Claim("teller1:notes", "key-1", "same")
    ids = {town.alfa.do(add_note, NewNote(1, "note", "deaf", "teller1", claim)).id for _ in range(2)}
    assert (len(ids), town.alfa.count("customer_notes")) == (1, 1)
    ending = NoteEnd(1, int(ids.pop()), "teller1", Claim("teller1:end", "key-2", "same"))
    assert [town.alfa.do(end_note, ending).replayed for _ in range(2)] == [False, True]


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewNote(1, "shout", "x"), "kind"),
        (NewNote(1, "note", "  "), "text"),
        (NewNote(1, "note", "x" * 141), "text"),
        (NewNote(99, "note", "x"), "customer_id"),
    ],
)
def test_what_is_no_note_is_refused(town: Town, new: NewNote, field: str) -> None:
    with pytest.raises(Refusal) as no:
        town.alfa.do(add_note, new)
    assert no.value.field == field
    assert town.alfa.count("customer_notes") == 0


def test_a_note_is_ended_once_and_on_its_own_customers_page(town: Town) -> None:
    note = int(town.alfa.do(add_note, NewNote(1, "note", "deaf")).id)
    for end in (NoteEnd(2, note), NoteEnd(1, note + 1)):
        with pytest.raises(Refusal) as no:
            town.alfa.do(end_note, end)
        assert no.value.code == "not_found"
    town.alfa.do(end_note, NoteEnd(1, note))
    with pytest.raises(Refusal) as final:
        town.alfa.do(end_note, NoteEnd(1, note))
    assert final.value.code == "final"
