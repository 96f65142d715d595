"""Which failures of a task's log were rescued, over SSE."""

from __future__ import annotations

from unit.api.streams.clients import SseClient
from unit.api.streams.conftest import Service
from unit.store.task_writer import TaskWriter
from worldtree.results.events import Event, EventKind
from worldtree.store.store import Store


def test_the_log_says_which_failures_were_rescued(store: Store, service: Service) -> None:
    """Only the end of the play shows it; hosts that did not come to the end are left out."""
    writer = TaskWriter(store)
    place = {"node": "p/m/t/a", "attempt": "t.1"}
    failed = Event(kind=EventKind.HOST_TASK_FINISHED, time=1.0, host="h1", status="failed", **place)
    hosts = {"h2": "failed", "h3": "end", "h1": "end"}
    ended = Event(kind=EventKind.PLAY_ENDED, time=2.0, result={"hosts": hosts}, **place)
    lost = Event(kind=EventKind.PLAY_ENDED, time=2.0, result={"hosts": {"h2": "out"}}, **place)
    writer.write([failed, ended, lost])
    writer.end()
    with SseClient(service.address, f"/tasks/{writer.task}/logstream") as client:
        found = [frame for frame in client.frames() if frame.id is not None]
    assert [(frame.event, frame.id) for frame in found] == [("line", 2), ("rescued", 3)]
    assert found[1].data == {"number": 3, **place, "hosts": ["h1", "h3"]}
