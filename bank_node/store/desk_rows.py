"""The piles on the stuck-work desk as queries: where each kind's rows are, what is known of one, and which wait."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    Table,
    Text,
    TextClause,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    select,
    text,
)

from bank_node.store import schema
from bank_node.transfers.stuck_work import SHOWN_ELSEWHERE

EXCERPT_BYTES = 240

T, Q, N, M, R, U, L = (
    schema.transfers.c,
    schema.quarantine.c,
    schema.incidents.c,
    schema.outbox.c,
    schema.recall_requests.c,
    schema.unclaimed.c,
    schema.recalls.c,
)
D, ACCOUNTS, CUSTOMERS = schema.decisions.c, schema.accounts.c, schema.customers.c


@dataclass(frozen=True, slots=True)
class DeskAct:
    act: str
    actor: str
    at_us: int
    said: str | None


@dataclass(frozen=True, slots=True)
class DeskItem:
    """One piece of stuck work. `facts` are what its kind knows (money in minor units), `key` its place in the list."""

    kind: str
    id: str
    key: str
    at_us: int
    peer: str | None
    transaction_id: str | None
    facts: dict[str, Any]
    seen_by: str | None = None
    seen_us: int | None = None
    acts: tuple[DeskAct, ...] = ()


@dataclass(frozen=True, slots=True)
class Pile:
    """Rows of one kind, ordered by `number`, then `name` where numbers repeat. `subject` is an item's id as text.

    `seen` is the kind's own mark; where it has none, an act is the mark. Columns beginning with `_` are the item's own,
    the others its facts.
    """

    table: Table
    all_of_it: Select[Any]
    number: ColumnElement[int]
    subject: ColumnElement[str]
    name: ColumnElement[str] | None = None
    seen: ColumnElement[bool] | None = None
    conditions: tuple[ColumnElement[bool] | TextClause, ...] = ()  # about the table itself

    def where(self, condition: ColumnElement[bool]) -> Pile:
        return replace(self, conditions=(*self.conditions, condition))

    @property
    def query(self) -> Select[Any]:
        return self.all_of_it.where(*self.conditions)

    @property
    def order(self) -> tuple[ColumnElement[Any], ...]:
        return (self.number,) if self.name is None else (self.number, self.name)

    @property
    def waiting(self) -> Select[Any]:
        """The same rows, nothing read of them: for counting."""
        return select(literal(1)).select_from(self.table).where(*self.conditions)

    def place(self, key: str) -> tuple[Any, ...]:
        """What `order` is at this key. Raises ValueError."""
        number, _, name = key.partition(".")
        if not number.isascii() or not number.isdigit() or len(number) > 18:
            raise ValueError("not a key of this list")
        return (int(number),) if self.name is None else (int(number), name)

    def item(self, kind: str, row: dict[str, Any]) -> DeskItem:
        number, name = row["_number"], row.get("_name")
        facts = {str(fact): value for fact, value in row.items() if not fact.startswith("_")}
        if "excerpt" in facts:
            facts["excerpt"] = readable(bytes(facts["excerpt"] or b""))
        return DeskItem(
            kind=kind,
            id=row["_id"],
            key=f"{number}" if name is None else f"{number}.{name}",
            at_us=row["_at"],
            peer=row["_peer"],
            transaction_id=row["_transfer"],
            facts=facts,
            seen_by=row.get("_seen_by"),
            seen_us=row.get("_seen_us"),
        )


def readable(value: bytes) -> str:
    """Bytes of a stranger as text that neither a terminal nor a page can trip over."""
    said = value.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in said)


def _own(
    id_: ColumnElement[Any], number: Any, at: Any, peer: Any, transfer: Any, name: Any = None
) -> list[ColumnElement[Any]]:
    columns = [id_.label("_id"), number.label("_number"), at.label("_at"), peer.label("_peer")]
    return [*columns, transfer.label("_transfer"), *([] if name is None else [name.label("_name")])]


def _transfers(moment: Any, which: str) -> Pile:
    """Payments this bank sent; the condition stands as text, so that the index of just these rows is found."""
    query = select(
        *_own(T.transaction_id, moment, moment, T.to_bank, T.transaction_id, T.transaction_id),
        T.kind.label("transfer"),
        T.state,
        T.amount.label("amount_minor"),
        T.currency,
        T.returned.label("returned_minor"),
        T.from_account,
        T.from_name,
        T.to_bank,
        T.to_account,
        T.to_name,
        T.created_us,
        T.attempt,
        T.due_us,
        T.expires_us,
        T.conflict,
        T.reason_code,
        T.reason_text,
    )
    rows = text(f"transfers.{which}")
    return Pile(schema.transfers, query, moment, T.transaction_id, T.transaction_id, conditions=(rows,))


CONTRADICTED: Final = _transfers(T.created_us, "conflict = 1")
STILL_OPEN: Final = _transfers(T.created_us, "due_us IS NOT NULL")
BACK: Final = _transfers(T.concluded_us, "state = 'REJECTED'")

_RETURN_ID: Final = D.from_bank + literal(":") + D.transaction_id
_AGREED: Final = exists().where(L.transaction_id == D.original_transaction_id, L.state == literal_column("'AGREED'"))
GIVEN_BACK: Final = Pile(
    schema.decisions,
    select(
        *_own(_RETURN_ID, D.decided_us, D.decided_us, D.from_bank, D.original_transaction_id, _RETURN_ID),
        D.transaction_id.label("return_id"),
        D.from_bank,
        D.amount.label("amount_minor"),
        D.currency,
        case((_AGREED, literal("FOCR")), else_=literal("MS03")).label("reason_code"),
        D.reference.label("reason_text"),
        T.from_account,
        T.from_name,
        T.to_account,
        T.to_name,
        T.state,
        T.conflict,
        T.amount.label("original_minor"),
        T.returned.label("returned_minor"),
    )
    .select_from(schema.decisions)
    .join(schema.transfers, T.transaction_id == D.original_transaction_id),
    D.decided_us,
    _RETURN_ID,
    _RETURN_ID,
    conditions=(text("decisions.kind = 'return' AND decisions.decision = 'ACCEPTED'"),),
)

_ASKED_ID: Final = R.from_bank + literal(":") + R.recall_id
ASKED: Final = Pile(
    schema.recall_requests,
    select(
        *_own(_ASKED_ID, R.received_us, R.received_us, R.from_bank, R.transaction_id, _ASKED_ID),
        R.from_bank,
        R.recall_id,
        R.reason,
        R.state,
        R.return_id,
        D.amount.label("amount_minor"),
        D.currency,
        D.reserved.label("returned_minor"),
        D.to_account.label("account"),
        CUSTOMERS.name.label("owner"),
        R.decided_by.label("_seen_by"),
        R.decided_us.label("_seen_us"),
    )
    .select_from(schema.recall_requests)
    .outerjoin(schema.decisions, and_(D.from_bank == R.from_bank, D.transaction_id == R.transaction_id))
    .outerjoin(schema.accounts, ACCOUNTS.id == D.account_id)
    .outerjoin(schema.customers, CUSTOMERS.id == ACCOUNTS.customer_id),
    R.received_us,
    _ASKED_ID,
    _ASKED_ID,
    R.state != literal_column("'OPEN'"),
)

OWNERLESS: Final = Pile(
    schema.unclaimed,
    select(
        *_own(cast(U.id, Text), U.id, U.at_us, literal(None), U.transaction_id),
        U.amount.label("amount_minor"),
        U.currency,
        U.entry_id,
        ACCOUNTS.code.label("account"),
        CUSTOMERS.name.label("owner"),
        CUSTOMERS.id.label("customer_id"),
        U.paid_entry_id,
        U.paid_by.label("_seen_by"),
        U.paid_us.label("_seen_us"),
    )
    .select_from(schema.unclaimed)
    .join(schema.accounts, ACCOUNTS.id == U.account_id)
    .outerjoin(schema.customers, CUSTOMERS.id == ACCOUNTS.customer_id),
    U.id,
    cast(U.id, Text),
    seen=U.paid_us.is_not(None),
)

UNSENT: Final = Pile(
    schema.outbox,
    select(
        *_own(cast(M.seq, Text), M.seq, M.created_us, M.key, M.transaction_id),
        M.topic,
        M.key,
        M.type,
        M.parked.label("why"),
        func.length(M.body).label("bytes"),
        func.substr(M.body, 1, EXCERPT_BYTES, type_=LargeBinary).label("excerpt"),
    ),
    M.seq,
    cast(M.seq, Text),
    conditions=(M.parked.is_not(None),),
)

HELD: Final = Pile(
    schema.quarantine,
    select(
        *_own(cast(Q.id, Text), Q.id, Q.at_us, Q.from_bank, Q.transaction_id),
        Q.code,
        Q.text,
        Q.topic,
        Q.partition,
        Q.offset,
        Q.sha256,
        func.length(Q.value).label("bytes"),
        func.substr(Q.value, 1, EXCERPT_BYTES, type_=LargeBinary).label("excerpt"),
        Q.seen_by.label("_seen_by"),
        Q.seen_us.label("_seen_us"),
    ),
    Q.id,
    cast(Q.id, Text),
    seen=Q.seen_us.is_not(None),
)

NOTED: Final = Pile(
    schema.incidents,
    select(
        *_own(cast(N.id, Text), N.id, N.at_us, N.peer, N.transaction_id),
        N.kind.label("incident"),
        N.text,
        N.seen_by.label("_seen_by"),
        N.seen_us.label("_seen_us"),
    ),
    N.id,
    cast(N.id, Text),
    seen=N.seen_us.is_not(None),
    conditions=(N.kind.not_in(SHOWN_ELSEWHERE),),
)
