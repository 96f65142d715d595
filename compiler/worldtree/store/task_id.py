"""Names of tasks; apart from the database, which takes a moment to load."""

from __future__ import annotations

import secrets
import time


def new_task_id() -> str:
    """Return an id that no other task has: the time in UTC, to be sorted by, and chance."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
