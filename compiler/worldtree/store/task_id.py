"""Ids of tasks; in a module of its own, as the database is slow to import."""

from __future__ import annotations

import secrets
import time


def new_task_id() -> str:
    """Return a unique id: the time in UTC, for sorting, and random characters."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
