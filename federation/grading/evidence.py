"""All that a verdict rests on: the town, the history, and what the grader itself did and saw meanwhile.

Nothing here judges. What a run does not have (the books of a bank of level 2, say) is None, and whoever needs it has
nothing to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from federation.grading.books import Books
from federation.grading.history import History
from federation.grading.town import Town

PATIENCE_US = 30_000_000  # T of the profile "course": in which everything is to be final after healing

BROKER_AWAY = "broker_away"  # what a fault comes to, whichever nemesis did it
BANK_AWAY = "bank_away"
STORM = "storm"

POISON, FORGED = "poison", "forged"

STARTED, READY, ENDED, KILLED, MEMORY = "started", "ready", "ended", "killed", "memory"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was broken on purpose, from when to when. `bit`: it is proven that it did something."""

    nemesis: str  # N4, W3, …
    what: str  # one of the words above, or the nemesis' own
    target: str  # a bank, or "broker"
    begun_us: int
    ended_us: int
    bit: bool = True
    proof: str = ""

    def touches(self, bank: str) -> bool:
        return self.target in (bank, "broker", "")

    def overlaps(self, begun_us: int, ended_us: int) -> bool:
        return self.begun_us < ended_us and begun_us < self.ended_us


@dataclass(frozen=True, slots=True)
class HostileRecord:
    """A record that the grader itself wrote. `transaction_id`: the one it names, where no bank ever used that."""

    kind: str  # POISON cannot be read; FORGED can, and must move nothing
    bank: str  # whose partition it is on
    at_us: int
    transaction_id: str = ""


@dataclass(frozen=True, slots=True)
class NodeEvent:
    """Something in the life of a bank's process. ENDED: by itself; KILLED: by the grader; MEMORY: in `mib`."""

    bank: str
    what: str
    at_us: int
    mib: int = 0


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """A record as it lies in the broker's files at the end; `transaction_id` where the record can be read."""

    partition: int
    offset: int
    transaction_id: str = ""
    sha256: str = ""  # of the value
    text: str = ""  # the beginning of the value, for people: whoever reports cuts it once more


@dataclass(frozen=True, slots=True)
class Delivery:
    """A bank was handed records that name this transfer (W4 on the wire). For pictures; no checker asks for it."""

    bank: str
    transaction_id: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Ack:
    """The broker told a bank: this record is mine now. The proxy saw it pass."""

    bank: str
    partition: int
    offset: int
    at_us: int
    transaction_id: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class InjectedLoss:
    """The grader took acked records away: of a partition (−1: of all) those from an offset on that were there then."""

    partition: int
    from_offset: int
    at_us: int
    how: str  # "tail cut", "topic wiped"

    def took(self, ack: Ack) -> bool:
        return self.partition in (-1, ack.partition) and ack.offset >= self.from_offset and ack.at_us <= self.at_us


@dataclass(frozen=True, slots=True)
class Evidence:
    town: Town
    history: History
    healed_us: int  # from then on nothing is broken any more
    patience_us: int = PATIENCE_US
    faults: tuple[Fault, ...] = ()
    hostile: tuple[HostileRecord, ...] = ()
    nodes: tuple[NodeEvent, ...] = ()
    books: Mapping[str, Books] | None = None  # of banks of level 2
    topic: tuple[TopicRecord, ...] | None = None
    acks: tuple[Ack, ...] = ()
    losses: tuple[InjectedLoss, ...] = ()
    deliveries: tuple[Delivery, ...] = ()  # what the wire saw of them; none where nobody watched
    trouble: tuple[str, ...] = field(default=())  # of the grader's own: sentences
    slack: float = 1.0  # so many times longer may anything take here: others used the machine too

    @property
    def deadline_us(self) -> int:
        return self.healed_us + self.patience_us

    def forged_ids(self) -> set[str]:
        return {record.transaction_id for record in self.hostile if record.transaction_id}

    def broker_away(self, bank: str) -> Iterator[Fault]:
        """When this bank could not reach its broker."""
        return (fault for fault in self.faults if fault.what == BROKER_AWAY and fault.touches(bank))

    def disturbed(self, bank: str, begun_us: int, ended_us: int) -> bool:
        """Something that concerns this bank was broken then."""
        return any(fault.touches(bank) and fault.overlaps(begun_us, ended_us) for fault in self.faults)
