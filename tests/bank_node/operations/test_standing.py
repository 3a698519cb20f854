"""A bank whose books are older than what it has told is SUSPECT: it notices, says so, decides and sends nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.clock import Ids
from bank_node.ledger.chain import BEGINNING
from bank_node.ledger.errors import Refusal
from bank_node.operations.answer_recall import RecallRefusal, refuse_recall
from bank_node.operations.cancel_transfer import Question, ask_again, cancel_by_hand
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.claims import Claim
from bank_node.operations.desk import DeskOrder, redrive_record, redrive_transfer
from bank_node.operations.outcomes import Outcome
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.standing import hold_against, look_up_standing, suspect
from bank_node.store.audit import AuditBook
from bank_node.store.books import Books
from bank_node.store.commit import Job
from bank_node.store.unit import Suspicion
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Batch, Desk, Incoming, Position
from tests.support.backup import restore, take_backup
from tests.support.cast import ALICE, BOB, CAROL, SmallBank, Town, an_order, open_small_bank, open_town

ZEROS = BEGINNING.hex()
FACTS = "SELECT count(*) FROM bank_facts WHERE name = 'suspect'"


def head(bank: SmallBank) -> tuple[int, str]:
    found: tuple[int, str] = bank.do(lambda books, *_: books.audit.head())
    return found


def standing(bank: SmallBank) -> str:
    words: str = bank.do(look_up_standing)
    return words


def incidents(bank: SmallBank) -> list[str]:
    return [row[0] for row in bank.connection.execute("SELECT kind FROM incidents ORDER BY id")]


def believed(bank: SmallBank, *bodies: bytes, **also: Any) -> Batch:
    """These messages as they are read once their macs were believed."""
    desk = Desk(bank.charter.bank_id, bank.charter.federation_id, bank.charter.directory, lambda *_: None)
    records = [bank.record(orjson.dumps({**orjson.loads(body), "mac": "ab", **also})) for body in bodies]
    return a_batch(bank, desk, records)


def unsealed(bank: SmallBank, *bodies: bytes, **also: Any) -> Batch:
    """The same from a bank that may speak without a mac."""
    desk = Desk(bank.charter.bank_id, bank.charter.federation_id, bank.charter.directory, lambda *_: None)
    return a_batch(bank, desk, [bank.record(orjson.dumps({**orjson.loads(body), **also})) for body in bodies])


def a_batch(bank: SmallBank, desk: Desk, records: list[Record]) -> Batch:
    read: list[Incoming | None] = [desk.read(record, bank.clock.now_us()) for record in records]
    position = Position("cluster", "topic", records[0].topic, {0: records[-1].offset + 1})
    return Batch(tuple(one for one in read if one is not None), position)


def a_request(town: Town, amount_minor: int = 12_50) -> bytes:
    town.alfa.do(send_transfer, an_order(amount_minor))
    return town.alfa.waiting.pop().body


@pytest.fixture
def told(town: Town) -> dict[str, Any]:
    """A head of BRVO's chain that BRVO never had, as ALFA would name it."""
    return {"known_head": {"seq": head(town.brvo)[0] + 5, "hash": ZEROS}}


def test_a_chain_that_contains_what_was_told_is_sound_however_old_that_is(town: Town) -> None:
    first = head(town.brvo)
    town.brvo.do(deposit, CashOrder(BOB, 5, "EUR"))
    for seq, hash_hex in (first, head(town.brvo), (0, ZEROS)):
        assert town.brvo.do(hold_against, seq, hash_hex, "ALFA")
    assert standing(town.brvo) == ""
    town.lawful()


@pytest.mark.parametrize("beyond", [0, 1, 2**70])
def test_a_chain_that_does_not_contain_it_is_suspect_and_says_why(town: Town, beyond: int) -> None:
    seq, _ = head(town.brvo)
    assert not town.brvo.do(hold_against, seq + beyond, ZEROS, "ALFA")
    assert standing(town.brvo).startswith(f"ALFA knows row {seq + beyond} of this bank's audit log, and its ")
    assert incidents(town.brvo) == ["suspect"]
    assert town.brvo.snapshot().suspect


