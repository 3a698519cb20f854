"""What the banks say of themselves, in the books: newer counts, older never; and this bank's own word, queued once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from bank_node.operations.orders import check_order
from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.registry import Speaker, announce, hear_banks
from bank_node.store.peers import Peer, keys_of, known_peers
from bank_node.transfers import keys
from bank_node.transfers.registry import PeerKey, PeerRecord, read_record
from tests.support.cast import NOON_US, SmallBank, Town, an_order

AUTHORITY = keys.new_identity()
MINUTE_US = 60_000_000
KEYS = {version: keys.new_exchange_key() for version in (1, 2, 3)}
CHRL = PeerRecord(
    bank_id="CHRL",
    name="Charlie",
    url="http://127.0.0.1:8003",
    identity="ab" * 32,
    certificate="ab" * 64,
    keys=(PeerKey(1, "cd" * 32, NOON_US), PeerKey(2, "ef" * 32)),
    state="open",
    heartbeat_us=NOON_US,
    sequence=5,
    head=(40, "aa" * 32),
)


def peer(bank: SmallBank, bank_id: str = "CHRL") -> Peer:
    return next(one for one in bank.read(known_peers) if one.bank_id == bank_id)


def hear(bank: SmallBank, **change: Any) -> list[PeerRecord]:
    return bank.do(hear_banks, [replace(CHRL, **change)])


def speaker(*versions: int) -> Speaker:
    identity = keys.new_identity()
    word = keys.certificate(AUTHORITY.private, "fed", "ALFA", identity.public)
    return Speaker(identity, word, {version: KEYS[version] for version in versions}, MINUTE_US, 5 * MINUTE_US)


def said(bank: SmallBank) -> PeerRecord:
    """The bank's newest word; the broker has it from now on."""
    row = bank.waiting.pop()
    assert bank.waiting == []
    bank.do(mark_published, [Published(row, 0, row.seq)])
    record = read_record(row.body, AUTHORITY.public, "fed")
    assert isinstance(record, PeerRecord), record
    return record


def test_what_is_heard_stands_in_the_books(town: Town) -> None:
    assert hear(town.alfa) == [CHRL]
    found = peer(town.alfa)
    assert (found.name, found.url, found.sequence, found.keys) == ("Charlie", CHRL.url, 5, CHRL.keys)
    assert (found.head_seq, found.head_hash, found.heard_us) == (40, "aa" * 32, NOON_US)
    assert replace(found.record, certificate=CHRL.certificate) == CHRL


def test_heard_twice_it_is_the_same(town: Town) -> None:
    hear(town.alfa)
    before, rows = peer(town.alfa), town.alfa.count("audit_log")
    town.clock.pass_ms(60_000)
    assert hear(town.alfa) == [CHRL]
    assert peer(town.alfa) == before
    assert town.alfa.count("audit_log") == rows


@pytest.mark.parametrize("sequence", [1, 4])
def test_what_is_older_changes_nothing(town: Town, sequence: int) -> None:
    hear(town.alfa)
    before = peer(town.alfa)
    assert hear(town.alfa, sequence=sequence, keys=(), name="Older", head=(99, "bb" * 32)) == []
    assert peer(town.alfa) == before


def test_what_is_newer_replaces_name_keys_and_head(town: Town) -> None:
    hear(town.alfa)
    hear(town.alfa, sequence=6, name="Charles", keys=CHRL.keys[1:], head=(41, "bb" * 32))
    found = peer(town.alfa)
    assert (found.name, found.keys, found.head_seq, found.head_hash) == ("Charles", CHRL.keys[1:], 41, "bb" * 32)


@pytest.mark.parametrize("head", [None, (39, "bb" * 32), (40, "bb" * 32)])
def test_the_furthest_head_that_was_told_is_remembered(town: Town, head: tuple[int, str] | None) -> None:
    hear(town.alfa)
    hear(town.alfa, sequence=6, head=head)
    found = peer(town.alfa)
    assert (found.sequence, found.head_seq, found.head_hash) == (6, 40, "aa" * 32)


def test_a_change_of_keys_is_in_the_audit_log_and_a_heartbeat_is_not(town: Town) -> None:
    rows = town.alfa.count("audit_log")
    hear(town.alfa)
    hear(town.alfa, sequence=6)
    assert town.alfa.count("audit_log") == rows + 1
    hear(town.alfa, sequence=7, keys=CHRL.keys[1:])
    assert town.alfa.count("audit_log") == rows + 2


def test_no_keys_at_all_do_not_take_the_known_ones_off_file(town: Town) -> None:
    hear(town.alfa)
    hear(town.alfa, sequence=6, keys=())
    assert (peer(town.alfa).sequence, peer(town.alfa).keys) == (6, CHRL.keys)


def test_of_more_keys_than_anybody_reads_the_newest_are_told_and_the_one_in_use(town: Town) -> None:
    voice, pairs = speaker(1), {version: keys.new_exchange_key() for version in range(1, 21)}
    for version in range(1, 21):
        town.alfa.do(announce, replace(voice, exchange_keys={n: pairs[n] for n in range(1, version + 1)}))
        told = said(town.alfa).keys
        town.clock.pass_ms(1_000)
    assert [key.version for key in told] == [1, *range(6, 21)]
    town.clock.pass_ms(60_000)
    town.alfa.do(announce, replace(voice, exchange_keys=pairs))
    assert [key.version for key in said(town.alfa).keys] == list(range(5, 21))


