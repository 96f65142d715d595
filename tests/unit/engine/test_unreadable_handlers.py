"""Handlers stay notified where it cannot be read that their play ended well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from worldtree.engine.executors.notified_handlers import NotifiedHandlersExecutor
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunRequest

HIDDEN = "(hidden: the secrets broker of this task has ended)"


class Receiver:
    """An executor that only remembers what its runs get."""

    def __init__(self) -> None:
        self.requests: list[RunRequest] = []

    def start(self, request: RunRequest, *_: Any) -> Any:
        self.requests.append(request)


def left(*results: tuple[EventKind, dict[str, Any]]) -> Any:
    """Return what the next try gets after events with these results."""
    receiver = Receiver()
    events = [
        Event(kind=kind, time=1, attempt="x", node="work", host="h1", result=result)
        for kind, result in results
    ]
    executor = NotifiedHandlersExecutor(receiver, events)
    request = RunRequest("y", ("work",), ("h1",), Path(), Path())
    executor.start(request, lambda _event: None, lambda _outcome: None)
    return receiver.requests[0].notified


@pytest.mark.parametrize("end", [HIDDEN, "***", 7, None])
def test_handlers_stay_after_an_unreadable_end(end: object) -> None:
    notified = (EventKind.HANDLERS_NOTIFIED, {"handlers": ["restart"]})
    assert left(notified, (EventKind.PLAY_ENDED, {"hosts": {"h1": end}})) == {
        "work": {"h1": ["restart"]}
    }
    assert left(notified, (EventKind.PLAY_ENDED, {"hosts": {"h1": "end"}})) == {}


def test_an_event_without_handlers_is_no_error() -> None:
    assert left((EventKind.HANDLERS_NOTIFIED, {"***": ["restart"]})) == {}
