"""What the streams need of the rest of the service."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from worldtree.app.tasks.log_reader import LogLine, LogPage, LogQuery, OrderedPage
from worldtree.core.error_codes import ERROR_CODES
from worldtree.core.errors import WorldTreeError


class StreamSource(Protocol):
    """What one caller may read; ``app.tasks.log_reader.LogReader`` with rights checked.

    Each method raises ``UnknownTaskError`` for a task that does not exist for the caller, and
    ``MissingPermissionError`` for one that it may not read. They block.
    """

    def task_id(self, task: str) -> str:
        """Return the whole id of a task that may be followed."""
        ...

    def page(self, task: str, query: LogQuery) -> LogPage:
        """Return lines of its log."""
        ...

    def line(self, task: str, number: int) -> LogLine:
        """Return a whole line. Raises ``UnknownLogLineError``."""
        ...

    def tail_start(self, task: str, lines: int) -> int:
        """Return the number after which its log has at most ``lines`` lines."""
        ...

    def event_tail_start(self, task: str, events: int) -> int:
        """Return the number after which it has at most ``events`` events."""
        ...


class OrderSource(Protocol):
    """What one caller may read of the events of all tasks; as ``StreamSource``."""

    def event_scope(self, everywhere: bool) -> Collection[str] | None:
        """Return the ids of the projects whose events may be followed together; None for all."""
        ...

    def ordered_page(self, after: int, limit: int, everywhere: bool) -> OrderedPage:
        """Return events of all tasks of its project, or of all that may be read."""
        ...

    def order_tail_start(self, numbers: int) -> int:
        """Return the number after which at most ``numbers`` events of all projects are."""
        ...


#: Returns what the caller of a request may read; raises the error of its credentials. It blocks,
#: and is called again while a stream is open.
OpenSource = Callable[[HTTPConnection], StreamSource]
OpenOrder = Callable[[HTTPConnection], OrderSource]
#: Returns the response for an error of a request; exception handlers do not get WebSockets.
ErrorResponse = Callable[[WorldTreeError, Scope], Response]


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """Times in seconds."""

    #: After which a reader gets a ping, when there is nothing else.
    ping: float = 15.0
    #: After which the rights of a reader are checked again.
    recheck: float = 60.0
    #: In which a reader has to take what was sent; it is disconnected otherwise.
    write_timeout: float = 300.0
    #: After which a reader whose stream ended early is to connect again; up to twice as much, so
    #: that not all come at the same time.
    retry: float = 1.0
    max_readers: int = 2000
    #: Origins of pages, besides those of the service itself, that may open a WebSocket.
    allowed_origins: frozenset[str] = frozenset()


def plain_error_response(error: WorldTreeError, _scope: Scope) -> Response:
    """Return an error as RFC 9457 describes it, without what the API adds."""
    status = ERROR_CODES[error.code].http_status
    content = {"title": error.message, "status": status, "code": error.code, "detail": error.hint}
    return JSONResponse(content, status_code=status, media_type="application/problem+json")
