"""A stream over WebSocket: each message is a list of frames."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from worldtree.api.streams.frames import WEBSOCKET_PING, StreamKind, frames, websocket_text
from worldtree.api.streams.session import StreamSession, run_until_gone
from worldtree.app.tasks.event_batch import EventBatch, FeedPart
from worldtree.core.errors import RefusedError

#: Codes with which the service closes: all was sent; it restarts.
_NORMAL, _SERVICE_RESTART = 1000, 1012


def refuse_other_origins(websocket: WebSocket, allowed: frozenset[str]) -> None:
    """Raise ``RefusedError`` for a page of another site.

    A browser sends the cookies of the service with a WebSocket that any page opens.
    """
    origin = websocket.headers.get("origin")
    if origin is None or origin in allowed:
        return
    if urlsplit(origin).netloc != websocket.headers.get("host"):
        raise RefusedError(
            "pages of another origin cannot open a stream",
            code="origin-refused",
            hint="allow the origin in the settings of the service",
        )


async def serve_websocket(websocket: WebSocket, session: StreamSession, kind: StreamKind) -> None:
    """Send the stream to its end, and close the connection."""

    async def write(part: FeedPart | None) -> None:
        if text := _encoded(part, kind, session.retry_ms):
            await websocket.send_text(text)

    async def gone() -> None:
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass

    await websocket.accept()
    try:
        end = await run_until_gone(session, write, gone)
        if end is not None:
            await websocket.close(_SERVICE_RESTART if end.status is None else _NORMAL)
    except (WebSocketDisconnect, OSError):
        return


def _encoded(part: FeedPart | None, kind: StreamKind, retry_ms: int) -> str:
    if part is None:
        return WEBSOCKET_PING

    def encode(one: FeedPart) -> str:
        found = frames(one, kind, retry_ms)
        return websocket_text(found) if found else ""

    if isinstance(part, EventBatch):
        found: str = part.encoded(f"websocket {kind}", encode)
        return found
    return encode(part)
