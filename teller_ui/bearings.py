"""What every page says of the bank, whoever looks at it: what waits for somebody, what is queued, which day it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bank_node.bank import Bank
from bank_node.store import desk_queries, queries
from bank_node.store.approvals import waiting_count
from bank_node.store.business_dates import business_day
from bank_node.store.counter_queries import Connection
from bank_node.store.desk_queries import Horizon

WAITING_MAX = 1_000  # of a kind; a badge need not count further


@dataclass(frozen=True, slots=True)
class Bearings:
    """`waiting`: stuck work, kind by kind; `forgot`: what the broker was seen to have forgotten, and when."""

    now_us: int
    date: str
    queued: int
    waiting: Mapping[str, int] = field(default_factory=dict)
    approvals: int = 0
    forgot: tuple[int, str] | None = None


def take_bearings(bank: Bank, connection: Connection, *, at_desk: bool = True) -> Bearings:
    """What troubles the bank is not for its customers: without `at_desk` it is not looked for."""
    now_us = bank.clock.now_us()
    date, queued = business_day(connection, now_us).date, queries.queue_depth(connection).pending
    if not at_desk:
        return Bearings(now_us, date, queued)
    return Bearings(
        now_us,
        date,
        queued,
        desk_queries.counts(connection, horizon(bank), most=WAITING_MAX),
        waiting_count(connection, now_us),
        desk_queries.notice(connection),
    )


def horizon(bank: Bank) -> Horizon:
    """What is stuck, as of now."""
    return Horizon.at(bank.clock.now_us(), bank.settings.stuck_after_ms)
