"""The registry in this bank's books: what the others say of themselves, and this bank's own word, queued to be said.

Whether a record is a bank's own word was judged before (`transfers.registry`); here only what is newer counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.operations.standing import hold_against
from bank_node.store.books import Books
from bank_node.store.outbox import NEWS
from bank_node.transfers.keyring import own_keys
from bank_node.transfers.keys import ExchangeKey, Identity
from bank_node.transfers.registry import BANK_RECORD, KEYS_MAX, OPEN, PeerKey, PeerRecord, record_key, sign_record
from bank_node.transfers.topics import BANK_REGISTRY

KEY_LOST = "key_lost"  # a kind of incident
FACT = "registry"  # the outbox row of this bank's last word, and its sequence


@dataclass(frozen=True, slots=True)
class Speaker:
    """With what this bank says who it is. `exchange_keys` are its own, by version."""

    identity: Identity
    certificate: str
    exchange_keys: dict[int, ExchangeKey]
    announce_us: int  # a new key is told for so long before it is used
    window_us: int  # the old one is believed for so long after that


def hear_banks(
    books: Books, now_us: int, ids: Ids, records: Sequence[PeerRecord], own_heads: Sequence[tuple[int, str]] = ()
) -> list[PeerRecord]:
    """Keeps what is newer than what is kept; which records stand in the books now. Called again it changes nothing.

    `own_heads` are the ends of this bank's own chain that it has told, in whatever record.
    """
    standing = []
    for head in reversed(own_heads):
        if not hold_against(books, now_us, ids, *head, "its own record in the registry"):
            break
    for record in records:
        if books.peers.keep(now_us, record):
            _take_keys(books, record)
            standing.append(record)
        elif books.peers.sequence(record.bank_id) == record.sequence:  # another process of this bank was quicker
            standing.append(record)
        if record.bank_id == books.charter.bank_id and record.head is not None:
            hold_against(books, now_us, ids, *record.head, "its own record in the registry")
    return standing


def _take_keys(books: Books, record: PeerRecord) -> None:
    """This bank's own keys are its own business: what its last life said of them is in its secrets.

    None takes the place of none: in the name of a bank that has had a key nothing is believed without a mac.
    """
    if (
        record.keys
        and record.bank_id != books.charter.bank_id
        and books.peers.replace_keys(record.bank_id, record.keys)
    ):
        facts = {"identity": record.identity, "versions": [key.version for key in record.keys]}
        books.audit.note("keys_heard", record.bank_id, record.bank_id, facts)
        books.unit.ring("attention")


def announce(books: Books, now_us: int, _ids: Ids, speaker: Speaker) -> tuple[PeerKey, ...]:
    """Queues this bank's newest word about itself, unless the last one still waits; its keys as they were announced.

    Nothing new is said without the newest of them: it would take from the others the key they seal with.
    """
    bank_id = books.charter.bank_id
    seq, told = _last_word(books)
    announced = books.peers.keys(bank_id)
    if (seq and books.outbox.waits(seq)) or (announced and announced[-1].version > max(speaker.exchange_keys)):
        return announced
    keys = _own_keys(announced, now_us, speaker)
    if books.peers.replace_keys(bank_id, keys):
        books.audit.note("keys_announced", bank_id, bank_id, {"versions": [key.version for key in keys]})
    sequence = max(now_us // 1000, told + 1, books.peers.sequence(bank_id) + 1)
    body = sign_record(
        _own_record(books, now_us, speaker, keys, sequence), books.charter.federation_id, speaker.identity
    )
    if not (seq and books.outbox.say_anew(seq, BANK_RECORD, body)):
        key = record_key(books.charter.federation_id, bank_id)
        seq = books.outbox.queue(
            now_us, topic=BANK_REGISTRY, key=key, type_=BANK_RECORD, transaction_id=None, body=body, lane=NEWS
        )
    books.customers.set_fact(FACT, f"{seq} {sequence}")
    return keys


def note_lost_keys(books: Books, now_us: int, _ids: Ids, versions: Sequence[int]) -> None:
    """Somebody must know before the bank is started again: it would not start, or not read what is under way."""
    for version in versions:
        books.quarantine.incident(
            now_us,
            KEY_LOST,
            f"exchange-{version}.key is gone from this bank's data folder, and other banks seal with it. Put it back"
            f" from a backup before the bank is started again, or make another: bankfed rekey {books.charter.bank_id}",
        )


def note_unreadable_keys(books: Books, now_us: int, _ids: Ids) -> None:
    """What is wrong with which file is for the log: it names places that are nobody's business at a counter."""
    words = (
        "the bank can not read its own keys, says nothing new about itself, and would not start again; its log names"
        " the file that is to be put back from a backup"
    )
    books.quarantine.incident(now_us, KEY_LOST, words)


def _last_word(books: Books) -> tuple[int, int]:
    seq, _, sequence = (books.customers.fact(FACT) or "0 0").partition(" ")
    return int(seq), int(sequence)


def _own_keys(announced: Sequence[PeerKey], now_us: int, speaker: Speaker) -> tuple[PeerKey, ...]:
    """Those announced before that are not lost, and the new ones. From now on the one before a new one is only believed
    for a while."""
    public_keys = {version: key.public for version, key in speaker.exchange_keys.items()}
    keys = {
        key.version: PeerKey(key.version, public_keys[key.version], key.valid_until_us)
        for key in announced
        if key.version in public_keys
    }
    for version in sorted(set(public_keys) - set(keys)):
        until_us = now_us + speaker.announce_us + speaker.window_us
        for earlier in [key for key in keys.values() if key.valid_until_us is None and key.version < version]:
            keys[earlier.version] = PeerKey(earlier.version, earlier.public_key, until_us)
        keys[version] = PeerKey(version, public_keys[version])
    return tuple(keys[version] for version in sorted(keys))


def _told(keys: tuple[PeerKey, ...], now_us: int, speaker: Speaker) -> tuple[PeerKey, ...]:
    """The newest ones, no more than anybody reads; among them the one that is sealed with now."""
    private = {version: key.private for version, key in speaker.exchange_keys.items()}
    live = [key for key in keys if key.valid_at(now_us) and key.version in private]
    in_force = [key.version for key in own_keys(private, keys, speaker.window_us) if key.seals_from_us <= now_us]
    in_use = [key for key in live if key.version == max(in_force, default=0)]
    newest = live[-KEYS_MAX:]
    return tuple(newest if not in_use or in_use[0] in newest else in_use + newest[1:])


def _own_record(books: Books, now_us: int, speaker: Speaker, keys: tuple[PeerKey, ...], sequence: int) -> PeerRecord:
    charter, head = books.charter, books.audit.head()
    return PeerRecord(
        bank_id=charter.bank_id,
        name=charter.name or charter.bank_id,
        url=charter.directory[charter.bank_id],
        identity=speaker.identity.public,
        certificate=speaker.certificate,
        keys=_told(keys, now_us, speaker),
        state=OPEN,
        heartbeat_us=now_us,
        sequence=sequence,
        head=head if head[0] else None,
    )
