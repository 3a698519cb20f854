"""Who is signed in and who may be, as the pages print it."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.store.people import StaffRow
from bank_node.store.session_queries import OpenSession
from bank_node.transfers.states import Chip
from teller_ui.views.text import minute

ACTIVE, DISABLED = Chip("check", "Active", "ok"), Chip("cross", "Disabled", "bad")
ONE_TIME = Chip("clock", "One-time password", "wait")
_KINDS = {"browser": "Browser", "token": "Programs' token"}


@dataclass(frozen=True, slots=True)
class SessionView:
    handle: str
    who: str
    kind: str
    since: str
    last: str
    address: str
    is_this: bool
    end_path: str


@dataclass(frozen=True, slots=True)
class MemberView:
    username: str
    name: str
    role: str
    chips: tuple[Chip, ...]
    path: str
    is_active: bool = True
    is_self: bool = False


def session_view(row: OpenSession, own: str, now_us: int, *, all_: bool = False) -> SessionView:
    """`own` is the hash of the session that asks."""
    return SessionView(
        handle=row.handle,
        who=f"{row.name}, {row.role}",
        kind=_KINDS.get(row.kind, row.kind),
        since=minute(row.created_us, now_us),
        last=minute(row.seen_us, now_us),
        address=row.address or "not known",
        is_this=own.startswith(row.handle),
        end_path=f"/sessions/{'all/' if all_ else ''}{row.handle}/end",
    )


def member_view(row: StaffRow, own_id: int) -> MemberView:
    chips = [ACTIVE if row.active else DISABLED]
    if row.one_time_until_us is not None:
        chips.append(ONE_TIME)
    path = f"/staff/{row.username}"
    return MemberView(row.username, row.name, row.role, tuple(chips), path, row.active, row.staff_id == own_id)
