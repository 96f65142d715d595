"""The supervisor's end of the socket: never blocks while the run goes on."""

from __future__ import annotations

import json
import socket
from collections import deque
from collections.abc import Mapping
from typing import Any

from worldtree.ansible.runner.protocol import CANCEL


class Link:
    """Sends lines without ever waiting for the reader, and sees whether the parent wants an end."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._queue: deque[memoryview] = deque()
        self._received = b""
        self.cancelled = False
        self.parent_gone = False

    def read_line(self) -> bytes | None:
        """Wait for the first line; None when the parent went away instead."""
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

    def send(self, line: bytes) -> None:
        """Queue a line and send what the socket takes now."""
        self._queue.append(memoryview(line))
        self._send_some()

    def pump(self) -> None:
        """Send what the socket takes and read what came."""
        self._send_some()
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
        if CANCEL in self._received:
            self.cancelled = True

    def finish(self, end: Mapping[str, Any]) -> None:
        """Send everything that is queued and the ``end``, waiting for the reader."""
        self._queue.append(memoryview(json.dumps({"end": end}).encode() + b"\n"))
        self._channel.setblocking(True)
        self._send_some()
        self._channel.close()

    def _send_some(self) -> None:
        while self._queue:
            try:
                sent = self._channel.send(self._queue[0])
            except BlockingIOError:
                return
            except OSError:
                self.parent_gone = True
                self._queue.clear()
                return
            if sent == len(self._queue[0]):
                self._queue.popleft()
            else:
                self._queue[0] = self._queue[0][sent:]
