"""A history as the checkers read it: calls with their answers, accepted transfers, what was read at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from federation.grading.calls import (
    FINAL,
    FINAL_READER,
    OK,
    READ_ACCOUNT,
    READ_STATEMENT,
    READ_TRANSFER,
    TRANSFER,
    Call,
    Line,
)
from federation.grading.history_file import INVOKE, Event, call_of


@dataclass(frozen=True, slots=True)
class Sent:
    """A transfer that its bank accepted (2xx), as it was ordered."""

    transaction_id: str
    key: str
    from_bank: str
    from_account: str
    to_bank: str
    to_account: str
    amount_minor: int
    accepted_us: int

    @property
    def is_local(self) -> bool:
        return self.from_bank == self.to_bank


@dataclass(frozen=True)
class FinalReads:
    """What each bank said when everything had come to rest: the last answer to each question."""

    balances: Mapping[str, int]  # by account
    statements: Mapping[str, tuple[Line, ...]]  # by account, oldest line first
    transfers: Mapping[str, str]  # status by transaction id

    def lines_of(self, transaction_id: str) -> list[tuple[str, Line]]:
        """(account, line) for every line that names this transfer."""
        return self._by_transfer.get(transaction_id, [])

    @cached_property
    def _by_transfer(self) -> dict[str, list[tuple[str, Line]]]:
        found: dict[str, list[tuple[str, Line]]] = defaultdict(list)
        for account, lines in self.statements.items():
            for line in lines:
                if line.transaction_id:
                    found[line.transaction_id].append((account, line))
        return found


class History:
    def __init__(self, calls: Iterable[Call]) -> None:
        self.calls = tuple(sorted(calls, key=lambda call: (call.begun_us, call.number)))

    @cached_property
    def of(self) -> Mapping[str, list[Call]]:
        """The calls by what was called for, in the order they began."""
        found: dict[str, list[Call]] = defaultdict(list)
        for call in self.calls:
            found[call.do].append(call)
        return found

    def done(self, do: str) -> list[Call]:
        """Those that were answered with ok."""
        return self._done.get(do, [])

    @cached_property
    def _done(self) -> dict[str, list[Call]]:
        return {do: [call for call in calls if call.outcome == OK] for do, calls in self.of.items()}

    @cached_property
    def accepted(self) -> Mapping[str, Sent]:
        """Accepted transfers by id, as first accepted."""
        found: dict[str, Sent] = {}
        for call in sorted(self.done(TRANSFER), key=lambda call: call.ended_us or 0):
            if call.transaction_id and call.ended_us is not None:
                found.setdefault(call.transaction_id, _sent(call))
        return found

    @cached_property
    def by_key(self) -> Mapping[tuple[str, str], list[Call]]:
        """Calls that move money, by bank and key."""
        found: dict[tuple[str, str], list[Call]] = defaultdict(list)
        for call in self.calls:
            if call.key:
                found[call.bank, call.key].append(call)
        return found

    @cached_property
    def status_readings(self) -> Mapping[str, list[Call]]:
        """By transfer: every answer that told its status, as they ended. The answer to an order counts where it is
        final: a key that is sent again may get the answer of then."""
        found: dict[str, list[Call]] = defaultdict(list)
        orders = (call for call in self.done(TRANSFER) if call.status in FINAL)
        for call in (*orders, *self.done(READ_TRANSFER)):
            if call.transaction_id and call.status:
                found[call.transaction_id].append(call)
        return {id_: sorted(calls, key=lambda call: call.ended_us or 0) for id_, calls in found.items()}

    def final_known_us(self, transaction_id: str) -> int | None:
        """Since when somebody has known that it is final."""
        known = [call.ended_us for call in self.status_readings.get(transaction_id, ()) if call.status in FINAL]
        return known[0] if known else None

    @cached_property
    def final(self) -> FinalReads:
        balances: dict[str, int] = {}
        statements: dict[str, tuple[Line, ...]] = {}
        transfers: dict[str, str] = {}
        for call in self.calls:
            if call.client != FINAL_READER or call.outcome != OK:
                continue
            if call.do == READ_ACCOUNT:
                balances[call.account] = call.balance_minor
            elif call.do == READ_STATEMENT:
                statements[call.account] = call.lines
            elif call.do == READ_TRANSFER:
                transfers[call.transaction_id] = call.status
        return FinalReads(balances, statements, transfers)


def history_of(events: Iterable[Event]) -> History:
    """Pairs answers with their requests. Raises ValueError for an answer that nobody asked for."""
    asked: dict[int, Event] = {}
    calls: dict[int, Call] = {}
    for event in events:
        if event.event == INVOKE:
            asked[event.n] = event
            calls[event.n] = call_of(event)
        elif event.n in asked:
            calls[event.n] = call_of(asked[event.n], event)
        else:
            raise ValueError(
                f"event {event.n} is an answer ({event.event}) to a request that the history does not have"
            )
    return History(calls.values())


def _sent(call: Call) -> Sent:
    order = call.request
    return Sent(
        call.transaction_id,
        call.key,
        call.bank,
        str(order["from_account"]),
        str(order["to_bank"]),
        str(order["to_account"]),
        call.amount_minor,
        call.ended_us or 0,
    )
