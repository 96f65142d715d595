"""The supervisor's end of the socket: never blocks while the run goes on."""

from __future__ import annotations

import socket
from contextlib import suppress

from worldtree.runner.process.protocol import CANCEL_REQUEST, JOURNAL_GREW


class SupervisorChannel:
    """Notifies the parent without ever waiting for it, and receives its request to cancel."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._received = b""
        self.cancelled = False
        self.parent_gone = False

    def read_line(self) -> bytes | None:
        """Wait for the first line; None when the parent closed the socket instead."""
        while b"\n" not in self._received:
            data = self._channel.recv(65536)
            if not data:
                return None
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        self._channel.setblocking(False)
        return line

    def request_cancel(self) -> None:
        """Act as if the parent had asked to cancel."""
        self.cancelled = True

    def notify(self) -> None:
        """Notify the parent that the journal grew; a full socket already holds a notification."""
        with suppress(OSError):
            self._channel.send(JOURNAL_GREW)

    def receive(self) -> None:
        """Read what has arrived, without waiting."""
        while not self.parent_gone:
            try:
                data = self._channel.recv(4096)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                self.parent_gone = True
            self._received += data
        if CANCEL_REQUEST in self._received:
            self.cancelled = True

    def close(self) -> None:
        """Close the socket."""
        self._channel.close()