def test_it_is_said_once_however_often_it_is_noticed(town: Town) -> None:
    for reason in ("first", "second"):
        town.brvo.do(suspect, reason)
    assert standing(town.brvo) == "first"
    assert incidents(town.brvo) == ["suspect"]
    assert town.brvo.connection.execute(FACTS).fetchone() == (1,)


def test_it_is_remembered_over_a_restart_and_told_to_whoever_listens_to_commits(
    town: Town, tmp_path: Path, database_url: str
) -> None:
    town.brvo.do(suspect, "restored")
    again = open_small_bank(tmp_path / "BRVO", "BRVO", {}, town.clock, database_url)
    told = again.commits.run([Job(look_up_standing, ())]).suspicion
    assert told == Suspicion("restored", town.clock.at_us)
    assert again.commits.run([Job(deposit, (CashOrder(BOB, 5, "EUR"),))]).suspicion is None, "nobody asked"
    again.close()


def test_a_peers_known_head_is_looked_at_before_anything_of_the_batch_is_decided(
    town: Town, told: dict[str, Any]
) -> None:
    first, second = a_request(town), a_request(town)
    batch = believed(town.brvo, first)
    late = believed(town.brvo, second, **told)
    whole = Batch((*batch.records, *late.records), late.position)
    for _ in range(2):
        assert town.brvo.do(receive_records, whole) == Counter()
    assert standing(town.brvo).startswith("ALFA knows row")
    assert (town.brvo.count("decisions"), town.brvo.count("positions")) == (0, 0)
    assert (town.brvo.waiting, town.brvo.balance(BOB)) == ([], 100_00)
    town.lawful()


def test_what_nobody_sealed_makes_no_bank_suspect(town: Town, told: dict[str, Any]) -> None:
    batch = unsealed(town.brvo, a_request(town), **told)
    assert town.brvo.do(receive_records, batch) == Counter({Outcome.CREDITED: 1})
    assert standing(town.brvo) == ""


@pytest.mark.parametrize("forged", [None, 7, [], {}, {"seq": "1", "hash": ZEROS}, {"seq": 1}, {"seq": 1, "hash": 1}])
def test_a_known_head_that_is_none_is_passed_over(town: Town, forged: Any) -> None:
    batch = believed(town.brvo, a_request(town), known_head=forged)
    assert town.brvo.do(receive_records, batch) == Counter({Outcome.CREDITED: 1})
    assert standing(town.brvo) == ""


def test_an_old_message_said_again_names_an_old_row_and_that_is_contained(town: Town) -> None:
    seq, hash_hex = head(town.brvo)
    body, known = a_request(town), {"known_head": {"seq": seq, "hash": hash_hex}}
    for outcome in (Outcome.CREDITED, Outcome.REPEAT):
        assert town.brvo.do(receive_records, believed(town.brvo, body, **known)) == Counter({outcome: 1})
    assert standing(town.brvo) == ""
    assert town.brvo.balance(BOB) == 112_50


