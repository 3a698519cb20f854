"""Approvals: what a maker asked for above his limit, and what the checker said. A request is the order as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, func, select

from bank_node.store import schema
from bank_node.store.statements import Hot, ask, insert
from bank_node.store.unit import UnitOfWork

WAITING: Final = "WAITING"
APPROVED: Final = "APPROVED"
REJECTED: Final = "REJECTED"
EXPIRED: Final = "EXPIRED"
WITHDRAWN: Final = "WITHDRAWN"
TRANSFER: Final = "transfer"  # the kind that leads to a transaction_id; the others lead to an entry
STATES: Final = (WAITING, APPROVED, REJECTED, EXPIRED, WITHDRAWN)

ALTERED: Final = "The order cannot be read: it was changed past the bank's own program. Reject it."

_WORDS = (str, NoneType)
_CASH: Final = {"account": str, "amount_minor": int, "currency": str, "reference": _WORDS}
_MEMBERS: Final[dict[str, dict[str, Any]]] = {
    TRANSFER: {
        **dict.fromkeys(("from_account", "to_bank", "to_account", "currency"), str),
        **{"amount_minor": int, "to_name": _WORDS, "reference": _WORDS},
    },
    "deposit": _CASH,
    "withdrawal": _CASH,
    "reversal": {"entry_id": int, "reason": str},
}

_COLUMNS = (
    "id, kind, request, account_id, amount, currency, hold_id, maker, made_us, expires_us, state, decided_us,"
    " decided_by, reason, leads_to"
)
ASK = insert(
    schema.approvals,
    [
        "kind",
        "request",
        "account_id",
        "amount",
        "currency",
        "hold_id",
        "maker",
        "made_us",
        "expires_us",
        "leads_to",
        "state",
        "decided_us",
        "decided_by",
        "reason",
    ],
    "RETURNING id",
)
BY_ID = Hot(f"SELECT {_COLUMNS} FROM approvals WHERE id = :id")
DUE = Hot(
    f"SELECT {_COLUMNS} FROM approvals WHERE state = 'WAITING' AND expires_us <= :now_us"
    " ORDER BY expires_us LIMIT :limit"
)
COUNT = Hot("SELECT count(*) FROM approvals WHERE state = 'WAITING' AND expires_us > :now_us")
COUNT_OF = Hot("SELECT count(*) FROM approvals WHERE state = 'WAITING' AND expires_us > :now_us AND maker = :maker")
DECIDE = Hot(
    "UPDATE approvals SET state = :state, decided_us = :now_us, decided_by = :actor, reason = :reason,"
    " leads_to = :leads_to WHERE id = :id AND state = 'WAITING'"
)


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    id: int
    kind: str
    request: str
    account_id: int | None
    amount_minor: int
    currency: str
    hold_id: int | None
    maker: str
    made_us: int
    expires_us: int
    state: str
    decided_us: int | None
    decided_by: str | None
    reason: str | None
    leads_to: str | None


def order_in(row: ApprovalRow) -> dict[str, Any] | None:
    """The order as it was asked for; None for what is no order of its kind (any more): ALTERED says why."""
    try:
        order = orjson.loads(row.request)
    except orjson.JSONDecodeError:
        return None
    wanted = _MEMBERS.get(row.kind)
    if wanted is None or not isinstance(order, dict):
        return None
    pieces = order.get("denominations")  # all of an order that is not flat: to each note or coin, how many
    flat = {**order, "denominations": None} if isinstance(pieces, dict) else order
    if _has_nested(flat) or (isinstance(pieces, dict) and _has_nested(pieces)):
        return None
    return order if all(isinstance(order.get(name), kind) for name, kind in wanted.items()) else None


def _has_nested(members: dict[str, Any]) -> bool:
    return any(isinstance(value, (dict, list)) for value in members.values())


class ApprovalBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def add(self, row: dict[str, Any]) -> int:
        """A new one, waiting or decided in place; `row` has a value for each column but the id."""
        return int(self._unit.change_one(ASK, row)[0])

    def get(self, approval_id: int) -> ApprovalRow | None:
        row = self._unit.one(BY_ID, {"id": approval_id})
        return None if row is None else ApprovalRow(*row)

    def due(self, now_us: int, limit: int) -> list[ApprovalRow]:
        """Those nobody decided in time."""
        return [ApprovalRow(*row) for row in self._unit.all(DUE, {"now_us": now_us, "limit": limit})]

    def waiting(self, now_us: int, maker: str | None = None) -> int:
        """How many can still be decided; with `maker` how many of his. What has expired waits for the sweeper only."""
        if maker is None:
            return int(self._unit.one(COUNT, {"now_us": now_us})[0])
        return int(self._unit.one(COUNT_OF, {"now_us": now_us, "maker": maker})[0])

    def decide(
        self, now_us: int, approval_id: int, state: str, actor: str, reason: str | None, leads_to: str | None
    ) -> bool:
        """False where it waits no more."""
        said = {"id": approval_id, "now_us": now_us, "state": state, "actor": actor, "reason": reason}
        return self._unit.change(DECIDE, {**said, "leads_to": leads_to}) == 1


_P = schema.approvals.c
_ROWS = select(*(_P[name.strip()] for name in _COLUMNS.split(",")))


def approvals(
    connection: Connection, *, waiting: bool = True, before_id: int | None = None, limit: int = 50
) -> list[ApprovalRow]:
    """The newest first: those that wait, or those that are decided."""
    query = _ROWS.where(_P.state == WAITING if waiting else _P.state != WAITING)
    if before_id is not None:
        query = query.where(_P.id < before_id)
    return [ApprovalRow(*row) for row in connection.execute(query.order_by(_P.id.desc()).limit(limit))]


NEXT_EXPIRY = Hot(f"SELECT min(expires_us) FROM approvals WHERE state = '{WAITING}'")


def approval(connection: Connection, approval_id: int) -> ApprovalRow | None:
    row = connection.execute(_ROWS.where(_P.id == approval_id)).first()
    return None if row is None else ApprovalRow(*row)


def approval_of_transfer(connection: Connection, transaction_id: str) -> ApprovalRow | None:
    """The one that a transfer of this bank's own came of, or was to come of."""
    return _that_leads_to(connection, transaction_id, _P.kind == TRANSFER)


