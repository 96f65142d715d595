"""Relative paths, so that a state directory can be moved; requests to cancel a task.

Programs of the schema before can go on with the tasks that they began.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the paths below state directories relative, and add the column of requests."""
    op.execute("UPDATE tasks SET directory = 'tasks/' || id WHERE directory LIKE '%/tasks/' || id")
    op.execute(
        "UPDATE attempts SET directory = 'attempts/' || id"
        " WHERE directory LIKE '%/tasks/' || task || '/attempts/' || id"
    )
    op.add_column("tasks", sa.Column("cancel_requested", sa.Float(), nullable=True))
