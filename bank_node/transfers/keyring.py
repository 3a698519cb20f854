"""The keyring: with which key this bank seals what it says to another one, and whether it believes what it hears.

In memory, filled from the bank's own keys and from what the registry says. Two banks agree on nothing beforehand: who
writes takes a key of his own that has been announced for long enough and the newest of the other's; who reads tries
every pair that is still valid.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bank_node.transfers.keys import bilateral_key, mac_fits, mac_of
from bank_node.transfers.registry import PeerKey, PeerRecord


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One of this bank's exchange keys: read with at once, sealed with from then on, let go of at the end."""

    version: int
    private: str = field(repr=False)
    seals_from_us: int = 0
    valid_until_us: int | None = None

    def valid_at(self, now_us: int) -> bool:
        return self.valid_until_us is None or now_us < self.valid_until_us


def own_keys(private: Mapping[int, str], announced: Sequence[PeerKey], window_us: int) -> list[OwnKey]:
    """A bank's own keys by what it has said of them: each seals from when the one before it is only believed.

    One that was not announced yet reads at most. Before anything was announced there is no order among them.
    """
    if not announced:
        return [OwnKey(version, private[version]) for version in sorted(private)]
    seals_from_us, found = 0, []
    for key in sorted(announced, key=lambda key: key.version):
        if key.version in private:
            found.append(OwnKey(key.version, private[key.version], seals_from_us, key.valid_until_us))
        if key.valid_until_us is not None:
            seals_from_us = key.valid_until_us - window_us
    return found


@dataclass
class _Pair:
    own: OwnKey
    peer: PeerKey
    banks: tuple[str, str, str]  # this one, the other one, their federation

    @cached_property
    def key(self) -> bytes | None:
        """What both can compute; None where the other bank's key is none."""
        try:
            return bilateral_key(self.own.private, self.peer.public_key, *self.banks)
        except ValueError:
            return None


class Keyring:
    """Two threads ask, one tells: what is asked is answered by what was known a moment before."""

    def __init__(self, bank_id: str, federation_id: str, now_us: Callable[[], int], *, required: bool = True) -> None:
        """Unless a mac is `required`, a bank that has no key on file may speak without one."""
        self._bank_id, self._federation_id = bank_id, federation_id
        self._now_us, self.required = now_us, required
        self.more_of_its_own: Callable[[], Mapping[int, str]] = dict  # private keys as they are in the bank's secrets
        self._lock = threading.Lock()
        self._own: tuple[OwnKey, ...] = ()
        self._peers: dict[str, tuple[PeerKey, ...]] = {}
        self._sequences: dict[str, int] = {}
        self._heads: dict[str, tuple[int, str]] = {}
        self._pairs: dict[str, tuple[_Pair, ...]] = {}  # the newest first

    def hold(self, own: Sequence[OwnKey]) -> None:
        """This bank's own keys are these."""
        with self._lock:
            if tuple(own) != self._own:
                self._own = tuple(own)
                self._pairs = {bank_id: self._paired(bank_id) for bank_id in self._peers}

    def private_keys(self) -> dict[int, str]:
        """Of this bank, by version."""
        return {key.version: key.private for key in self._own}

    def live(self, keys: Iterable[PeerKey]) -> set[int]:
        """The versions of those that have not expired."""
        now_us = self._now_us()
        return {key.version for key in keys if key.valid_at(now_us)}

    def hold_announced(self, announced: Sequence[PeerKey], window_us: int) -> None:
        """The own keys are as they were announced since, by whichever process of this bank: it may have a new one."""
        private = self.private_keys()
        if not self.live(announced) <= set(private):
            private = {**private, **self.more_of_its_own()}
        if announced:
            self.hold(own_keys(private, announced, window_us))

    def learn(self, record: PeerRecord) -> bool:
        """What a bank says of itself, and is believed; True where its keys are other ones than before.

        What is older than what is known changes nothing, and no keys at all are none to put in the place of any.
        """
        with self._lock:
            if record.head is not None and record.head > self._heads.get(record.bank_id, (0, "")):
                self._heads = {**self._heads, record.bank_id: record.head}
            if record.bank_id == self._bank_id or record.sequence < self._sequences.get(record.bank_id, 0):
                return False
            self._sequences[record.bank_id] = record.sequence
            if not record.keys or self._peers.get(record.bank_id) == record.keys:
                return False
            self._peers = {**self._peers, record.bank_id: record.keys}
            self._pairs = {**self._pairs, record.bank_id: self._paired(record.bank_id)}
            return True

    def knows(self, bank_id: str) -> bool:
        """Whether a key of this bank is on file."""
        return bool(self._peers.get(bank_id))

    def unverified(self, banks: Iterable[str]) -> list[str]:
        """Of these the other ones for which anybody could speak, or nobody is believed: no key of them is on file."""
        return sorted(bank_id for bank_id in banks if bank_id != self._bank_id and not self.knows(bank_id))

    def known_head(self, bank_id: str) -> tuple[int, str] | None:
        """The highest end of its chain, (seq, hash), that this bank has told."""
        return self._heads.get(bank_id)

    def seal(self, to_bank: str, fields: dict[str, Any]) -> str | None:
        """The mac of a message to this bank; None where none of its keys is on file."""
        key = self._sealing_key(to_bank)
        return None if key is None else mac_of(key, fields)

    def can_seal(self, to_bank: str) -> bool:
        """Whether a message to this bank can be sent now."""
        return not self.required or self._sealing_key(to_bank) is not None

    def doubt(self, from_bank: str, fields: dict[str, Any]) -> str | None:
        """Why a message is not believed to be of the bank it names; None where it is."""
        sealed = fields.get("mac") is not None
        if not self.knows(from_bank):
            if not sealed and not self.required:
                return None
            return f"not believed: no key of {from_bank} is on file"
        if not sealed:
            return "not believed: it carries no mac"
        try:
            for pair in self._valid(from_bank, self._now_us()):
                if pair.key is not None and mac_fits(pair.key, fields):
                    return None
        except ValueError as wrong:
            return f"not believed: {wrong}"
        return f"not believed: its mac is not {from_bank}'s"

    def _sealing_key(self, to_bank: str) -> bytes | None:
        now_us = self._now_us()
        sealing = (pair for pair in self._valid(to_bank, now_us) if pair.own.seals_from_us <= now_us)
        return next((pair.key for pair in sealing if pair.key is not None), None)

    def _valid(self, bank_id: str, now_us: int) -> Iterable[_Pair]:
        return (p for p in self._pairs.get(bank_id, ()) if p.own.valid_at(now_us) and p.peer.valid_at(now_us))

    def _paired(self, bank_id: str) -> tuple[_Pair, ...]:
        before = {(pair.own, pair.peer): pair for pair in self._pairs.get(bank_id, ())}
        banks = (self._bank_id, bank_id, self._federation_id)
        both = [(own, peer) for own in reversed(self._own) for peer in reversed(self._peers[bank_id])]
        return tuple(before.get((own, peer)) or _Pair(own, peer, banks) for own, peer in both)
