"""What the sender knows of a transfer's way: the facts that the line and the table of hops are drawn from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acked:
    """The broker's word that the message is in the log."""

    at_us: int
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class SentAgain:
    at_us: int
    earlier: Acked | None


@dataclass(frozen=True, slots=True)
class Noted:
    """Something else that happened to the transfer at its sender."""

    at_us: int
    what: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other bank said; its times are its own clock's, and may be missing."""

    read_us: int | None
    decided_us: int | None
    repeats_ignored: int


@dataclass(frozen=True, slots=True)
class Travel:
    """All that the sender knows of a transfer's way."""

    transaction_id: str
    bank_id: str
    to_bank: str
    from_account: str
    to_account: str
    state: str
    created_us: int
    is_inside: bool = False
    acked: Acked | None = None
    again: tuple[SentAgain, ...] = ()
    notes: tuple[Noted, ...] = ()
    answer: Answer | None = None
    concluded_us: int | None = None
    reason_code: str | None = None
    reason_text: str | None = None
    link_up: bool = True

    def why(self, topic: str) -> str:
        """The page that explains it."""
        return f"/why/{topic}/{self.transaction_id}"

    @property
    def first_ack(self) -> Acked | None:
        """When the message was in the log for the first time."""
        earlier = [again.earlier for again in self.again if again.earlier]
        return earlier[0] if earlier else self.acked
