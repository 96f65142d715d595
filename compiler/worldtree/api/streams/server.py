"""The HTTP server of the service: ends streams when it stops."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import uvicorn

from worldtree.app.tasks.event_feed import EventFeed

#: Seconds in which readers take the last frame of their streams, and between two looks at them.
_END_SECONDS, _LOOK_SECONDS = 1.0, 0.02


class StreamingServer(uvicorn.Server):
    """A server that asks the readers of its streams to connect again before it stops.

    uvicorn waits for open responses, and tells the application only after that.
    """

    def __init__(self, config: uvicorn.Config, feed: EventFeed) -> None:
        super().__init__(config)
        self._feed = feed

    async def shutdown(self, sockets: Sequence[socket.socket] | None = None) -> None:
        """End the streams at once, then everything else."""
        self._feed.end_readers()
        deadline = asyncio.get_running_loop().time() + _END_SECONDS
        while self._feed.readers and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(_LOOK_SECONDS)
        await super().shutdown(None if sockets is None else list(sockets))
