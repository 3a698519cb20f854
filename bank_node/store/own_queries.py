"""What a customer who signed in himself may see: his own, and of everything else not even that it is there."""

from __future__ import annotations

from sqlalchemy import Connection

from bank_node.ledger.account import read_number
from bank_node.ledger.errors import Refusal
from bank_node.store import queries, transfer_queries
from bank_node.store.approvals import ApprovalRow, approval_of_transfer, unsent
from bank_node.store.queries import AccountRow
from bank_node.store.transfer_queries import DecisionRow, TransferRow


def own_account(connection: Connection, customer_id: int, number: str) -> AccountRow | None:
    """None where it is somebody else's, or nobody's."""
    try:
        row = queries.account(connection, read_number(number))
    except Refusal:
        return None
    return row if row is not None and row.customer_id == customer_id else None


def own_transfer(connection: Connection, customer_id: int, transaction_id: str) -> TransferRow | None:
    """A payment that left one of his accounts."""
    row = transfer_queries.transfer(connection, transaction_id)
    return row if row is not None and row.account_id in _account_ids(connection, customer_id) else None


def own_credit(connection: Connection, customer_id: int, transaction_id: str) -> DecisionRow | None:
    """A payment from another bank that was credited to one of his accounts."""
    row = transfer_queries.decision(connection, transaction_id)
    return row if row is not None and row.customer_id == customer_id else None


def own_waiting(connection: Connection, customer_id: int, transaction_id: str) -> ApprovalRow | None:
    """A payment of his that waits for the bank's approval, or did not get it."""
    row = approval_of_transfer(connection, transaction_id)
    return row if row is not None and row.account_id in _account_ids(connection, customer_id) else None


def own_unsent(connection: Connection, customer_id: int, limit: int) -> list[ApprovalRow]:
    """Payments from his accounts that wait for the bank's approval, or did not get it, newest first."""
    return unsent(connection, _account_ids(connection, customer_id), limit)


def own_transfers(
    connection: Connection, customer_id: int, *, before_id: str | None = None, limit: int = 50
) -> list[TransferRow]:
    """Payments from all of his accounts, newest first."""
    ids = _account_ids(connection, customer_id)
    if not ids:
        return []
    return transfer_queries.transfers(connection, account_ids=ids, before_id=before_id, limit=limit)


def _account_ids(connection: Connection, customer_id: int) -> list[int]:
    return [row.id for row in queries.accounts_of(connection, customer_id)]