def test_its_own_keys_are_not_taken_from_the_topic(town: Town) -> None:
    town.alfa.do(announce, speaker(1))
    before = town.alfa.read(keys_of, "ALFA")
    hear(town.alfa, bank_id="ALFA", sequence=2**50, head=None)
    assert town.alfa.read(keys_of, "ALFA") == before


def test_money_may_be_sent_to_a_bank_that_is_only_in_the_books(town: Town) -> None:
    hear(town.alfa)
    order = an_order(to_bank="CHRL", to_account="DE-1")
    assert town.alfa.do(lambda books, now, _ids: check_order(books, now, order)[1]) == "DE-1"


def test_its_own_word_proves_itself_and_tells_where_its_chain_ends(town: Town) -> None:
    town.alfa.do(announce, speaker(1))
    record = said(town.alfa)
    assert (record.bank_id, record.name, record.url) == ("ALFA", "ALFA", "http://127.0.0.1:8001")
    assert record.keys == (PeerKey(1, KEYS[1].public),)
    assert record.head == town.alfa.do(lambda books, _now, _ids: books.audit.head())


def test_a_word_is_not_queued_while_the_last_one_waits_and_a_new_key_is_not_dated_by_it(town: Town) -> None:
    voice = speaker(1)
    town.alfa.do(announce, voice)
    both = replace(voice, exchange_keys=speaker(1, 2).exchange_keys)
    assert town.alfa.do(announce, both) == (PeerKey(1, KEYS[1].public),)
    assert len(town.alfa.waiting) == 1
    said(town.alfa)
    town.clock.pass_ms(3_600_000)
    now_us = town.clock.at_us
    told = town.alfa.do(announce, both)
    assert told == (PeerKey(1, KEYS[1].public, now_us + 6 * MINUTE_US), PeerKey(2, KEYS[2].public))
    assert said(town.alfa).keys == told


def test_each_word_is_newer_than_the_last_whatever_the_clock_does(town: Town) -> None:
    voice, sequences = speaker(1), []
    for ms in (0, 30_000, -3_600_000, 0, 30_000):
        town.clock.pass_ms(ms)
        town.alfa.do(announce, voice)
        sequences.append(said(town.alfa).sequence)
    assert sequences == sorted(set(sequences))
    assert town.alfa.count("outbox") == 1


def test_its_word_is_newer_than_one_that_a_later_life_of_its_books_has_told(town: Town) -> None:
    """They were restored from a backup, and their clock with them."""
    hear(town.alfa, bank_id="ALFA", sequence=2**50, head=None)
    town.alfa.do(announce, speaker(1))
    assert said(town.alfa).sequence == 2**50 + 1


def test_an_old_key_is_told_until_its_window_ends(town: Town) -> None:
    voice = speaker(1)
    town.alfa.do(announce, voice)
    said(town.alfa)
    voice = replace(voice, exchange_keys=speaker(1, 2).exchange_keys)
    town.alfa.do(announce, voice)
    assert [key.version for key in said(town.alfa).keys] == [1, 2]
    town.clock.pass_ms(6 * 60_000)
    town.alfa.do(announce, voice)
    assert [key.version for key in said(town.alfa).keys] == [2]


def test_a_third_key_before_the_second_is_in_force_leaves_the_first_ones_end_as_it_was(town: Town) -> None:
    voice = speaker(1)
    town.alfa.do(announce, voice)
    said(town.alfa)
    first = NOON_US + 6 * MINUTE_US
    town.alfa.do(announce, replace(voice, exchange_keys=speaker(1, 2).exchange_keys))
    said(town.alfa)
    town.clock.pass_ms(30_000)
    told = town.alfa.do(announce, replace(voice, exchange_keys=speaker(1, 2, 3).exchange_keys))
    assert [key.valid_until_us for key in told] == [first, first + MINUTE_US // 2, None]


def test_a_key_whose_file_is_gone_is_told_no_more_and_one_that_was_replaced_is_told_anew(town: Town) -> None:
    voice = speaker(1, 2)
    town.alfa.do(announce, voice)
    said(town.alfa)
    town.alfa.do(announce, replace(voice, exchange_keys={2: KEYS[3]}))
    assert said(town.alfa).keys == (PeerKey(2, KEYS[3].public),)


def test_a_word_that_was_tidied_away_is_queued_again(town: Town) -> None:
    voice = speaker(1)
    town.alfa.do(announce, voice)
    said(town.alfa)
    town.alfa.connection.execute("DELETE FROM outbox")
    town.alfa.do(announce, voice)
    body = orjson.loads(town.alfa.waiting[-1].body)
    assert body["bank_id"] == "ALFA"
    said(town.alfa)


def test_without_the_newest_announced_key_nothing_new_is_said(town: Town) -> None:
    """Of a process that never had it: what it could say would take from the others the key they seal with."""
    voice = speaker(1)
    town.alfa.do(announce, voice)
    said(town.alfa)
    announced = town.alfa.do(announce, replace(voice, exchange_keys=speaker(1, 2).exchange_keys))
    said(town.alfa)
    for _ in range(2):
        assert town.alfa.do(announce, voice) == announced
        town.clock.pass_ms(7 * 60_000)
    assert town.alfa.waiting == []
    assert town.alfa.read(keys_of, "ALFA") == announced
    told = town.alfa.do(announce, replace(voice, exchange_keys=speaker(1, 3).exchange_keys))
    assert said(town.alfa).keys == (PeerKey(3, KEYS[3].public),)
    assert [key.version for key in told] == [1, 3]
