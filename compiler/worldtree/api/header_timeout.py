"""The HTTP protocol of the server with a limit on the time in which headers arrive.

uvicorn waits for headers without end, so that a few slow clients could hold all connections.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds in which the headers of a request have to arrive, once its connection is there.
HEADER_TIMEOUT = 10.0


class HeaderTimeoutProtocol(H11Protocol):
    """Closes a connection whose request does not begin in time.

    Between two requests uvicorn's own limit holds until the first byte of the next one.
    """

    #: Seconds.
    header_timeout = HEADER_TIMEOUT
    _timer: asyncio.TimerHandle | None = None

    # uvicorn narrows the type of asyncio's method in the same way.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Read a part of a request."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_timer()
        elif self._timer is None and self.timeout_keep_alive_task is None:
            self._start_timer()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Pass the connection on."""
        self._stop_timer()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(self.header_timeout, self._close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()