def unsent(connection: Connection, account_ids: Sequence[int], limit: int) -> list[ApprovalRow]:
    """Transfers from these accounts that wait, or came to nothing, newest first."""
    query = _ROWS.where(_P.kind == TRANSFER, _P.state != APPROVED, _P.account_id.in_(account_ids))
    return [ApprovalRow(*row) for row in connection.execute(query.order_by(_P.id.desc()).limit(limit))]


def approval_of_entry(connection: Connection, entry_id: int) -> ApprovalRow | None:
    """The one that an entry of cash, or a reversal, came of."""
    return _that_leads_to(connection, str(entry_id), _P.kind != TRANSFER)


def _that_leads_to(connection: Connection, leads_to: str, kind: ColumnElement[bool]) -> ApprovalRow | None:
    """Numbers of entries and ids of transfers are told apart: the id of a foreign bank's payment may be `3`."""
    row = connection.execute(_ROWS.where(_P.leads_to == leads_to, kind)).first()
    return None if row is None else ApprovalRow(*row)


def waiting_count(connection: Connection, now_us: int, maker: str | None = None) -> int:
    """How many can still be decided."""
    query = select(func.count()).select_from(schema.approvals).where(_P.state == WAITING, _P.expires_us > now_us)
    return int(connection.execute(query if maker is None else query.where(_P.maker == maker)).scalar_one())


def next_expiry(connection: Connection) -> int | None:
    """When the first of those that wait has waited long enough; asked by every sweep."""
    return ask(connection, NEXT_EXPIRY).scalar()
