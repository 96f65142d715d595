"""An order of the events of all tasks, for readers of a whole project or fleet.

Programs of the schemas since 0005 can go on: events that they store are in the order once a later
program stores an event of the same task.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "event_batches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer()),
        sa.Column("number", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_batches_number", "event_batches", ["number"])
    op.create_index("event_batches_by_task", "event_batches", ["task", "last"])
    unnumbered = sa.text("number IS NULL")
    op.create_index(
        "event_batches_unnumbered",
        "event_batches",
        ["id"],
        sqlite_where=unnumbered,
        postgresql_where=unnumbered,
    )
    op.create_table(
        "event_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
