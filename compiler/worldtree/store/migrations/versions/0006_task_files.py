"""The frozen files of tasks, for other machines that use the same server.

Programs of the schema before can go on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables, and add the column."""
    op.create_table(
        "file_trees",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("kept", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "contents",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kept", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.execute("ALTER TABLE tasks ADD COLUMN files VARCHAR(64) REFERENCES file_trees (digest)")
    op.execute("UPDATE compatibility SET oldest_program = '0005'")
