"""Why a worker can only cancel, for people who see its tasks wait.

Programs of the schemas since 0005 can go on: a worker of one of them has no value.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    op.add_column("workers", sa.Column("obstacle", sa.Text(), nullable=True))
