"""Streams: each event once, over as many connections as it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from unit.remote.scripted_server import Answer, Asked, ScriptedServer, scripted
from unit.remote.test_client import problem
from worldtree.core.errors import WorldTreeError
from worldtree.remote.client import ApiClient, Connection
from worldtree.remote.event_stream import EndFrame, EventStream, StatusFrame, read_frames
from worldtree.remote.server_url import read_server_url
from worldtree.results.events import Event
from worldtree.results.status import TaskStatus

END = 'event: end\ndata: {"last": 4, "status": "succeeded"}\n\n'
MORE = 'event: reconnect\ndata: {"last": 1, "retry_ms": 1}\n\n'


def event(number: int, **more: Any) -> str:
    """The frame of an event."""
    data = {"seq": number, "kind": "node-started", "time": 1.5, "node": "a", **more}
    return f"id: {number}\nevent: event\ndata: {json.dumps(data)}\n\n"


def stream(*frames: str, cut: bool = False) -> Answer:
    """An answer with frames, which may end in the middle."""
    return Answer(body="".join(frames).encode(), media_type="text/event-stream", is_cut=cut)


@contextmanager
def following(
    *answers: Answer, after: int = 0
) -> Iterator[tuple[EventStream, ScriptedServer, list[str]]]:
    """A stream that gets these answers, one for each connection; and what it tells."""
    left, told = list(answers), []

    def answer(asked: Asked) -> Answer:
        if "/events?" in asked.path:
            item = {"seq": 2, "kind": "run-message", "time": 1.0, "message": "long", "place": None}
            return Answer(body=json.dumps({"items": [item], "next": None}).encode())
        return left.pop(0) if len(left) > 1 else left[0]

    with (
        scripted(answer) as server,
        closing(ApiClient(Connection(read_server_url(server.url), "wtp_x"))) as client,
    ):
        told: list[str] = []
        made = EventStream(client, "t1", after=after, tell=told.append, pause=lambda _seconds: None)
        yield made, server, told


def numbers(found: list[Any]) -> list[int]:
    return [one.seq for one in found if isinstance(one, Event)]


def test_a_stream_ends_with_the_task() -> None:
    status = 'event: status\ndata: {"status": "queued", "message": null}\n\n'
    with following(stream(status, event(1), ": ping\n\n", event(2), END)) as (made, server, told):
        found = list(made.frames())
    assert numbers(found) == [1, 2]
    assert (found[0], found[-1]) == (
        StatusFrame(TaskStatus.QUEUED, None),
        EndFrame(TaskStatus.SUCCEEDED),
    )
    assert "last-event-id" not in server.asked[0].headers
    assert told == []


def test_a_cut_connection_is_continued_without_a_gap_and_without_a_repetition() -> None:
    """It was cut in a frame, the service restarted, a proxy answered, a frame came twice."""
    with following(
        stream(event(1), event(2)[:30], cut=True),
        stream(event(2), MORE),
        Answer(502, b"bad gateway", "text/html"),
        problem(503, "service-stopping"),
        stream(event(2), event(3), cut=True),
        stream(event(4), END),
    ) as (made, server, told):
        assert numbers(list(made.frames())) == [1, 2, 3, 4]
    asked = [one.headers.get("last-event-id") for one in server.asked]
    assert asked == [None, "1", "2", "2", "2", "3"]
    assert [one.partition(" (")[0] for one in told] == [
        "the connection to the service is lost",
        "connected to the service again",
    ]


def test_an_event_that_is_too_large_for_a_stream_is_read_by_itself() -> None:
    with following(stream(event(1), event(2, omitted_bytes=70_000), END)) as (made, server, _):
        found = list(made.frames())
    assert numbers(found) == [1, 2]
    assert [one.message for one in found if isinstance(one, Event)] == [None, "long"]
    assert "after=1&limit=1&outputs=true" in server.asked[1].path


def test_what_is_refused_ends_the_stream() -> None:
    with (
        following(stream(event(1), MORE), problem(401, "token-invalid")) as (made, _, _told),
        pytest.raises(WorldTreeError) as found,
    ):
        list(made.frames())
    assert found.value.code == "token-invalid"


def test_a_service_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldtree.remote.event_stream._LOST_AFTER", 0.0)
    with (
        following(Answer(502, b"", "text/html"), after=7) as (made, server, _),
        pytest.raises(WorldTreeError, match="can no longer be followed") as found,
    ):
        list(made.frames())
    assert found.value.code == "stream-lost"
    assert "wt tasks show t1" in found.value.hint
    assert server.asked[0].headers["last-event-id"] == "7"


@pytest.mark.parametrize(
    "frame",
    [
        "id: 1\nevent: event\ndata: {\n\n",
        "id: 1\nevent: event\ndata: []\n\n",
        'id: 1\nevent: event\ndata: {"seq": 1, "kind": "dance", "time": 1}\n\n',
        'event: end\ndata: {"last": 1, "status": "dancing"}\n\n',
        'event: status\ndata: {"message": null}\n\n',
        event(1).replace("id: 1", "id: 2"),
    ],
)
def test_what_a_stream_cannot_have_is_reported(frame: str) -> None:
    with following(stream(frame)) as (made, _, _told), pytest.raises(WorldTreeError) as found:
        list(made.frames())
    assert found.value.code == "server-answer-unreadable"


def test_frames_are_read_as_the_specification_says() -> None:
    lines = [
        "data:a",
        "data: b",
        ": x",
        "retry: 3",
        "",
        "id: no",
        "event: e",
        "data",
        "",
        "data: cut",
    ]
    assert list(read_frames(lines)) == [("message", None, "a\nb"), ("e", None, "")]
