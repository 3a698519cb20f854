"""What the registry says of each bank, as far as it is believed, this bank included; and the keys of them all."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from bank_node.store import schema
from bank_node.store.statements import Hot, ask, insert
from bank_node.store.unit import UnitOfWork
from bank_node.transfers.registry import PeerKey, PeerRecord

SEQUENCE = Hot("SELECT sequence FROM peers WHERE bank_id = :bank_id")
_SAID = ("name", "url", "state", "versions", "identity", "sequence", "heartbeat_us", "record", "heard_us")
_NEWER = ", ".join(f"{column} = excluded.{column}" for column in _SAID)
KEEP = insert(
    schema.peers,
    ["bank_id", *_SAID, "head_seq", "head_hash"],
    # The end of a chain that was told once is remembered: a bank whose chain has become shorter is to be noticed.
    f"ON CONFLICT (bank_id) DO UPDATE SET {_NEWER},"
    " head_seq = CASE WHEN excluded.head_seq > coalesce(peers.head_seq, 0)"
    " THEN excluded.head_seq ELSE peers.head_seq END,"
    " head_hash = CASE WHEN excluded.head_seq > coalesce(peers.head_seq, 0)"
    " THEN excluded.head_hash ELSE peers.head_hash END"
    " WHERE excluded.sequence > peers.sequence",
)
KEYS = Hot("SELECT version, public_key, valid_until_us FROM peer_keys WHERE bank_id = :bank_id ORDER BY version")
DROP_KEYS = Hot("DELETE FROM peer_keys WHERE bank_id = :bank_id")
ADD_KEY = insert(
    schema.peer_keys,
    ["bank_id", "version", "public_key", "valid_until_us"],
    "ON CONFLICT (bank_id, version) DO UPDATE"
    " SET public_key = excluded.public_key, valid_until_us = excluded.valid_until_us",
)


@dataclass(frozen=True, slots=True)
class Peer:
    """A bank as it stands in this bank's books."""

    bank_id: str
    name: str
    url: str
    state: str
    versions: tuple[str, ...]
    heartbeat_us: int  # by its own clock
    heard_us: int  # by ours
    head_seq: int | None
    head_hash: str | None
    identity: str
    sequence: int
    keys: tuple[PeerKey, ...]

    @property
    def record(self) -> PeerRecord:
        """As the keyring learns it."""
        head = None if self.head_seq is None or self.head_hash is None else (self.head_seq, self.head_hash)
        rest = (self.state, self.heartbeat_us, self.sequence, head, self.versions)
        return PeerRecord(self.bank_id, self.name, self.url, self.identity, "", self.keys, *rest)


class PeerBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def sequence(self, bank_id: str) -> int:
        """Of the newest record that was believed; 0 where there was none."""
        row = self._unit.one(SEQUENCE, {"bank_id": bank_id})
        return 0 if row is None else int(row[0])

    def keep(self, now_us: int, record: PeerRecord) -> bool:
        """False where the record is not newer than what is kept."""
        head_seq, head_hash = record.head or (None, None)
        row = {
            "bank_id": record.bank_id,
            "name": record.name,
            "url": record.url,
            "state": record.state,
            "versions": orjson.dumps(record.versions).decode(),
            "identity": record.identity,
            "sequence": record.sequence,
            "heartbeat_us": record.heartbeat_us,
            "head_seq": head_seq,
            "head_hash": head_hash,
            "record": record.value,
            "heard_us": now_us,
        }
        return self._unit.change(KEEP, row) == 1

    def keys(self, bank_id: str) -> tuple[PeerKey, ...]:
        return tuple(PeerKey(*row) for row in self._unit.all(KEYS, {"bank_id": bank_id}))

    def replace_keys(self, bank_id: str, keys: tuple[PeerKey, ...]) -> bool:
        """False where these are the keys already."""
        if self.keys(bank_id) == keys:
            return False
        self._unit.change(DROP_KEYS, {"bank_id": bank_id})
        rows = [
            {
                "bank_id": bank_id,
                "version": key.version,
                "public_key": key.public_key,
                "valid_until_us": key.valid_until_us,
            }
            for key in keys
        ]
        self._unit.change_many(ADD_KEY, rows)
        return True


ALL_KEYS = Hot("SELECT bank_id, version, public_key, valid_until_us FROM peer_keys ORDER BY bank_id, version")
HEARD_OF = Hot("SELECT heard_us FROM peers WHERE bank_id = :bank_id")
PEERS = Hot(
    "SELECT bank_id, name, url, state, versions, heartbeat_us, heard_us, head_seq, head_hash, identity, sequence"
    " FROM peers ORDER BY bank_id"
)


def known_peers(connection: Connection) -> list[Peer]:
    """Every bank the registry has named, in the order of their ids."""
    keys: dict[str, list[PeerKey]] = {}
    for bank_id, *rest in ask(connection, ALL_KEYS):
        keys.setdefault(bank_id, []).append(PeerKey(*rest))
    return [
        Peer(
            bank_id=bank_id,
            name=name,
            url=url,
            state=state,
            versions=tuple(orjson.loads(versions)),
            heartbeat_us=heartbeat_us,
            heard_us=heard_us,
            head_seq=head_seq,
            head_hash=head_hash,
            identity=identity,
            sequence=sequence,
            keys=tuple(keys.get(bank_id, ())),
        )
        for (
            bank_id,
            name,
            url,
            state,
            versions,
            heartbeat_us,
            heard_us,
            head_seq,
            head_hash,
            identity,
            sequence,
        ) in ask(connection, PEERS)
    ]


def heard_of(connection: Connection, bank_id: str) -> int | None:
    """When this bank was last heard of, by our clock; None where it never was."""
    return ask(connection, HEARD_OF, {"bank_id": bank_id}).scalar()


def keys_of(connection: Connection, bank_id: str) -> tuple[PeerKey, ...]:
    """The keys on file of one bank: of this one those it has announced."""
    found = ask(connection, KEYS, {"bank_id": bank_id})
    return tuple(PeerKey(*row) for row in found)
