"""Client of the broker: JSON lines over its socket.

Imports the standard library only, since it also runs inside ansible-playbook.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from pathlib import Path
from typing import Any

#: The variable with the path of the broker's socket; runs get no other information on secrets.
SOCKET_VARIABLE = "WORLDTREE_SECRETS"
#: Seconds to wait for an answer; the providers' own timeouts are shorter.
_ANSWER_TIMEOUT = 120.0


class BrokerGoneError(Exception):
    """The broker has ended or does not answer."""


class SecretsClient:
    """One connection to a broker, opened on first use; thread-safe."""

    def __init__(self, socket_path: str | Path) -> None:
        self._path = str(socket_path)
        self._stream: Any = None
        self._lock = threading.Lock()

    def get(self, reference: str) -> dict[str, Any]:
        """Return ``{"value": …}``, or ``{"error": text, "problem": {slug, summary, …}}``."""
        return self.call({"get": reference})

    def values(self, after: int = 0) -> tuple[list[str], int]:
        """Return (the values resolved after the ``after``-th, the number of values)."""
        found = self._needed({"values": after}, "values")
        return found["values"], found["count"]

    def _needed(self, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Return the answer to ``request``; raises ``BrokerGoneError`` for one without ``key``."""
        answer = self.call(request)
        if key not in answer:
            raise BrokerGoneError(
                answer.get("error", "the answer of the secrets broker is unknown")
            )
        return answer

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to ``request``; raises ``BrokerGoneError``."""
        with self._lock:
            return self._call(request)

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            if self._stream is None:
                connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                with connection:
                    connection.settimeout(_ANSWER_TIMEOUT)
                    connection.connect(self._path)
                    self._stream = connection.makefile("rwb")
            self._stream.write(json.dumps(request).encode() + b"\n")
            self._stream.flush()
            line = self._stream.readline()
        except (OSError, ValueError) as error:
            self.close()
            raise BrokerGoneError(f"the secrets broker does not answer: {error}") from None
        if not line:
            self.close()
            raise BrokerGoneError("the secrets broker has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Close the connection."""
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
