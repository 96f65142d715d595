"""Follows the events of tasks for many readers, with one poller per task."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from worldtree.app.tasks.event_batch import EventBatch, FeedEnd, FeedPart, StatusChange
from worldtree.app.tasks.event_order_feed import OrderFollower, OrderReader
from worldtree.app.tasks.follower import FollowerReader
from worldtree.app.tasks.task_follower import PAGE_EVENTS, TaskFollower, retry_while_unusable

if TYPE_CHECKING:
    from worldtree.store.event_order import OrderedPage
    from worldtree.store.event_pages import StoredEvent
    from worldtree.store.store import Store

#: Threads that read the database, and how many of them readers that fell behind may use.
_THREADS, _CATCH_UP_THREADS = 4, 2
#: Threads for readers of all tasks, whose queries take longer, and how many of them read pages:
#: one is left for the poller.
_ORDER_THREADS, _ORDER_PAGE_THREADS = 3, 2
#: Seconds between two polls of a task that somebody follows.
POLL_SECONDS = 0.15


class EventFeed:
    """Opens readers of tasks.

    All of it runs in one event loop; only ``end_readers`` may be called from anywhere.

    The database is polled, as the writer is mostly another process. While it cannot be used,
    readers wait for it.
    """

    def __init__(self, store: Callable[[], Store], poll_seconds: float = POLL_SECONDS) -> None:
        self.poll_seconds = poll_seconds
        self.store = store
        self.executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="event-feed")
        self.order_executor = ThreadPoolExecutor(_ORDER_THREADS, thread_name_prefix="order-feed")
        self._catching_up = asyncio.Semaphore(_CATCH_UP_THREADS)
        self._order_pages = asyncio.Semaphore(_ORDER_PAGE_THREADS)
        self._followers: dict[str, TaskFollower] = {}
        self._order: OrderFollower | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_ended = False
        #: The number of open readers, also of those that read what a task that is over wrote.
        self.readers = 0

    @property
    def followed_tasks(self) -> int:
        """The number of tasks that are polled."""
        return len(self._followers)

    @property
    def has_ended(self) -> bool:
        """Whether readers get no events any more."""
        return self._has_ended

    def open(self, task: str, after: int = 0) -> FeedReader:
        """Return a reader of a task, by its whole id, that gets the events after a number.

        Close it after use. Whether the caller may read the task is the caller's to check.
        """
        self._loop = asyncio.get_running_loop()
        follower = self._followers.get(task)
        if follower is None or follower.is_over:
            follower = TaskFollower(self, task)
            self._followers[task] = follower
            follower.start(self._forget)
        return FeedReader(self, follower, after)

    def open_order(self, scope: Callable[[], Collection[str] | None], after: int) -> OrderReader:
        """Return a reader of the events of all tasks after a number; close it after use.

        ``scope`` returns which projects (ids) the reader may see now, None for all.
        """
        self._loop = asyncio.get_running_loop()
        if self._order is None:
            self._order = OrderFollower(self)
            self._order.start(self._forget_order)
        return OrderReader(self, self._order, scope, after)

    async def ordered_page(
        self, scope: Collection[str] | None, after: int, limit: int
    ) -> OrderedPage | None:
        """Return events of all tasks after a number; None once that is not needed any more."""
        loop = asyncio.get_running_loop()
        async with self._order_pages:
            return await retry_while_unusable(
                lambda: loop.run_in_executor(
                    self.order_executor, self.store().ordered_events, after, limit, scope
                ),
                lambda: self._has_ended,
            )

    def _forget_order(self, follower: OrderFollower) -> None:
        if self._order is follower:
            self._order = None

    def end_readers(self) -> None:
        """Let each reader end at once, with a ``FeedEnd`` that asks to connect again."""
        self._has_ended = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def close(self) -> None:
        """End the readers, wait for queries that are running, and release the threads.

        The database is closed after it.
        """
        self.end_readers()
        for executor in (self.executor, self.order_executor):
            executor.shutdown(cancel_futures=True)

    async def page(self, task: str, after: int) -> list[StoredEvent]:
        """Return events from the database, for a reader that is behind the poller."""
        loop = asyncio.get_running_loop()
        async with self._catching_up:
            found = await retry_while_unusable(
                lambda: loop.run_in_executor(
                    self.executor, self.store().event_page, task, after, PAGE_EVENTS
                ),
                lambda: self._has_ended,
            )
        return found or []

    def _wake_all(self) -> None:
        for follower in self._followers.values():
            follower.wake_readers()
        if self._order is not None:
            self._order.wake_readers()

    def _forget(self, follower: TaskFollower) -> None:
        if self._followers.get(follower.task) is follower:
            del self._followers[follower.task]


class FeedReader(FollowerReader[TaskFollower]):
    """One reader: gets each event after its number once, in order, then the end.

    It has no buffer of its own. What it has not taken while the poller went on is taken from the
    batches that all readers share, or from the database again.
    """

    def __init__(self, feed: EventFeed, follower: TaskFollower, after: int) -> None:
        super().__init__(feed, follower, after)
        self._shown: StatusChange | None = None

    async def next(self, timeout: float) -> FeedPart | None:
        """Return the next part; None after ``timeout`` seconds without one.

        The status is first. Nothing follows a ``FeedEnd``.
        """
        try:
            async with asyncio.timeout(timeout):
                while (part := await self._next()) is None:
                    await self._follower.changed()
                return part
        except TimeoutError:
            return None

    async def _next(self) -> FeedPart | None:
        """Return a part if there is one now."""
        follower = self._follower
        if self._feed.has_ended or follower.has_failed:
            return FeedEnd(self._after, None)
        if follower.state is None:
            return None
        is_behind = self._after < follower.last
        status = StatusChange(follower.state.status, follower.state.message)
        if self._shown is None or (self._shown != status and not is_behind):
            self._shown = status
            return status
        if is_behind:
            batch = follower.batch_beyond(self._after)
            if batch is None:
                events = await self._feed.page(follower.task, self._after)
                if not events:  # Interrupted by the end, or the task was deleted meanwhile.
                    return FeedEnd(self._after, None)
                batch = EventBatch(self._after, events)
            self._after = batch.last
            return batch
        return FeedEnd(self._after, follower.state.status) if follower.is_over else None
