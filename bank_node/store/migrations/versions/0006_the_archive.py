"""The archive: sealed months stay where they are, so nothing may leave the postings, nor join what is sealed.

Revision ID: 0006
"""

from __future__ import annotations

from alembic import op

from bank_node.store.triggers import THE_ARCHIVE

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for trigger in THE_ARCHIVE[op.get_bind().dialect.name]:
        op.execute(trigger)
