"""Reads for the stuck-work desk: what is on it, kind by kind, newest first, with who did what; and how many.

Every page asks `counts`, so each kind has an index of what waits, and counting ends where a badge stops caring. An
item's `key` says where the next page begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    not_,
    select,
    text,
    tuple_,
)

from bank_node.store import schema
from bank_node.store.desk_rows import (
    ASKED,
    BACK,
    CONTRADICTED,
    GIVEN_BACK,
    HELD,
    NOTED,
    OWNERLESS,
    STILL_OPEN,
    UNSENT,
    DeskAct,
    DeskItem,
    Pile,
)
from bank_node.transfers import stuck_work

A = schema.desk_acts.c
DAY_US: Final = 24 * 3600 * 1_000_000

__all__ = ["Connection", "DeskAct", "DeskItem", "Horizon", "acts_of", "conflicts", "counts", "items", "notice"]


@dataclass(frozen=True, slots=True)
class Horizon:
    """What is stuck depends on the time: open since before the one moment, back since the other."""

    stuck_before_us: int
    back_since_us: int

    @classmethod
    def at(cls, now_us: int, stuck_after_ms: int) -> Horizon:
        return cls(now_us - stuck_after_ms * 1000, now_us - DAY_US)


_PILES: Final[dict[str, Callable[[Horizon], Pile]]] = {
    stuck_work.CONFLICT: lambda _: CONTRADICTED,
    stuck_work.STUCK: lambda at: STILL_OPEN.where(schema.transfers.c.created_us <= at.stuck_before_us),
    stuck_work.RECALL: lambda _: ASKED,
    stuck_work.UNCLAIMED: lambda _: OWNERLESS,
    stuck_work.PARKED: lambda _: UNSENT,
    stuck_work.QUARANTINE: lambda _: HELD,
    stuck_work.INCIDENT: lambda _: NOTED,
    stuck_work.SENT_BACK: lambda at: BACK.where(schema.transfers.c.concluded_us >= at.back_since_us),
    stuck_work.RETURNED: lambda at: GIVEN_BACK.where(schema.decisions.c.decided_us >= at.back_since_us),
}


_OF_ANY_DAY: Final = {stuck_work.SENT_BACK: BACK, stuck_work.RETURNED: GIVEN_BACK}  # where marked ones are asked for


def items(
    connection: Connection, kind: str, at: Horizon, *, before: str | None = None, limit: int = 25, seen: bool = False
) -> list[DeskItem]:
    """Items of a kind, newest first, from `before` (the key of the last one) on; `seen` asks for those marked.

    Raises ValueError for a `before` that is no key.
    """
    pile = _OF_ANY_DAY[kind] if seen and kind in _OF_ANY_DAY else _PILES[kind](at)
    is_seen = _is_seen(kind, pile)
    query = pile.query.where(is_seen if seen else not_(is_seen))
    if before is not None:
        query = query.where(tuple_(*pile.order) < pile.place(before))
    found = connection.execute(query.order_by(*(column.desc() for column in pile.order)).limit(limit)).mappings()
    listed = [pile.item(kind, dict(row)) for row in found]
    acts = acts_of(connection, kind, [item.id for item in listed])
    return [_with_acts(item, acts.get(item.id, ())) for item in listed]


def acts_of(connection: Connection, kind: str, ids: Iterable[str]) -> dict[str, tuple[DeskAct, ...]]:
    """What was done about these items, oldest first."""
    wanted = list(ids)
    done: dict[str, tuple[DeskAct, ...]] = {}
    if wanted:
        query = select(A.subject, A.act, A.actor, A.at_us, A.said).where(A.kind == kind, A.subject.in_(wanted))
        for subject, *act in connection.execute(query.order_by(A.id)):
            done[subject] = (*done.get(subject, ()), DeskAct(*act))
    return done


def counts(connection: Connection, at: Horizon, most: int | None = None) -> dict[str, int]:
    """How many of each kind wait unseen, in one statement; `most` ends the counting of a kind."""
    return dict(connection.execute(_counting(most), asdict(at)).mappings().one())


@cache
def _counting(most: int | None) -> Select[*tuple[Any, ...]]:
    """Every page asks it, so it is put together once; its parameters are a horizon's moments."""
    moments: dict[str, Any] = {moment.name: bindparam(moment.name) for moment in fields(Horizon)}
    at = Horizon(**moments)
    columns = []
    for kind, pile_at in _PILES.items():
        pile = pile_at(at)
        waiting = pile.waiting.where(not_(_is_seen(kind, pile)))
        counted = (waiting.limit(most) if most is not None else waiting).subquery()
        columns.append(select(func.count()).select_from(counted).scalar_subquery().label(kind))
    return select(*columns)


def conflicts(connection: Connection) -> int:
    """How many transfers have a conflict on them, seen or not."""
    found = select(func.count()).select_from(schema.transfers).where(text("conflict = 1"))
    return int(connection.execute(found).scalar_one())


def notice(connection: Connection) -> tuple[int, str] | None:
    """(moment, words) of what the broker was seen to have forgotten, as long as nobody has marked it seen."""
    n = schema.incidents.c
    query = select(n.at_us, n.text).where(text("kind = 'broker_forgot'"), n.seen_us.is_(None))
    row = connection.execute(query.order_by(n.id.desc()).limit(1)).first()
    return None if row is None else (row[0], row[1])


def _is_seen(kind: str, pile: Pile) -> ColumnElement[bool]:
    """By a mark of its own, by an act; what has to be decided is seen once it is."""
    if pile.seen is not None:
        return pile.seen
    marked = and_(A.kind == literal(kind), A.subject == pile.subject, A.act == literal(stuck_work.SEEN))
    return exists(select(1).where(marked))


def _with_acts(item: DeskItem, acts: tuple[DeskAct, ...]) -> DeskItem:
    mark = next((act for act in acts if act.act == stuck_work.SEEN), None)
    if item.seen_us is not None or mark is None:
        return replace(item, acts=acts)
    return replace(item, acts=acts, seen_by=mark.actor, seen_us=mark.at_us)
