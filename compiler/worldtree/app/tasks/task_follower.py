"""Polls the events of one task, for all of its readers."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from worldtree.app.tasks.event_batch import EventBatch
from worldtree.app.tasks.feed_state import FeedState, feed_state
from worldtree.app.tasks.follower import Follower
from worldtree.core.private_directories import StoreError
from worldtree.results.events import EventKind
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.app.tasks.event_feed import EventFeed
    from worldtree.store.event_pages import StoredEvent

_T = TypeVar("_T")
#: Events that are read at a time.
PAGE_EVENTS = 250
#: What is kept of the newest events for readers that are a little behind.
_MAX_BATCHES, _MAX_CHARACTERS = 64, 8 * 1024 * 1024
#: Seconds between two looks at the state of a running task, which its events mostly announce.
_STATE_SECONDS = 1.0
#: Seconds until the database is tried again, at first and at most.
_RETRY_SECONDS, _MAX_RETRY_SECONDS = 0.2, 2.0
_OF_STATE = frozenset({EventKind.TASK_STARTED, EventKind.TASK_RESUMED, EventKind.TASK_FINISHED})


class TaskFollower(Follower):
    """Polls while it has readers and the task is not over."""

    def __init__(self, feed: EventFeed, task: str) -> None:
        super().__init__(feed, f"task {task}")
        self.task = task
        #: None until the first poll; ``last`` means nothing before.
        self.state: FeedState | None = None
        self._batches: deque[EventBatch] = deque()
        self._characters = 0
        #: Until when the state is not read again.
        self._state_until = 0.0

    def batch_beyond(self, after: int) -> EventBatch | None:
        """Return events right after a number below ``last``; None where they are not kept."""
        for batch in reversed(self._batches):
            if batch.after <= after:
                return batch.beyond(after) if after < batch.last else None
        return None

    async def _look(self) -> bool:
        """Read what is new; return whether there may be more already."""
        loop = asyncio.get_running_loop()
        found = await retry_while_unusable(
            lambda: loop.run_in_executor(self._feed.executor, self._read),
            lambda: self._feed.has_ended or not self.readers,
        )
        if found is None:
            return False
        state, last, events = found
        if state is None:
            self.has_failed = True
            return False
        is_new = bool(events) or state != self.state
        if events:
            self._keep(EventBatch(self.last, events))
        self.state, self.last = state, last
        is_full = len(events) == PAGE_EVENTS
        # The state was read before the events.
        self.is_over = state.is_over and not is_full
        if is_new or self.is_over:
            self.wake_readers()
        is_announced = any(event.kind in _OF_STATE for event in events)
        if is_announced:
            self._state_until = 0.0
        return is_full or is_announced

    def _read(self) -> tuple[FeedState | None, int, list[StoredEvent]]:
        """Return the state, the number of the last event and the new events; in a thread."""
        store = self._feed.store()
        now = time.monotonic()
        state = self.state
        if state is None or state.status is not TaskStatus.RUNNING or now >= self._state_until:
            state = feed_state(store, self.task)
            self._state_until = now + _STATE_SECONDS
        if self.state is None:
            return state, store.last_event(self.task), []
        events = store.event_page(self.task, self.last, PAGE_EVENTS)
        return state, events[-1].seq if events else self.last, events

    def _keep(self, batch: EventBatch) -> None:
        """Keep a batch for readers, and forget the oldest ones."""
        self._batches.append(batch)
        self._characters += batch.size
        while len(self._batches) > 1 and (
            len(self._batches) > _MAX_BATCHES or self._characters > _MAX_CHARACTERS
        ):
            self._characters -= self._batches.popleft().size


async def retry_while_unusable(
    call: Callable[[], Awaitable[_T]], is_pointless: Callable[[], bool]
) -> _T | None:
    """Return what ``call`` does; while the database cannot be used, try again.

    Returns None once the result is not needed any more.
    """
    delay = _RETRY_SECONDS
    while not is_pointless():
        try:
            return await call()
        except StoreError:
            await asyncio.sleep(delay)
            delay = min(2 * delay, _MAX_RETRY_SECONDS)
    return None
