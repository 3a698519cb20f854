"""A yardstick: the endpoint as most tutorials write it. Sync def, a Session, the ORM, one commit per request.

It keeps the same rows as a bank does for a sent transfer, asks nobody to sign in, publishes nothing, and leaves the
database's settings alone. `python -m federation.bench.naive PORT DATABASE`.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

ACCOUNTS = 64
SUSPENSE = "suspense:out"


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    balance: Mapped[int]


class Entry(Base):
    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[str]
    at: Mapped[datetime]


class Posting(Base):
    __tablename__ = "postings"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[int]


class Transfer(Base):
    __tablename__ = "transfers"
    transaction_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    from_account: Mapped[str]
    to_bank: Mapped[str]
    to_account: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]


class Outbox(Base):
    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[str]
    body: Mapped[str]


class Order(BaseModel):
    from_account: str
    to_bank: str
    to_account: str
    amount_minor: int
    currency: str
    reference: str | None = None


class Answer(BaseModel):
    transaction_id: str
    status: str


def make_app(database: str) -> FastAPI:
    # a connection for each thread; with the default of 15 the threads wait for each other until the pool gives up
    engine = create_engine(f"sqlite:///{database}", pool_size=64)
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    with sessions.begin() as opening:
        opening.add_all(Account(number=f"A{i}", currency="EUR", balance=10**12) for i in range(ACCOUNTS))
        opening.add(Account(number=SUSPENSE, currency="EUR", balance=-ACCOUNTS * 10**12))
    app = FastAPI()

    def session() -> Iterator[Session]:
        with sessions() as opened:
            yield opened

    @app.post("/transfers", status_code=202)
    def transfer(order: Order, session: Session = Depends(session), idempotency_key: str = Header()) -> Answer:  # noqa: B008
        earlier = session.scalar(select(Transfer).where(Transfer.key == idempotency_key))
        if earlier is not None:
            return Answer(transaction_id=earlier.transaction_id, status=earlier.state)
        made = _accept(session, order, idempotency_key)
        session.commit()
        session.refresh(made)
        return Answer(transaction_id=made.transaction_id, status=made.state)

    return app


def _accept(session: Session, order: Order, key: str) -> Transfer:
    payer = session.scalars(select(Account).where(Account.number == order.from_account)).one_or_none()
    suspense = session.scalars(select(Account).where(Account.number == SUSPENSE)).one()
    if payer is None:
        raise HTTPException(404, "no such account")
    if payer.balance < order.amount_minor:
        raise HTTPException(409, "not enough money")
    payer.balance -= order.amount_minor
    suspense.balance += order.amount_minor
    now, id_ = datetime.now(UTC), str(uuid.uuid4())
    entry = Entry(transaction_id=id_, at=now)
    session.add(entry)
    session.flush()
    session.add(Posting(entry_id=entry.id, account_id=payer.id, amount=-order.amount_minor))
    session.add(Posting(entry_id=entry.id, account_id=suspense.id, amount=order.amount_minor))
    made = Transfer(
        transaction_id=id_,
        key=key,
        from_account=order.from_account,
        to_bank=order.to_bank,
        to_account=order.to_account,
        amount=order.amount_minor,
        currency=order.currency,
        state="pending",
        created_at=now,
    )
    session.add(made)
    session.add(Outbox(transaction_id=id_, body=order.model_dump_json()))
    return made


if __name__ == "__main__":
    uvicorn.run(make_app(sys.argv[2]), port=int(sys.argv[1]), log_level="critical", access_log=False)
