"""Rows of events carry the version of their format; the tables stay as they are.

The revision makes older programs refuse the database, as they do not know the version.
"""

from __future__ import annotations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Change nothing: rows without a version are of version 1."""
