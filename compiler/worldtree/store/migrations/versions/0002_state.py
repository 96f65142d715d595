"""Leases, successes, outputs, documents, facts, audit; the line of an event in its journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables and add the columns."""
    op.create_table(
        "documents",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("cluster", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["cluster"], ["clusters.name"]),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("cluster", "version", name="documents_by_version"),
    )
    op.create_table(
        "leases",
        sa.Column("cluster", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("acquired", sa.Float(), nullable=False),
        sa.Column("heartbeat", sa.Float(), nullable=False),
        sa.Column("released", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["cluster"], ["clusters.name"]),
        sa.PrimaryKeyConstraint("cluster"),
    )
    op.create_table(
        "successes",
        sa.Column("cluster", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("ended", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["cluster"], ["clusters.name"]),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"]),
        sa.PrimaryKeyConstraint("cluster", "node", "host"),
    )
    op.create_index(op.f("ix_successes_task"), "successes", ["task"], unique=False)
    op.create_table(
        "outputs",
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("task", "node", "host", "name"),
    )
    op.create_table(
        "facts",
        sa.Column("cluster", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("gathered", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["cluster"], ["clusters.name"]),
        sa.PrimaryKeyConstraint("cluster", "host"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("cluster", sa.String(), nullable=True),
        sa.Column("task", sa.String(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    # In SQL that both databases know: alembic's batches create `tasks` again for SQLite, which
    # would drop the old table and, by cascade, every event.
    op.execute("ALTER TABLE tasks ADD COLUMN document VARCHAR(64) REFERENCES documents (digest)")
    op.execute("ALTER TABLE tasks ADD COLUMN parent VARCHAR REFERENCES tasks (id)")
    op.add_column("events", sa.Column("line", sa.Integer(), nullable=True))
    journalled = sa.text("line IS NOT NULL")
    op.create_index(
        "events_by_line",
        "events",
        ["attempt", "line"],
        unique=True,
        sqlite_where=journalled,
        postgresql_where=journalled,
    )
    large = sa.text("blob IS NOT NULL")
    op.create_index(
        "events_by_blob", "events", ["blob"], sqlite_where=large, postgresql_where=large
    )
