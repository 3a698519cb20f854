"""The registrar: reads what the banks say of themselves, and says what this bank says of itself.

On the consumer's thread, with a reader of its own: before the first money message of a process's life, every few
seconds from then on, and at once where a message is doubted or a key is wanted. The registry is read from its start at
every start; what counts is what the database has (`operations.registry`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from hashlib import sha256
from typing import Any

from bank_node.broker.loop import BackOff
from bank_node.identity import IdentityProblem
from bank_node.operations.registry import Speaker, announce, hear_banks, note_lost_keys, note_unreadable_keys
from bank_node.store.commit import StoreUnavailable
from bank_node.transfers.charter import Charter
from bank_node.transfers.keyring import Keyring, own_keys
from bank_node.transfers.keys import exchange_key_of
from bank_node.transfers.ports import BrokerAway, PositionLost, Reader, Record
from bank_node.transfers.registry import Claim, PeerRecord, read_claim, record_key

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
WANTED_EVERY_S = 1.0
OPEN_S_MAX = 2.0
POLL_S_MAX = 1.0
DOUBT_LOOKS_MAX = 4  # before a message is believed to be nobody's
RECORDS_MAX = 500
PROOFS_MAX = 2_000  # signatures looked at before others get their turn; what is left is read at once after that
WRITER_PATIENCE_S = 30.0
REFUSED_MAX = 20_000  # records of which it is remembered that they were refused: about 3 MB


class Registrar:
    def __init__(
        self,
        *,
        reader: Reader,
        prepare: Callable[[], None],
        charter: Charter,
        authority_public: str,
        keyring: Keyring,
        submit: Callable[..., Future[Any]],
        stored: Callable[[], Sequence[PeerRecord]],
        speaker: Callable[[], Speaker | None],
        heartbeat_s: float,
        news: Callable[[], None] = lambda: None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`stored` is what the database has of each bank; `speaker` with what this bank speaks, if it can. It may raise
        IdentityProblem.

        `news` is called when this bank may speak, and when somebody's keys have changed.
        """
        self._reader, self._prepare = reader, prepare
        self._charter, self._authority_public, self._keyring = charter, authority_public, keyring
        self._submit, self._stored, self._speaker = submit, stored, speaker
        self._heartbeat_s, self._news, self._monotonic_s = heartbeat_s, news, monotonic_s
        self._own_key = record_key(charter.federation_id, charter.bank_id).encode()
        self._wanted = threading.Event()
        self._open, self._prepared = False, True  # the consumer has made the topics
        self._sequences: dict[str, int] = {}
        self._look_at_s = self._looked_s = self._speak_at_s = 0.0
        self._left, self._proofs = 0, 0  # records that this look has still to read; signatures it has looked at
        self._refused: dict[bytes, str] = {}  # why, by the record's SHA-256
        self._lost: set[int] = set()  # keys whose files are gone, which was said; 0: they can not be read at all
        self._own_heads: set[tuple[int, str]] = set()  # read, and not yet held against the own chain
        self._ready = not authority_public  # without an authority nobody can be believed, and nothing is read
        self.ignored = 0

    def is_ready(self) -> bool:
        """Whether the registry was read once, and the own word is in the outbox: before it this bank says nothing."""
        return self._ready

    def attend(self) -> bool:
        """What is due; before each poll of the consumer. False: come again at once, and read no money before.

        Raises BackOff as long as the registry was never read to its end.
        """
        if not self._authority_public:
            return True
        now_s = self._monotonic_s()
        wanted = self._wanted.is_set() and now_s >= self._looked_s + WANTED_EVERY_S
        if not self._ready or wanted or now_s >= self._look_at_s:
            self._look()
        if not self._ready and self._left > 0:
            return False
        if now_s >= self._speak_at_s:
            self._speak()
            self._speak_at_s = now_s + self._heartbeat_s
        if not self._ready:
            self._ready = True  # not before: money that goes out ahead of the bank's first word is believed by nobody
            self._news()
        return True

    def want(self) -> None:
        """A key is needed that is not on file. From any thread; looked for often until there is news."""
        self._wanted.set()

    def knows_better(self) -> bool:
        """Looks at once, because a message is doubted; True where it may be judged otherwise now."""
        if not self._authority_public:
            return False
        try:
            changed = self.catch_up()
            for _ in range(DOUBT_LOOKS_MAX - 1):  # a broker that is busy may have nothing to give within one poll
                if changed or self._left <= 0:
                    break
                changed = self.catch_up()
            return changed
        except (BrokerAway, PositionLost, StoreUnavailable, TimeoutError) as why:
            log.warning("a message is doubted, and the registry can not be read: %s", why)
            return False

    def catch_up(self) -> bool:
        """Reads to the end of the log as it is now, or to `PROOFS_MAX`; True where something new was believed.

        Raises BrokerAway, PositionLost, StoreUnavailable.
        """
        self._looked_s = self._monotonic_s()
        self._look_at_s = self._looked_s + LOOK_EVERY_S
        try:
            try:
                changed, believed = self._begin(), self._read_on()
            except PositionLost as why:
                log.warning("the registry is read from its start: %s", why)
                self._open = False
                changed, believed = self._begin(), self._read_on()
            if believed or self._own_heads:
                heard = self._submit(hear_banks, believed, sorted(self._own_heads))
                changed |= self._learn(heard.result(WRITER_PATIENCE_S))
                self._own_heads.clear()
        except BaseException as why:
            self._open = False  # what was read and not taken is read again
            self._prepared &= not isinstance(why, BrokerAway)
            raise
        if self._left > 0:  # not at its end: at once where others only get their turn, soon where the broker is slow
            self._look_at_s = self._looked_s + (0.0 if self._proofs >= PROOFS_MAX else WANTED_EVERY_S)
        if changed:
            self._wanted.clear()
            self._news()
        return changed

    def forget(self) -> None:
        """Another process may have read and spoken meanwhile."""
        self._open, self._ready = False, not self._authority_public
        self._look_at_s = self._speak_at_s = 0.0

    def close(self) -> None:
        self._reader.close()

    def _look(self) -> None:
        try:
            self.catch_up()
        except (BrokerAway, PositionLost, StoreUnavailable, TimeoutError) as why:
            if not self._ready:
                raise BackOff(f"the registry was not read yet: {why}") from why
            log.warning("the registry can not be read: %s", why)
        if not self._ready and self._left > 0 and self._proofs < PROOFS_MAX:
            raise BackOff(f"the registry was not read to its end: {self._left} records are left")

    def _begin(self) -> bool:
        """At the start of the log, with what the database has of it; True where that is news to this process."""
        if self._open:
            return False
        if not self._prepared:
            self._prepare()
            self._prepared = True
        identity = self._reader.open(OPEN_S_MAX)
        self._reader.assign(dict.fromkeys(range(identity.partitions)))
        self._left = 0
        self._own_heads.clear()
        changed = self._learn(self._stored())  # another process of this bank may have taken it
        self._open = True
        return changed

    def _read_on(self) -> list[PeerRecord]:
        believed: dict[str, PeerRecord] = {}
        self._proofs = 0
        if self._ready or self._left <= 0:
            self._left = self._reader.behind()  # what comes after this can wait: somebody may be writing without end
        while self._left > 0 and self._proofs < PROOFS_MAX:
            records = self._reader.poll(RECORDS_MAX, POLL_S_MAX)
            if not records:  # of a paused broker, too: only the position says where the end is
                self._left = min(self._left, self._reader.behind())
                break
            self._judge(records, believed)
            lag = self._reader.lag()  # compaction leaves gaps among the offsets
            self._left = min(self._left - len(records), self._left if lag is None else lag)
        return list(believed.values())

    def _judge(self, records: Sequence[Record], believed: dict[str, PeerRecord]) -> None:
        """The newest first, so that a bank's earlier records are not even looked at."""
        claims: dict[str, list[Claim]] = {}
        why = refused_own = ""
        for record in reversed(records):
            claim = self._claim_of(record)
            if isinstance(claim, str):
                why = claim
                self.ignored += 1
                refused_own = refused_own or (claim if record.key == self._own_key and record.value else "")
            else:
                claims.setdefault(claim.record.bank_id, []).append(claim)
        for bank_id, listed in claims.items():
            why = self._judge_bank(bank_id, listed, believed) or why
        if refused_own:
            log.warning("a record under this bank's own key is not believed by any bank: %s", refused_own)
        if why:
            log.info("records of the registry that are not believed: %s", why)

    def _claim_of(self, record: Record) -> Claim | str:
        federation_id = self._charter.federation_id
        claim = read_claim(record.value, federation_id)
        if not isinstance(claim, str) and record.key != record_key(federation_id, claim.record.bank_id).encode():
            return f"a record of {claim.record.bank_id} lies under another key"
        return claim

    def _judge_bank(self, bank_id: str, listed: Sequence[Claim], believed: dict[str, PeerRecord]) -> str:
        """Puts the newest that proves itself among the believed; a reason why others do not.

        None is passed over unseen: behind any number of forgeries there may be the bank's own word. Of this bank all
        count, not only the newest: each says what the own chain must have.
        """
        why, own = "", bank_id == self._charter.bank_id
        for claim in listed:
            said = claim.record
            newer = said.sequence > (believed[bank_id].sequence if bank_id in believed else self._known(bank_id))
            if not newer and not (own and said.head is not None):
                continue
            doubt = self._doubt(claim)
            if doubt is not None:
                self.ignored, why = self.ignored + 1, doubt
                continue
            if newer:
                believed[bank_id] = said
            if own and said.head is not None:
                self._own_heads.add(said.head)
        return why

    def _doubt(self, claim: Claim) -> str | None:
        """A record is refused once: the log may be read from its start again and again."""
        record = sha256(claim.record.value).digest()
        doubt = self._refused.get(record)
        if doubt is None:
            self._proofs += 1
            doubt = claim.doubt(self._authority_public)
            if doubt is not None:
                if len(self._refused) >= REFUSED_MAX:
                    self._refused.clear()
                self._refused[record] = doubt
        return doubt

    def _known(self, bank_id: str) -> int:
        return self._sequences.get(bank_id, 0)

    def _learn(self, standing: Sequence[PeerRecord]) -> bool:
        """Tells keyring and directory what stands in the books; True where a bank or a key is new to them."""
        changed = False
        for record in standing:
            self._sequences[record.bank_id] = record.sequence
            if record.bank_id == self._charter.bank_id:
                continue
            newcomer = record.bank_id not in self._charter.directory
            self._charter.directory.learn(record.bank_id, record.url, record.name)
            changed |= self._keyring.learn(record) or newcomer
        return changed

    def _speak(self) -> None:
        """Of a key whose file is lost the process still has what is in its memory, and goes on with it."""
        try:
            speaker = self._speaker()
        except IdentityProblem as problem:
            log.error("this bank can not say who it is: %s", problem)
            self._note_lost({0}, note_unreadable_keys)
            return
        if speaker is None:
            return
        found = speaker.exchange_keys
        held = {version: exchange_key_of(private) for version, private in self._keyring.private_keys().items()}
        speaker = replace(speaker, exchange_keys={**held, **found})
        announced = self._done(announce, speaker)
        private = {version: key.private for version, key in speaker.exchange_keys.items()}
        self._keyring.hold(own_keys(private, announced, speaker.window_us))
        lost = self._keyring.live(announced) - set(found)
        self._note_lost(lost, note_lost_keys, sorted(lost - self._lost))

    def _note_lost(self, lost: set[int], note: Callable[..., None], *arguments: Any) -> None:
        """Once, however often it is noticed."""
        if lost - self._lost:
            self._done(note, *arguments)
        self._lost = lost

    def _done(self, *operation: Any) -> Any:
        """Raises BackOff where the database does not answer."""
        try:
            return self._submit(*operation).result(WRITER_PATIENCE_S)
        except (StoreUnavailable, TimeoutError) as why:
            raise BackOff(f"the database: {why}") from why
