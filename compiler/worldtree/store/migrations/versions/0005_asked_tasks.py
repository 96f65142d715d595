"""Projects; a task has a row from the moment of asking, with who asked for what.

Programs of the schema before can go on, and begin tasks in the default project.
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create projects with the default one, and add the columns."""
    now = time.time()
    compatibility = op.create_table(
        "compatibility",
        sa.Column("oldest_program", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("oldest_program"),
    )
    op.bulk_insert(compatibility, [{"oldest_program": "0004"}])
    projects = op.create_table(
        "projects",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.bulk_insert(projects, [{"id": "default", "name": "default", "created": now}])
    # SQLite makes both tables again, while foreign keys are not enforced (`database`).
    with op.batch_alter_table("clusters") as clusters:
        clusters.add_column(
            sa.Column("project", sa.String(), nullable=False, server_default="default")
        )
        clusters.add_column(sa.Column("label", sa.String(), nullable=True))
        clusters.create_foreign_key("clusters_project_fkey", "projects", ["project"], ["id"])
        clusters.create_unique_constraint("clusters_by_label", ["project", "label"])
    with op.batch_alter_table("tasks") as tasks:
        tasks.alter_column("plan", existing_type=sa.String(length=64), nullable=True)
        for name in ("actor", "request", "process", "problem"):
            tasks.add_column(sa.Column(name, sa.Text(), nullable=True))
        tasks.add_column(sa.Column("asked", sa.Float(), nullable=True))
        tasks.add_column(sa.Column("waiting_for", sa.String(), nullable=True))
