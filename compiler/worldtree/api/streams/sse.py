"""A stream as Server-Sent Events, in raw bytes that readers of the same task share."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from worldtree.api.streams.frames import SSE_PING, StreamKind, frames, sse_bytes
from worldtree.api.streams.session import StreamSession, run_until_gone
from worldtree.app.tasks.event_batch import EventBatch, FeedPart

#: Bytes that are written at a time, so that a reader that takes none holds few of them.
_WRITE_BYTES = 256 * 1024
_HEADERS = {
    "Cache-Control": "no-store",
    # nginx passes the stream on at once then.
    "X-Accel-Buffering": "no",
}


class EventStreamResponse(Response):
    """The response that follows a task; it notices when the reader leaves."""

    media_type = "text/event-stream"

    def __init__(self, session: StreamSession, kind: StreamKind) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._session, self._kind = session, kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream to its end."""
        del scope  # The same for each request.
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)

        async def write(part: FeedPart | None) -> None:
            data = self._encoded(part)
            for begin in range(0, len(data), _WRITE_BYTES):
                body = data[begin : begin + _WRITE_BYTES]
                await send({"type": "http.response.body", "body": body, "more_body": True})

        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        hint = f"retry: {self._session.retry_ms}\n\n".encode()
        await send({"type": "http.response.body", "body": hint, "more_body": True})
        if await run_until_gone(self._session, write, gone) is not None:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _encoded(self, part: FeedPart | None) -> bytes:
        if part is None:
            return SSE_PING

        def encode(one: FeedPart) -> bytes:
            return sse_bytes(frames(one, self._kind, self._session.retry_ms))

        if isinstance(part, EventBatch):
            found: bytes = part.encoded(f"sse {self._kind}", encode)
            return found
        return encode(part)
