"""One entry of the log for each request, and the request's id.

A pure ASGI middleware, as streams pass through it. The id is that of the header `X-Request-ID`, or
a new one; it is in the response, in ``request.state.request_id`` and in every entry of the log that
is written meanwhile. ``request.state.principal``, once somebody has set it, gives the name of who
asked.
"""

from __future__ import annotations

import re
import time
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worldtree.core import json_logs
from worldtree.core.trace_context import read_traceparent

#: The route of a request that matches none of the API's.
OTHER_ROUTE = "other"
#: The method of a WebSocket.
WEBSOCKET = "WEBSOCKET"
#: The status of a request whose client left before the response began.
_CLIENT_LEFT = 499
_REQUEST_ID_HEADER = b"x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(slots=True)
class RequestRecord:
    """What is known of a request; of a running one, so far."""

    method: str
    #: Without the query, which may have secrets.
    path: str
    request_id: str
    client: str | None
    #: The template of its route, such as ``/api/v1/tasks/{task_id}``, or ``OTHER_ROUTE``.
    route: str = OTHER_ROUTE
    #: 0 until the response begins.
    status: int = 0
    #: Bytes of the response's body.
    size: int = 0
    seconds: float = 0.0
    #: Whether the response goes on for as long as its reader stays.
    is_stream: bool = False
    principal: str | None = None
    began: float = field(default_factory=time.monotonic)


class RequestObserver(Protocol):
    """Is notified of requests."""

    def stream_started(self, record: RequestRecord) -> None:
        """A stream has begun; ``request_ended`` follows."""

    def request_ended(self, record: RequestRecord) -> None:
        """A request has ended in any way."""


class AccessLog:
    """The middleware; ``observer`` is notified besides the log."""

    def __init__(self, app: ASGIApp, observer: RequestObserver | None = None) -> None:
        self._app, self._observer = app, observer
        self._log = json_logs.get_log("worldtree.access")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and log its end; of a stream its beginning, too."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        state = scope.setdefault("state", {})
        record = _new_record(scope, state, headers)
        left = False

        async def watched_receive() -> Message:
            nonlocal left
            message = await receive()
            left = left or message["type"] in ("http.disconnect", "websocket.disconnect")
            return message

        async def watched_send(message: Message) -> None:
            started = _note(record, message)
            if started:
                _add_request_id(message, record.request_id)
                if record.is_stream:
                    self._stream_started(record, scope, state)
            await send(message)

        failure: BaseException | None = None
        with json_logs.bind(request_id=record.request_id, trace_id=_trace_id(headers)):
            try:
                await self._app(scope, watched_receive, watched_send)
            # The end of a request is logged whatever ended it; a shutdown cancels, too.
            except BaseException as error:
                failure = error
                raise
            finally:
                if not record.status:
                    is_cancelled = left or not isinstance(failure, Exception | None)
                    record.status = _CLIENT_LEFT if is_cancelled else 500
                self._request_ended(record, scope, state, failure)

    def _stream_started(self, record: RequestRecord, scope: Scope, state: Any) -> None:
        _complete(record, scope, state)
        self._log.info("stream started", **_fields(record, ended=False))
        if self._observer is not None:
            self._observer.stream_started(record)

    def _request_ended(
        self, record: RequestRecord, scope: Scope, state: Any, failure: BaseException | None
    ) -> None:
        _complete(record, scope, state)
        fields = _fields(record, ended=True)
        event = "stream ended" if record.is_stream else "request"
        if isinstance(failure, Exception):
            self._log.error(event, exc_info=failure, **fields)
        elif record.status >= 500:
            self._log.error(event, **fields)
        else:
            self._log.info(event, **fields)
        if self._observer is not None:
            self._observer.request_ended(record)


def request_id(scope: Any) -> str | None:
    """Return the id of a request's scope; None outside of ``AccessLog``."""
    found: str | None = scope.get("state", {}).get("request_id")
    return found


def route_template(scope: Scope) -> str:
    """Return the template of the route that a request took, whole, or ``OTHER_ROUTE``.

    The route itself lacks the prefixes of the routers that include it; FastAPI keeps the whole.
    """
    route = scope.get("route")
    whole = scope.get("fastapi", {}).get("effective_route_context")
    found = getattr(whole, "path", None) or getattr(route, "path", None)
    return found if isinstance(found, str) and found else OTHER_ROUTE


def _new_record(scope: Scope, state: Any, headers: dict[bytes, bytes]) -> RequestRecord:
    request_id = state.get("request_id")
    if request_id is None:
        wanted = headers.get(_REQUEST_ID_HEADER, b"").decode("latin-1")
        request_id = wanted if _REQUEST_ID.fullmatch(wanted) else uuid4().hex
        state["request_id"] = request_id
    client = scope.get("client")
    is_socket = scope["type"] == "websocket"
    return RequestRecord(
        method=WEBSOCKET if is_socket else scope["method"],
        path=scope["path"],
        request_id=request_id,
        client=None if client is None else client[0],
    )


def _note(record: RequestRecord, message: Message) -> bool:
    """Note a message of the response; return whether the response begins with it."""
    # A handshake may be refused with a whole response, whose messages have a prefix.
    kind = message["type"].removeprefix("websocket.")
    if kind == "http.response.start":
        record.status = message["status"]
        headers = message.get("headers", ())
        types = [value for name, value in headers if name.lower() == b"content-type"]
        record.is_stream = any(value.startswith(b"text/event-stream") for value in types)
        return True
    if kind == "accept":
        record.status, record.is_stream = 101, True
        return True
    if kind == "close" and not record.status:
        record.status = 403  # What a server answers to a handshake that is refused.
    elif kind == "http.response.body":
        record.size += len(message.get("body", b""))
    elif kind == "send":
        text = message.get("text")
        record.size += len(text.encode()) if text is not None else len(message.get("bytes") or b"")
    return False


def _add_request_id(message: Message, request_id: str) -> None:
    headers = list(message.get("headers", ()))
    if not any(name.lower() == _REQUEST_ID_HEADER for name, _ in headers):
        message["headers"] = [*headers, (_REQUEST_ID_HEADER, request_id.encode("latin-1"))]


def _trace_id(headers: dict[bytes, bytes]) -> str | None:
    found = read_traceparent(headers.get(b"traceparent", b"").decode("latin-1"))
    return None if found is None else found.trace_id


def _complete(record: RequestRecord, scope: Scope, state: MutableMapping[str, Any]) -> None:
    """Add what is known only after the request was routed."""
    record.route = route_template(scope)
    record.principal = getattr(state.get("principal"), "name", None)
    record.seconds = time.monotonic() - record.began


def _fields(record: RequestRecord, *, ended: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "method": record.method,
        "route": record.route,
        "path": record.path,
        "status": record.status,
        "principal": record.principal,
        "client": record.client,
        # Bound as well, but some servers call the middleware in a context of their own.
        "request_id": record.request_id,
    }
    if ended:
        found |= {"duration": round(record.seconds, 6), "bytes": record.size}
    return found
