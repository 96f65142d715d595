"""Messages for people about a task, which are kept as events of the task."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from worldtree.results.events import Event, EventKind

#: How a message that is a warning begins.
_WARNING = "warning: "


class Notices:
    """Shows messages at once and keeps them until somebody records them. Any thread may call it."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._lock = threading.Lock()
        self._kept: list[Event] = []
        self._put: Callable[[Event], None] | None = None

    def say(self, words: str) -> None:
        """Show a message and keep it. Raises what showing it raises."""
        status = "warning" if words.startswith(_WARNING) else "info"
        self.keep(words.removeprefix(_WARNING), status)
        self._show(words)

    def keep(self, words: str, status: str, result: Mapping[str, Any] | None = None) -> None:
        """Keep a message that is shown in another way; ``status`` as of RUN_MESSAGE."""
        event = Event(
            kind=EventKind.RUN_MESSAGE,
            time=time.time(),
            status=status,
            message=words,
            result=dict(result or {}),
        )
        with self._lock:
            if self._put is None:
                self._kept.append(event)
            else:
                self._put(event)

    def connect(self, put: Callable[[Event], None]) -> None:
        """Give ``put``, which must not wait, all messages: those so far and those to come."""
        with self._lock:
            for event in self._kept:
                put(event)
            self._kept.clear()
            self._put = put

    def disconnect(self) -> None:
        """Keep messages again."""
        with self._lock:
            self._put = None

    def take(self) -> list[Event]:
        """Return the messages that are kept, and keep them no longer."""
        with self._lock:
            found, self._kept = self._kept, []
        return found
