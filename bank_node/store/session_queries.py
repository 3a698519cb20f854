"""Sessions as they are listed: who is signed in, since when, from where. By the beginning of their hash, never more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, or_, select

from bank_node.store.people_tables import logins, sessions

HANDLE_CHARS = 16


@dataclass(frozen=True, slots=True)
class OpenSession:
    """`handle` names it in a list; it opens nothing."""

    handle: str
    kind: str
    created_us: int
    seen_us: int
    expires_us: int
    address: str
    staff_id: int
    username: str
    name: str
    role: str


def open_sessions(
    connection: Connection, now_us: int, idle_us: int, *, staff_id: int | None = None, limit: int = 200
) -> list[OpenSession]:
    """The sessions that open something now, of one person or of everybody; the latest sign-in first."""
    s, who = sessions.c, logins.c
    in_use = or_(s.kind == "token", s.seen_us > now_us - idle_us)
    query: Select[*tuple[Any, ...]] = (
        select(s.id_hash, s.kind, s.created_us, s.seen_us, s.expires_us, s.address, who.id, who.username, who.name)
        .add_columns(who.role)
        .join_from(sessions, logins, who.id == s.login_id)
        .where(and_(s.ended_us.is_(None), s.expires_us > now_us, who.active == 1, in_use))
        .order_by(s.created_us.desc(), s.id_hash)
        .limit(limit)
    )
    if staff_id is not None:
        query = query.where(s.login_id == staff_id)
    return [_listed(*row) for row in connection.execute(query)]


def _listed(id_hash: str, kind: str, created_us: int, seen_us: int, expires_us: int, *rest: Any) -> OpenSession:
    address, *who = rest
    return OpenSession(id_hash[:HANDLE_CHARS], kind, created_us, seen_us, expires_us, address or "", *who)
