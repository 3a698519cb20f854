"""Money that other banks gave back is found by an index of just that: every page counts what waits of it.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

GIVEN_BACK = sa.text("kind = 'return' AND decision = 'ACCEPTED'")


def upgrade() -> None:
    op.create_index(
        "decisions_returned",
        "decisions",
        ["decided_us"],
        unique=False,
        sqlite_where=GIVEN_BACK,
        postgresql_where=GIVEN_BACK,
    )
