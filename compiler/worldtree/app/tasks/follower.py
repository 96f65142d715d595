"""What polls the database for many readers, and how they are counted."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Self, TypeVar

if TYPE_CHECKING:
    from worldtree.app.tasks.event_feed import EventFeed

_log = logging.getLogger(__name__)


class Follower(ABC):
    """Polls while it has readers; ``name`` says in messages what it follows."""

    def __init__(self, feed: EventFeed, name: str) -> None:
        self.readers = 0
        #: The number of the last event that is known.
        self.last = 0
        #: Whether no event can come any more; all are known then.
        self.is_over = False
        #: Whether the poller ended by an error, or because nothing is left to follow.
        self.has_failed = False
        self._feed, self._name = feed, name
        self._changed = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None

    def start(self, at_end: Callable[[Self], None]) -> None:
        """Begin to poll; ``at_end`` is called when that has ended."""
        self._poller = asyncio.create_task(self._poll(at_end), name=f"follow {self._name}")

    async def changed(self) -> None:
        """Wait until something is new."""
        await self._changed.wait()

    def wake_readers(self) -> None:
        """Let all readers look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    @abstractmethod
    async def _look(self) -> bool:
        """Read what is new and wake readers; return whether there may be more already."""

    async def _poll(self, at_end: Callable[[Self], None]) -> None:
        try:
            while self.readers and not (self.is_over or self.has_failed or self._feed.has_ended):
                has_more = await self._look()
                if not has_more and not self.is_over:
                    await asyncio.sleep(self._feed.poll_seconds)
        except Exception:  # Readers connect again, and get a new follower.
            self.has_failed = True
            _log.exception("the events of %s cannot be followed", self._name)
        finally:
            at_end(self)
            self.wake_readers()


_F = TypeVar("_F", bound=Follower)


class FollowerReader(Generic[_F]):
    """One reader of what a follower follows; both it and the feed count the open ones."""

    def __init__(self, feed: EventFeed, follower: _F, after: int) -> None:
        self._feed, self._follower, self._after = feed, follower, after
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