def test_each_row_a_bank_names_is_looked_for_once_in_a_batch(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    seq, hash_hex = head(town.brvo)
    asked: list[int] = []
    contains = AuditBook.contains

    def counting(book: AuditBook, named: int, hash_: str) -> bool:
        asked.append(named)
        return contains(book, named, hash_)

    monkeypatch.setattr(AuditBook, "contains", counting)
    bodies = [a_request(town, amount) for amount in range(1, 20)]
    batch = believed(town.brvo, *bodies, known_head={"seq": seq, "hash": hash_hex})
    assert town.brvo.do(receive_records, batch) == Counter({Outcome.CREDITED: 19})
    assert asked == [seq]


def an_answer(town: Town) -> bytes:
    town.alfa.do(send_transfer, an_order())
    row = town.alfa.waiting.pop()
    town.brvo.take(town.brvo.record(row.body))
    return town.brvo.waiting.pop().body


@pytest.mark.parametrize("type_", ["transfer.accepted", "transfer.rejected", "transfer.unknown"])
def test_a_sealed_answer_to_what_was_never_sent_makes_a_bank_suspect(town: Town, type_: str) -> None:
    answer, real = an_answer(town), an_answer(town)
    lost = believed(town.alfa, answer, transaction_id="never-sent", type=type_)
    batch = Batch((*lost.records, *believed(town.alfa, real).records), lost.position)
    for _ in range(2):
        town.alfa.do(receive_records, batch)
    assert standing(town.alfa) == "BRVO answers never-sent, which this bank does not know to have sent"
    assert town.alfa.snapshot().sent[1].state == "PENDING", "what comes after it is not read"
    assert town.alfa.count("positions") == 0
    town.lawful()


def test_an_unsealed_answer_to_what_was_never_sent_is_an_incident_and_no_more(town: Town) -> None:
    batch = unsealed(town.alfa, an_answer(town), transaction_id="never-sent")
    assert town.alfa.do(receive_records, batch) == Counter({Outcome.QUARANTINED: 1})
    assert standing(town.alfa) == ""
    assert incidents(town.alfa) == ["answer_to_nothing"]


def test_an_answer_that_fits_nothing_but_its_id_makes_nobody_suspect(town: Town) -> None:
    answer = an_answer(town)
    town.alfa.do(receive_records, believed(town.alfa, answer, answers_hash="0" * 64))
    inside = town.alfa.do(send_transfer, an_order(to_bank="ALFA", to_account=CAROL)).id
    town.alfa.do(receive_records, believed(town.alfa, answer, transaction_id=inside))
    assert standing(town.alfa) == ""


def test_a_suspect_bank_works_at_its_counter_and_speaks_to_nobody(town: Town) -> None:
    claim = Claim("teller1", "key-1", "hash")
    sent = town.alfa.do(send_transfer, an_order(claim=claim))
    town.deliver()
    received = town.brvo.do(return_transfer, ReturnOrder("ALFA", sent.id, 1))
    town.deliver()
    under_way = town.alfa.do(send_transfer, an_order())
    town.alfa.do(suspect, "restored")
    town.brvo.do(suspect, "restored")
    waiting = list(town.alfa.waiting)
    for refused in (
        (send_transfer, an_order()),
        (cancel_by_hand, Question(under_way.id)),
        (ask_again, Question(under_way.id)),
        (recall_transfer, RecallOrder(sent.id)),
        (refuse_recall, RecallRefusal("BRVO", "none", "no")),
        (redrive_transfer, DeskOrder("transfer", under_way.id, "teller1")),
        (redrive_record, DeskOrder("quarantine", "1", "teller1"), None),
    ):
        with pytest.raises(Refusal, match="books are not to be believed: restored") as found:
            town.alfa.do(*refused)
        assert found.value.code == "suspect"
    with pytest.raises(Refusal, match="not to be believed"):
        town.brvo.do(return_transfer, ReturnOrder("ALFA", sent.id, 1))
    assert town.alfa.do(send_transfer, an_order(claim=claim)).replayed, "what was accepted is still told"
    town.alfa.do(deposit, CashOrder(ALICE, 5_00, "EUR"))
    town.alfa.do(send_transfer, an_order(1_00, to_bank="ALFA", to_account=CAROL))
    assert town.alfa.waiting == waiting
    assert received.status == "pending"
    town.lawful()


def test_a_bank_that_was_restored_notices_what_it_forgot(tmp_path: Path) -> None:
    """The whole story, told by a peer's known_head alone."""
    town = open_town(tmp_path)
    backup = take_backup(tmp_path / "BRVO" / "bank.db", tmp_path / "backup.db")
    town.alfa.do(send_transfer, an_order(12_50))
    town.deliver()
    seq, hash_hex = head(town.brvo)
    town.brvo.close()
    restore(backup, tmp_path / "BRVO" / "bank.db")
    town.banks["BRVO"] = open_small_bank(tmp_path / "BRVO", "BRVO", {}, town.clock)
    before = town.brvo.count("audit_log")
    batch = believed(town.brvo, a_request(town), known_head={"seq": seq, "hash": hash_hex})
    assert town.brvo.do(receive_records, batch) == Counter()
    assert (
        standing(town.brvo) == f"ALFA knows row {seq} of this bank's audit log, and its audit log ends at row {before}"
    )
    town.lawful()
    town.close()


def test_marking_belongs_to_the_unit_of_work(town: Town) -> None:
    def suspect_and_fail(books: Books, now_us: int, ids: Ids) -> None:
        suspect(books, now_us, ids, "restored")
        raise RuntimeError("and then the disk was full")

    with pytest.raises(RuntimeError):
        town.alfa.do(suspect_and_fail)
    assert standing(town.alfa) == ""
    assert not town.alfa.snapshot().suspect
