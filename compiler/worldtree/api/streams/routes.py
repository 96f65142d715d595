"""The routes of live streams and of pages of logs."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, WebSocket
from starlette.requests import HTTPConnection
from starlette.responses import Response

from worldtree.api.settings import DEFAULT_PROJECT
from worldtree.api.streams.frames import StreamKind, json_text
from worldtree.api.streams.position import MAX_NUMBER, LogParameters, start_after
from worldtree.api.streams.session import StreamSession
from worldtree.api.streams.source import (
    ErrorResponse,
    OpenSource,
    StreamSettings,
    plain_error_response,
)
from worldtree.api.streams.sse import EventStreamResponse
from worldtree.api.streams.websocket import refuse_other_origins, serve_websocket
from worldtree.app.tasks.event_feed import EventFeed
from worldtree.app.views.log_lines import log_page_view, whole_log_line_view
from worldtree.core.errors import WorldTreeError

_TaskId = Annotated[
    str,
    Path(pattern="^[A-Za-z0-9._-]+$", max_length=100, description="The id, or its beginning."),
]
_After = Annotated[
    int, Query(ge=0, le=MAX_NUMBER, description="Begin after the event of this number.")
]
_Tail = Annotated[
    int | None, Query(ge=0, le=MAX_NUMBER, description="Begin with the last ones, so many.")
]
ProjectName = Annotated[str, Query(max_length=200, description="Name of the project.")]
_Number = Annotated[int, Path(ge=1, le=MAX_NUMBER)]
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The stream, up to the end of the task.",
        # The schema of each event: OpenAPI before 3.2 has no other place for it.
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string", "description": "Number, for `Last-Event-ID`."},
                        "event": {"type": "string", "description": "What `data` is."},
                        "data": {"type": "string", "description": "JSON."},
                        "retry": {"type": "integer", "description": "Milliseconds."},
                    },
                }
            }
        },
    }
}
#: Kind of stream -> the paths of it.
_PATHS = {
    StreamKind.LOG: ("/tasks/{task_id}/logstream", "/tasks/{task_id}/logs/stream"),
    StreamKind.EVENTS: ("/tasks/{task_id}/events/stream",),
}


def stream_router(
    open_source: OpenSource,
    feed: EventFeed,
    settings: StreamSettings | None = None,
    error_response: ErrorResponse = plain_error_response,
) -> APIRouter:
    """Return the routes; ``open_source`` says what the caller of a request may read.

    Errors of HTTP requests are raised, for the handlers of the application.
    """
    router = APIRouter(tags=["logs"])
    opener = _SessionOpener(open_source, feed, settings or StreamSettings(), error_response)
    for kind, paths in _PATHS.items():
        for path in paths:
            name = f"stream-{kind}" if path == paths[0] else f"stream-{kind}-alias"
            router.add_api_route(
                path,
                opener.http_endpoint(kind),
                response_class=EventStreamResponse,
                # FastAPI does not find the default of this class of response.
                status_code=200,
                responses=STREAM,
                name=name,
                summary=f"Follow the {kind} of a task as Server-Sent Events",
            )
            router.add_api_websocket_route(f"{path}/ws", opener.websocket_endpoint(kind))

    @router.get("/tasks/{task_id}/logs", name="read-log", summary="Read lines of a log")
    async def read_log(
        request: Request, task_id: _TaskId, parameters: Annotated[LogParameters, Query()]
    ) -> Response:
        query = parameters.query()
        source = await asyncio.to_thread(open_source, request)
        found = await asyncio.to_thread(source.page, task_id, query)
        return _json_response(log_page_view(found))

    @router.get("/tasks/{task_id}/logs/{number}", name="read-log-line", summary="Read a whole line")
    async def read_line(
        request: Request,
        task_id: _TaskId,
        number: _Number,
        project: ProjectName = DEFAULT_PROJECT,
    ) -> Response:
        del project  # The source reads it.
        source = await asyncio.to_thread(open_source, request)
        found = await asyncio.to_thread(source.line, task_id, number)
        return _json_response(whole_log_line_view(found))

    return router


class _SessionOpener:
    """Makes the endpoints of streams."""

    def __init__(
        self,
        open_source: OpenSource,
        feed: EventFeed,
        settings: StreamSettings,
        error_response: ErrorResponse,
    ) -> None:
        self._open_source, self._feed = open_source, feed
        self._settings, self._error_response = settings, error_response

    def http_endpoint(self, kind: StreamKind) -> Any:
        """Return the endpoint for Server-Sent Events."""

        async def follow(
            request: Request,
            task_id: _TaskId,
            after: _After = 0,
            tail: _Tail = None,
            project: ProjectName = DEFAULT_PROJECT,
        ) -> EventStreamResponse:
            del project  # The source reads it.
            session = await self._session(request, kind, task_id, after, tail)
            return EventStreamResponse(session, kind)

        return follow

    def websocket_endpoint(self, kind: StreamKind) -> Any:
        """Return the endpoint for WebSocket."""

        async def follow(
            websocket: WebSocket, task_id: _TaskId, after: _After = 0, tail: _Tail = None
        ) -> None:
            try:
                refuse_other_origins(websocket, self._settings.allowed_origins)
                session = await self._session(websocket, kind, task_id, after, tail)
            except WorldTreeError as error:
                await websocket.send_denial_response(self._error_response(error, websocket.scope))
                return
            await serve_websocket(websocket, session, kind)

        return follow

    async def _session(
        self, connection: HTTPConnection, kind: StreamKind, task: str, after: int, tail: int | None
    ) -> StreamSession:
        """Return the session of a request. Raises ``WorldTreeError``."""
        source = await asyncio.to_thread(self._open_source, connection)
        task = await asyncio.to_thread(source.task_id, task)
        tail_start = source.tail_start if kind is StreamKind.LOG else source.event_tail_start
        start = await asyncio.to_thread(
            start_after, connection, after, tail, lambda count: tail_start(task, count)
        )
        feed, open_source = self._feed, self._open_source
        return StreamSession(
            feed,
            self._settings,
            lambda: feed.open(task, start),
            lambda: open_source(connection).task_id(task),
            start,
        )


def _json_response(value: Any) -> Response:
    # Stored values may be numbers and texts that the JSON of the framework refuses.
    return Response(json_text(value), media_type="application/json")
