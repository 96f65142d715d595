"""Follows the events of all tasks, for readers of whole projects."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from worldtree.app.tasks.event_batch import FeedEnd, OrderedBatch
from worldtree.app.tasks.task_follower import PAGE_EVENTS, retry_while_unusable

if TYPE_CHECKING:
    from worldtree.app.tasks.event_feed import EventFeed
    from worldtree.store.event_order import OrderedPage

_log = logging.getLogger(__name__)


class OrderFollower:
    """Polls the number of the last event while there are readers; they read by themselves."""

    def __init__(self, feed: EventFeed) -> None:
        self.readers = 0
        #: The highest number that is known.
        self.last = 0
        #: Whether the poller ended by an error.
        self.has_failed = False
        self._feed = feed
        self._changed = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None

    def start(self, at_end: Callable[[OrderFollower], None]) -> None:
        """Begin to poll; ``at_end`` is called when that has ended."""
        self._poller = asyncio.create_task(self._poll(at_end), name="follow all events")

    async def changed(self) -> None:
        """Wait until something is new."""
        await self._changed.wait()

    def wake_readers(self) -> None:
        """Let all readers look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _poll(self, at_end: Callable[[OrderFollower], None]) -> None:
        loop, feed = asyncio.get_running_loop(), self._feed
        try:
            while self.readers and not feed.has_ended:
                found = await retry_while_unusable(
                    lambda: loop.run_in_executor(
                        feed.order_executor, lambda: feed.store().number_events()
                    ),
                    lambda: feed.has_ended or not self.readers,
                )
                if found is not None and found != self.last:
                    self.last = found
                    self.wake_readers()
                await asyncio.sleep(feed.poll_seconds)
        except Exception:
            # Readers connect again, and get a new follower.
            self.has_failed = True
            _log.exception("the events of all tasks cannot be followed")
        finally:
            at_end(self)
            self.wake_readers()


class OrderReader:
    """One reader: gets each event after its number that it may see, once and in order.

    ``scope`` returns the ids of the projects that it may see now, None for all.
    """

    def __init__(
        self,
        feed: EventFeed,
        follower: OrderFollower,
        scope: Callable[[], Collection[str] | None],
        after: int,
    ) -> None:
        self._feed, self._follower, self._scope = feed, follower, scope
        self._after = after
        #: The page that is being read, and the scope that it is read with. It outlasts ``next``:
        #: a query goes on in its thread, and would be begun again with each ping.
        self._page: asyncio.Task[OrderedPage | None] | None = None
        self._page_scope: Collection[str] | None = None
        self._is_open = True
        follower.readers += 1
        feed.readers += 1

    @property
    def after(self) -> int:
        """The number up to which it has got everything."""
        return self._after

    def close(self) -> None:
        """Stop reading. May be called again."""
        if self._is_open:
            self._is_open = False
            self._follower.readers -= 1
            self._feed.readers -= 1
            if self._page is not None:
                self._page.cancel()

    async def next(self, timeout: float) -> OrderedBatch | FeedEnd | None:
        """Return the next part; None after ``timeout`` seconds without one.

        The only end is one that asks to connect again: there are always more tasks.
        """
        try:
            async with asyncio.timeout(timeout):
                while True:
                    if self._feed.has_ended or self._follower.has_failed:
                        return FeedEnd(self._after, None)
                    if self._page is None and self._follower.last <= self._after:
                        await self._follower.changed()
                        continue
                    page = await self._read_page()
                    if page is None:
                        continue
                    self._after = page.last
                    if page.events:
                        return OrderedBatch(page.events)
        except TimeoutError:
            return None

    async def _read_page(self) -> OrderedPage | None:
        """Wait for the page that is being read, or for a new one; both go on when cancelled.

        Returns None when the feed has ended meanwhile, or when the scope is another one now.
        """
        if self._page is None:
            self._page_scope = self._scope()
            page = self._feed.ordered_page(self._page_scope, self._after, PAGE_EVENTS)
            self._page = asyncio.create_task(page)
        await asyncio.wait({self._page})  # It does not cancel what it waits for.
        done, self._page = self._page, None
        if done.cancelled():  # The feed was closed.
            return None
        return done.result() if self._page_scope == self._scope() else None
