"""The events of a task as they come: each once, in order, over as many connections as it takes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from worldtree.core.errors import WorldTreeError
from worldtree.remote.client import ApiClient, StreamLostError, quoted
from worldtree.remote.problems import ServerError
from worldtree.remote.results import read_event, unreadable_answer
from worldtree.results.events import Event
from worldtree.results.status import TaskStatus

#: Seconds without data after which a connection is given up: a ping comes every 15 seconds.
_SILENCE = 50.0
#: Seconds without a connection after which following a task is given up.
_LOST_AFTER = 300.0
#: Seconds before a new connection, from the first to the last.
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class StatusFrame:
    """The status of the task is another one."""

    status: TaskStatus
    message: str | None


@dataclass(frozen=True, slots=True)
class EndFrame:
    """The task is over, and everything was sent."""

    status: TaskStatus


#: What a reader of a task gets.
TaskFrame = Event | StatusFrame | EndFrame


class EventStream:
    """Follows one task; ``after`` is the number of the last event that is known.

    ``tell`` gets a line when the connection is lost and when it is made again.
    """

    def __init__(
        self,
        client: ApiClient,
        task: str,
        *,
        after: int = 0,
        tell: Callable[[str], None] = lambda _words: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._task, self._after = client, task, after
        self._tell, self._pause = tell, pause
        self._path = f"/tasks/{quoted(task)}/events/stream"

    def frames(self) -> Iterator[TaskFrame]:
        """Yield what comes, up to and with the end of the task.

        Raises ``WorldTreeError``: what the service refuses, and `stream-lost` when it could not be
        reached for some minutes. The task goes on in any case.
        """
        failures, lost_since = 0, 0.0
        while True:
            try:
                with self._client.stream(self._path, self._after, _SILENCE) as lines:
                    if failures > 1:
                        self._tell("connected to the service again")
                    failures = 0
                    for frame in self._read(lines):
                        yield frame
                        if isinstance(frame, EndFrame):
                            return
                # It ended early, as it does when the service restarts.
                reason = "the service ended the stream"
            except StreamLostError as lost:
                reason = str(lost)
            except ServerError as refused:
                # A busy service, or its database, is expected back.
                if refused.status < 500 and refused.code != "streams-exhausted":
                    raise
                reason = refused.message
            now = time.monotonic()
            failures += 1
            lost_since = now if failures == 1 else lost_since
            if now - lost_since > _LOST_AFTER:
                raise self._lost(reason)
            if failures == 2:
                self._tell(f"the connection to the service is lost ({reason}); trying again")
            self._pause(_PAUSES[min(failures, len(_PAUSES)) - 1])

    def _read(self, lines: Iterable[str]) -> Iterator[TaskFrame]:
        """Yield the frames of one connection."""
        for kind, number, text in read_frames(lines):
            data = _json(text)
            if kind == "event":
                event = self._whole(data)
                if event.seq <= self._after:
                    continue
                if number is not None and event.seq != number:
                    raise unreadable_answer("an event")
                self._after = event.seq
                yield event
            elif kind == "status":
                yield StatusFrame(_status(data), data.get("message"))
            elif kind == "end":
                yield EndFrame(_status(data))
            elif kind == "reconnect":
                return

    def _whole(self, data: dict[str, Any]) -> Event:
        """Return an event; one that is too large for a stream is read by itself."""
        if not data.get("omitted_bytes"):
            return read_event(data)
        path = f"/tasks/{quoted(self._task)}/events"
        try:
            page = self._client.get(path, after=int(data["seq"]) - 1, limit=1, outputs=True)
            return read_event(page["items"][0])
        except (KeyError, IndexError, TypeError, ValueError):
            raise unreadable_answer("an event") from None

    def _lost(self, reason: str) -> WorldTreeError:
        return WorldTreeError(
            f"task {self._task} can no longer be followed: {reason}",
            code="stream-lost",
            hint=f"the task goes on; see its result with `wt tasks show {self._task}`",
        )


def read_frames(lines: Iterable[str]) -> Iterator[tuple[str, int | None, str]]:
    """Yield kind, number and data of each whole frame of Server-Sent Events."""
    kind, number = "message", None
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                yield kind, number, "\n".join(data)
            kind, number, data = "message", None, []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            kind = value
        elif name == "id":
            number = int(value) if value.isdecimal() else None
        elif name == "data":
            data.append(value)


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise unreadable_answer("a stream") from None
    if not isinstance(found, dict):
        raise unreadable_answer("a stream")
    return found


def _status(data: dict[str, Any]) -> TaskStatus:
    try:
        return TaskStatus(data["status"])
    except (KeyError, ValueError):
        raise unreadable_answer("a stream") from None
