"""Waits for a database that another process keeps busy, as while it is pruned."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from worldtree.store.db_errors import StoreAwayError, StoreBusyError

#: Seconds to wait for a busy database. A cluster stays locked meanwhile: a lease ends with its
#: holder's process, not by the age of its heartbeat.
_MAX_BUSY_SECONDS = 900.0

#: Seconds until a server that is away is tried again.
_RETRY_SECONDS = 0.5

_Found = TypeVar("_Found")


def wait_while_busy(
    action: Callable[[], _Found],
    *,
    tell: Callable[[str], None] = lambda _words: None,
    hurried: Callable[[], bool] = lambda: False,
    outage: float = 0.0,
) -> _Found:
    """Return what ``action`` returns, which is called again while the database is only busy.

    ``tell`` gets one message then. Where ``hurried`` returns True, as when the task is to end, this
    tries once only. A server that is away is waited for, for ``outage`` seconds. Raises
    ``StoreBusyError`` after a long time, and ``StoreAwayError``.
    """
    began = time.monotonic()
    told = False
    while True:
        try:
            return action()
        except StoreBusyError as busy:
            if hurried() or time.monotonic() - began > _MAX_BUSY_SECONDS:
                raise
            if not told:
                tell(f"waiting for the database: {busy.message}")
                told = True
        except StoreAwayError as away:
            if time.monotonic() - began > outage:
                raise
            if not told:
                tell(f"waiting for the database: {away.message}")
                told = True
            time.sleep(_RETRY_SECONDS)
