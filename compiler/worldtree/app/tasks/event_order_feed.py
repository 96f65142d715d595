"""Follows the events of all tasks, for readers of whole projects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from worldtree.app.tasks.event_batch import FeedEnd, OrderedBatch
from worldtree.app.tasks.follower import Follower, FollowerReader
from worldtree.app.tasks.task_follower import PAGE_EVENTS, retry_while_unusable

if TYPE_CHECKING:
    from worldtree.app.tasks.event_feed import EventFeed
    from worldtree.store.event_order import OrderedPage


class OrderFollower(Follower):
    """Polls the number of the last event while there are readers; they read by themselves."""

    def __init__(self, feed: EventFeed) -> None:
        super().__init__(feed, "all tasks")

    async def _look(self) -> bool:
        loop, feed = asyncio.get_running_loop(), self._feed
        found = await retry_while_unusable(
            lambda: loop.run_in_executor(feed.order_executor, lambda: feed.store().number_events()),
            lambda: feed.has_ended or not self.readers,
        )
        if found is not None and found != self.last:
            self.last = found
            self.wake_readers()
        return False


class OrderReader(FollowerReader[OrderFollower]):
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
        super().__init__(feed, follower, after)
        self._scope = scope
        #: The page that is being read, and the scope that it is read with. It outlasts ``next``:
        #: a query goes on in its thread, and would be begun again with each ping.
        self._page: asyncio.Task[OrderedPage | None] | None = None
        self._page_scope: Collection[str] | None = None

    def close(self) -> None:
        """Stop reading. May be called again."""
        super().close()
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
