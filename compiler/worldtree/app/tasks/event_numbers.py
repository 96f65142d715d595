"""Gives events their numbers among all events, also while nobody reads in that order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.store.store import Store

#: Thousands of batches of a run: a worker takes no task meanwhile.
_THOUSANDS = 3
#: Seconds until the next run, and while there may be more.
_INTERVAL, _SHORT_INTERVAL = 60.0, 1.0


class EventNumbers:
    """A duty of the worker: the first reader after months would wait for all of them otherwise."""

    name = "numbers of events"

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        #: Seconds until the next run.
        self.interval = _INTERVAL

    def run_once(self) -> None:
        """Give some events their numbers."""
        may_be_more = self._store().number_some(_THOUSANDS)
        self.interval = _SHORT_INTERVAL if may_be_more else _INTERVAL
