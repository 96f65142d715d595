"""One open stream: what its reader gets next, whatever carries it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Protocol

from worldtree.api.streams.source import StreamSettings
from worldtree.app.tasks.event_batch import FeedEnd, FeedPart
from worldtree.app.tasks.event_feed import EventFeed
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.private_directories import StoreError


class StreamReader(Protocol):
    """What a session reads from: ``FeedReader`` or ``OrderReader``."""

    @property
    def after(self) -> int:
        """The number up to which everything was returned."""
        ...

    async def next(self, timeout: float) -> FeedPart | None:
        """Return the next part; None after ``timeout`` seconds without one."""
        ...

    def close(self) -> None:
        """Stop reading."""
        ...


class StreamSession:
    """A reader, opened when the stream begins, and its rights."""

    def __init__(
        self,
        feed: EventFeed,
        settings: StreamSettings,
        open_reader: Callable[[], StreamReader],
        check_rights: Callable[[], object],
        after: int,
    ) -> None:
        """``check_rights`` raises ``WorldTreeError`` once the reader may not read on; it blocks.

        Raises ``RefusedError`` at the limit.
        """
        if feed.readers >= settings.max_readers:
            raise RefusedError(
                "too many streams are open",
                code="streams-exhausted",
                hint="try again later, or read page by page",
            )
        self.settings = settings
        self.retry_ms = int(settings.retry * (1 + random.random()) * 1000)
        self._open_reader, self._check_rights = open_reader, check_rights
        self._after = after

    async def parts(self) -> AsyncGenerator[FeedPart | None, None]:
        """Yield the parts of the feed up to its end, None where a ping is due."""
        reader = self._open_reader()
        checked = time.monotonic()
        try:
            while True:
                part = await reader.next(self.settings.ping)
                if time.monotonic() - checked > self.settings.recheck:
                    if not await self._may_read():
                        # The next request gets the error.
                        yield FeedEnd(self._after, None)
                        return
                    checked = time.monotonic()
                yield part
                self._after = reader.after
                if isinstance(part, FeedEnd):
                    return
        finally:
            reader.close()

    async def _may_read(self) -> bool:
        try:
            await asyncio.to_thread(self._check_rights)
        except StoreError:  # Says nothing of the rights; the next check will.
            return True
        except WorldTreeError:
            return False
        return True


async def run_until_gone(
    session: StreamSession,
    write: Callable[[FeedPart | None], Awaitable[None]],
    gone: Callable[[], Awaitable[None]],
) -> FeedEnd | None:
    """Write the parts of a session until its end, or until ``gone`` returns.

    Returns the end, and None for a reader that left or has not taken what was sent in time.
    """
    writer = asyncio.create_task(_write_parts(session, write))
    leaving = asyncio.ensure_future(gone())
    try:
        await asyncio.wait((writer, leaving), return_when=asyncio.FIRST_COMPLETED)
        return await writer if writer.done() else None
    finally:
        for task in (writer, leaving):
            task.cancel()
            # What ended it does not matter any more.
            with suppress(asyncio.CancelledError, OSError):
                await task


async def _write_parts(
    session: StreamSession, write: Callable[[FeedPart | None], Awaitable[None]]
) -> FeedEnd | None:
    async with aclosing(session.parts()) as parts:
        async for part in parts:
            try:
                async with asyncio.timeout(session.settings.write_timeout):
                    await write(part)
            except (TimeoutError, OSError):
                return None
            if isinstance(part, FeedEnd):
                return part
    return None
