"""The shapes of answers about the branch and its people: drawers, approvals, the day, the desk, staff, the log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bank_node.api.answers import Listed
from bank_node.api.schemas import Links, StaffMember


class Drawer(BaseModel):
    drawer_id: int
    number: int
    teller: str
    business_date: str
    state: Literal["open", "closed"]
    opened_at: str
    floats: Annotated[dict[str, int], Field(description="minor units by currency")]
    cash: dict[str, int]
    closed_at: str | None
    expected: dict[str, int] | None
    counted: dict[str, dict[str, int]] | None
    variance: dict[str, int] | None
    reason: str | None
    supervisor: str | None
    links: Links


class DrawerList(Listed):
    items: list[Drawer]


class ApprovalLinks(BaseModel):
    self: str
    done: Annotated[str | None, Field(description="what came of it")] = None


class Approval(BaseModel):
    approval_id: int
    kind: str
    state: Literal["WAITING", "APPROVED", "REJECTED", "EXPIRED", "WITHDRAWN"]
    amount_minor: int
    currency: str
    order: Annotated[dict[str, Any] | None, Field(description="as it was asked for")]
    unreadable: Annotated[str | None, Field(description="why there is no order")]
    maker: str
    asked_at: str
    expires_at: str
    decided_by: str | None
    decided_at: str | None
    reason: str | None
    links: ApprovalLinks


class ApprovalList(Listed):
    items: list[Approval]
    waiting: int


class OpenDrawer(BaseModel):
    number: int
    teller: str


class QueuedPayment(BaseModel):
    transaction_id: str
    to_bank: str
    amount_minor: int
    currency: str
    queued_at: str


class Queued(BaseModel):
    count: int
    payments: list[QueuedPayment]


class PastDay(BaseModel):
    date: str
    act: str
    by: str
    at: str


class BusinessDay(BaseModel):
    business_date: str
    can_close: bool
    open_drawers: list[OpenDrawer]
    waiting_approvals: int
    queued: Queued
    trial_balance: dict[str, int]
    days: list[PastDay]


class DayClosed(BusinessDay):
    closed: str


class DayReopened(BusinessDay):
    reopened: str


class SeenBy(BaseModel):
    by: str | None
    at: str


class DeskAct(BaseModel):
    act: str
    by: str
    at: str
    said: str | None


class DeskItem(BaseModel):
    kind: str
    id: str
    key: str
    at: str
    text: str
    code: str | None
    peer: str | None
    transaction_id: str | None
    facts: dict[str, Any]
    seen: SeenBy | None
    can: Annotated[dict[str, str], Field(description="what the asker may do about it, and where, by POST")]
    acts: list[DeskAct]


class DeskList(Listed):
    items: list[DeskItem]
    counts: dict[str, int]


class KeptRecord(BaseModel):
    table: str
    says: str
    row: dict[str, Any] | None
    message: dict[str, Any] | None
    text: str | None
    headers: dict[str, str] | None


class Explanation(BaseModel):
    topic: str
    id: str | None
    heading: str
    words: list[str]
    records: list[KeptRecord]


class KnownBank(BaseModel):
    id: str
    name: str
    url: str
    own: bool
    verified: bool
    state: str | None
    versions: list[str] | None
    heartbeat_at: str | None
    heard_at: str | None


class BankList(Listed):
    items: list[KnownBank]


class StaffList(Listed):
    items: list[StaffMember]


class Session(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    session: str
    username: str
    role: str
    kind: str
    since: str
    last_used: str
    expires_at: str
    from_: Annotated[str | None, Field(alias="from")]
    this_one: bool


class SessionList(Listed):
    items: list[Session]


class LogRow(BaseModel):
    seq: int
    at: str
    actor: str
    action: str
    subject: str
    facts: dict[str, Any]
    hash: str


class LogPage(Listed):
    items: list[LogRow]


class ChainHead(BaseModel):
    seq: int
    hash: str


class ChainFinding(BaseModel):
    table: str
    row: str
    why: str


class Chain(BaseModel):
    bank: str
    rows: int
    head: ChainHead
    ok: bool
    detail: str
    findings: list[ChainFinding]
    heard: Annotated[dict[str, ChainHead], Field(description="of the logs of other banks, by bank")]
    hashes: Annotated[dict[str, str], Field(description="of the rows asked for, by seq")]


class Alive(BaseModel):
    ok: bool


class Version(BaseModel):
    bank: str
    version: str


class BrokerLink(BaseModel):
    state: Literal["up", "down"]
    since: str
    note: str | None


class Suspicion(BaseModel):
    since: str
    reason: str


class Readiness(BaseModel):
    ok: bool
    status: Literal["ready", "degraded", "suspect", "not ready"]
    detail: str | None = None
    bank: str
    name: str
    federation_id: str
    broker: BrokerLink
    suspect: Suspicion | None
    peer_auth: str
    unverified: list[str]
    post_room: str
    outbox_pending: int | None
    lag: int | None
    database: str
    pid: int
    version: str
    now: str
    uptime_s: float
