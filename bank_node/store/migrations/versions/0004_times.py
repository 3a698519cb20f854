"""How often an incident was seen to happen, and when last: one row for all forgeries of a kind.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOUBTS = sa.text("kind = 'not_believed' AND seen_us IS NULL")
FORGOT = sa.text("kind = 'broker_forgot' AND seen_us IS NULL")


def upgrade() -> None:
    op.add_column("incidents", sa.Column("times", Big, server_default="1", nullable=False))
    op.add_column("incidents", sa.Column("last_us", Big, nullable=True))
    op.create_index(
        "incidents_doubts", "incidents", ["kind", "text"], unique=False, sqlite_where=DOUBTS, postgresql_where=DOUBTS
    )
    op.drop_index("incidents_forgot", "incidents")
    op.create_index(
        "incidents_forgot", "incidents", ["kind", "id"], unique=False, sqlite_where=FORGOT, postgresql_where=FORGOT
    )
