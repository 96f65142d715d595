"""The events of all tasks of a project, or of all projects: by pages, and as a live stream."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, WebSocket
from starlette.requests import HTTPConnection
from starlette.responses import Response

from worldtree.api.answers import PAGE
from worldtree.api.settings import DEFAULT_PROJECT
from worldtree.api.streams.frames import StreamKind, ordered_event_text
from worldtree.api.streams.position import start_after
from worldtree.api.streams.routes import STREAM, ProjectName
from worldtree.api.streams.session import StreamSession
from worldtree.api.streams.source import ErrorResponse, OpenOrder, StreamSettings
from worldtree.api.streams.sse import EventStreamResponse
from worldtree.api.streams.websocket import refuse_other_origins, serve_websocket
from worldtree.app.page_cursors import DEFAULT_EVENTS, MAX_EVENTS
from worldtree.app.tasks.event_feed import EventFeed
from worldtree.core.errors import WorldTreeError

#: The highest number that JSON keeps exactly everywhere.
_MAX_NUMBER = 2**53 - 1
_After = Annotated[int, Query(ge=0, le=_MAX_NUMBER, description="Begin after this number.")]
_Tail = Annotated[
    int | None,
    Query(ge=0, le=_MAX_NUMBER, description="Begin with the last numbers, so many; 0: with now."),
]
_Limit = Annotated[int, Query(ge=1, le=MAX_EVENTS, description="Items of the page at most.")]
_Everywhere = Annotated[
    bool, Query(description="Of all projects in which the caller may read tasks.")
]

_ENDLESS: dict[int | str, dict[str, Any]] = {
    200: {**STREAM[200], "description": "The stream; it does not end by itself."}
}


def order_router(
    open_source: OpenOrder,
    feed: EventFeed,
    settings: StreamSettings,
    error_response: ErrorResponse,
) -> APIRouter:
    """Return the routes; the arguments are those of ``stream_router``."""
    router = APIRouter(tags=["logs"])

    async def session(
        connection: HTTPConnection, after: int, tail: int | None, everywhere: bool
    ) -> StreamSession:
        source = await asyncio.to_thread(open_source, connection)
        scope = [await asyncio.to_thread(source.event_scope, everywhere)]
        start = await asyncio.to_thread(
            start_after, connection, after, tail, source.order_tail_start, _MAX_NUMBER
        )

        def check_rights() -> None:
            scope[0] = open_source(connection).event_scope(everywhere)

        return StreamSession(
            feed, settings, lambda: feed.open_order(lambda: scope[0], start), check_rights, start
        )

    @router.get(
        "/events", name="list-all-events", summary="List the events of all tasks", responses=PAGE
    )
    async def page(
        request: Request,
        after: _After = 0,
        limit: _Limit = DEFAULT_EVENTS,
        everywhere: _Everywhere = False,
        project: ProjectName = DEFAULT_PROJECT,
    ) -> Response:
        del project  # The source reads it.
        source = await asyncio.to_thread(open_source, request)
        found = await asyncio.to_thread(source.ordered_page, after, limit, everywhere)
        items = ",".join(map(ordered_event_text, found.events))
        following = str(found.last) if found.has_more else "null"
        text = f'{{"items":[{items}],"next":{following},"last":{found.last}}}'
        return Response(text, media_type="application/json")

    @router.get(
        "/events/stream",
        response_class=EventStreamResponse,
        status_code=200,
        responses=_ENDLESS,
        name="stream-all-events",
        summary="Follow the events of all tasks as Server-Sent Events",
    )
    async def follow(
        request: Request,
        after: _After = 0,
        tail: _Tail = None,
        everywhere: _Everywhere = False,
        project: ProjectName = DEFAULT_PROJECT,
    ) -> EventStreamResponse:
        del project
        return EventStreamResponse(
            await session(request, after, tail, everywhere), StreamKind.EVENTS
        )

    @router.websocket("/events/stream/ws")
    async def follow_websocket(
        websocket: WebSocket, after: _After = 0, tail: _Tail = None, everywhere: _Everywhere = False
    ) -> None:
        try:
            refuse_other_origins(websocket, settings.allowed_origins)
            found = await session(websocket, after, tail, everywhere)
        except WorldTreeError as error:
            await websocket.send_denial_response(error_response(error, websocket.scope))
            return
        await serve_websocket(websocket, found, StreamKind.EVENTS)

    return router
