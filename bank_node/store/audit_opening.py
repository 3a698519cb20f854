"""How the chain of a bank begins that was there before the audit log: with what its books then added up to.

Rows from before have no line of their own in the log; they may not grow fewer, more, or other in sum. A bank that was
founded with the log needs no such row.
"""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from bank_node.ledger.chain import BEGINNING, link
from bank_node.store import schema
from bank_node.transfers.states import ACCEPTED, COMPLETED, REJECTED

CHAIN_OPENED = "chain_opened"

E, P, T, D = schema.entries.c, schema.postings.c, schema.transfers.c, schema.decisions.c


def open_chain(connection: Connection, at_us: int) -> None:
    """Writes the first row, if there is anything to say in it."""
    last = connection.execute(select(func.max(E.id))).scalar() or 0
    said = {"last_entry": last, **sums_before(connection, last), **counts(connection), **sums(connection)}
    if not any(said.values()):
        return
    row = (1, at_us, "", CHAIN_OPENED, "schema/0002", orjson.dumps(said).decode())
    columns: dict[str, Any] = dict(zip(("seq", "at_us", "actor", "action", "subject", "facts"), row, strict=True))
    connection.execute(schema.audit_log.insert().values(**columns, hash=link(BEGINNING, *row)))


def sums_before(connection: Connection, last_entry: int) -> dict[str, int]:
    """What the entries up to this one add up to."""
    posted = connection.execute(select(P.amount).where(P.entry_id <= last_entry)).scalars().all()
    entries = connection.execute(select(func.count()).select_from(schema.entries).where(E.id <= last_entry))
    moved_minor = sum(amount for amount in posted if amount > 0)  # in Python: SQL may overflow
    return {"entries": entries.scalar_one(), "postings": len(posted), "moved_minor": moved_minor}


def counts(connection: Connection) -> dict[str, int]:
    """How many decisions, transfers, and transfers in each final state there are."""
    found = connection.execute(select(T.state, func.count()).group_by(T.state))
    states = {row[0]: row[1] for row in found}
    decisions = connection.execute(select(func.count()).select_from(schema.decisions)).scalar_one()
    final = {COMPLETED: states.get(COMPLETED, 0), REJECTED: states.get(REJECTED, 0)}
    return {"decisions": decisions, "transfers": sum(states.values()), **final}


def sums(connection: Connection) -> dict[str, int]:
    """What was accepted, and what was sent."""
    accepted = connection.execute(select(D.amount).where(D.decision == ACCEPTED)).scalars()
    sent = connection.execute(select(T.amount)).scalars()
    return {"accepted_minor": sum(amount or 0 for amount in accepted), "sent_minor": sum(sent)}
