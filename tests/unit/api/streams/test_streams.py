"""Streams of tasks over SSE and WebSocket, from a real server."""

from __future__ import annotations

import json
import math
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from websockets.exceptions import InvalidStatus

from unit.api.streams.clients import Frame, SseClient, websocket_frames
from unit.api.streams.conftest import SETTINGS, Service
from unit.store.task_writer import TaskWriter, line
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.store.store import Store

_EVENTS, _LOG = "events/stream", "logstream"


def _ended_task(store: Store) -> str:
    writer = TaskWriter(store)  # 1
    writer.write([Event(kind=EventKind.NODE_STARTED, time=1.0, node="p/m/t/a")])  # 2
    writer.lines(3, 3)  # 3, 4, 5
    writer.end()  # 6
    return writer.task


def _numbers(frames: list[Frame]) -> list[int]:
    return [frame.id for frame in frames if frame.id is not None]


def _until_reconnect(service: Service, task: str, last: int) -> tuple[list[int], str]:
    """Return the numbers of one connection after ``last``, and the event that ended it."""
    with SseClient(service.address, f"/tasks/{task}/{_EVENTS}", Last_Event_ID=str(last)) as client:
        numbers: list[int] = []
        for frame in client.frames():
            if frame.id is not None:
                numbers.append(frame.id)
            elif frame.event in ("end", "reconnect"):
                assert frame.data["last"] == (numbers[-1] if numbers else last)
                return numbers, frame.event
    return numbers, "cut"


def test_stream_of_events_has_all_of_them(store: Store, service: Service) -> None:
    """All events as they are stored, with their numbers, then the end; then the connection ends."""
    task = _ended_task(store)
    with SseClient(service.address, f"/tasks/{task}/{_EVENTS}") as client:
        found = list(client.frames())
    assert client.status == 200
    assert client.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert client.headers["cache-control"] == "no-store"
    assert client.headers["x-accel-buffering"] == "no"
    assert client.retry_ms is not None
    assert found[0] == Frame("status", {"status": "succeeded", "message": None})
    assert found[-1] == Frame("end", {"last": 6, "status": "succeeded"})
    assert _numbers(found) == [1, 2, 3, 4, 5, 6]
    assert {frame.event for frame in found[1:-1]} == {"event"}
    stored = [event.model_dump(mode="json", exclude_defaults=True) for event in store.events(task)]
    assert [{**frame.data} for frame in found[1:-1]] == [
        {"version": 5, **event} for event in stored
    ]


@pytest.mark.parametrize("path", [_LOG, "logs/stream"])
def test_stream_of_the_log_has_lines(store: Store, service: Service, path: str) -> None:
    """The log has ends of Ansible tasks, with their level."""
    task = _ended_task(store)
    with SseClient(service.address, f"/tasks/{task}/{path}") as client:
        found = [frame for frame in client.frames() if frame.event == "line"]
    assert _numbers(found) == [3, 4, 5]
    assert found[0].data["number"] == 3
    assert found[0].data["level"] == "ok"
    assert found[0].data["message"] == "line 3"
    assert found[0].data["host"] == "h1"


def test_stream_begins_where_it_is_told(store: Store, service: Service) -> None:
    """``after``, ``Last-Event-ID`` and ``tail`` choose the first event; the header counts more."""
    task = _ended_task(store)

    def numbers(query: str, stream: str = _EVENTS, **headers: str) -> list[int]:
        with SseClient(service.address, f"/tasks/{task}/{stream}{query}", **headers) as client:
            return _numbers(list(client.frames()))

    assert numbers("?after=4") == [5, 6]
    assert numbers("?after=6") == []
    assert numbers("?after=2147483647") == []
    assert numbers("", Last_Event_ID="4") == [5, 6]
    assert numbers("?after=1", Last_Event_ID="4") == [5, 6]
    assert numbers("?after=5", Last_Event_ID="4") == [6]
    assert numbers("?tail=2") == [5, 6]
    assert numbers("?tail=2", Last_Event_ID="3") == [4, 5, 6]
    assert numbers("?tail=2", _LOG) == [4, 5]
    assert numbers("?tail=0", _LOG) == []
    assert numbers("?tail=100", _LOG) == [3, 4, 5]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/tasks/unknown/{}", 404, "task-unknown"),
        ("/tasks/a%00b/{}", 422, None),
        ("/tasks/{task}/{}?after=-1", 422, None),
        ("/tasks/{task}/{}?after=x", 422, None),
        ("/tasks/{task}/{}?after=99999999999999999999", 422, None),
        ("/tasks/{task}/{}?tail=-1", 422, None),
    ],
)
def test_wrong_requests_are_refused(
    store: Store, service: Service, path: str, status: int, code: str | None
) -> None:
    """A wrong request gets an error, no stream."""
    task = _ended_task(store)
    for stream in (_EVENTS, _LOG):
        found = path.replace("{task}", task).replace("{}", stream)
        with SseClient(service.address, found) as client:
            assert client.status == status
            assert client.body().get("code") == code


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "99999999999", "²", "9" * 5000])
def test_wrong_last_event_id_is_refused(store: Store, service: Service, value: str) -> None:
    """A header that no stream ever sent gets an error that names it."""
    task = _ended_task(store)
    path = f"/tasks/{task}/{_EVENTS}"
    with SseClient(service.address, path, Last_Event_ID=value) as client:
        assert client.status == 422
        assert client.body()["code"] == "stream-position-invalid"


def test_stream_survives_restarts_of_the_server(store: Store, service: Service) -> None:
    """What a reader got over all its connections is each event once, in order.

    The server restarts and connections are cut while the task writes all the time.
    """
    writer = TaskWriter(store)
    stop = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not stop.wait(0.002):
            writer.lines(written, 7)
            written += 7
        writer.end()

    def read(seed: int) -> list[int]:
        chance = random.Random(seed)
        found: list[int] = []
        while True:
            last = found[-1] if found else 0
            try:
                with SseClient(
                    service.address, f"/tasks/{writer.task}/{_EVENTS}", Last_Event_ID=str(last)
                ) as client:
                    for frame in client.frames():
                        if frame.id is not None:
                            found.append(frame.id)
                        elif frame.event == "end":
                            return found
                        elif frame.event == "reconnect" or chance.random() < 0.2:
                            break
            except OSError:  # Cut, or not listening now.
                time.sleep(0.01)

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read, seed) for seed in range(6)]
        writing = pool.submit(write)
        for _ in range(3):
            before = written
            while written < before + 200:
                time.sleep(0.01)
            service.stop()
            service.start()
        stop.set()
        writing.result()
        for reader in readers:
            assert reader.result() == list(range(1, written + 3))


def test_stuck_reader_slows_nobody(store: Store, service: Service) -> None:
    """Beside a reader that takes nothing, 50 others get everything, and the task goes on."""
    writer = TaskWriter(store)
    path = f"/tasks/{writer.task}/{_EVENTS}"
    with SseClient(service.address, path, buffer=4096) as stuck:
        with ThreadPoolExecutor(50) as pool:
            readers = [pool.submit(_until_reconnect, service, writer.task, 0) for _ in range(50)]
            for n in range(20):
                writer.lines(n * 10, 10, stdout="x" * 3000)
            writer.end()
            expected = list(range(1, 20 * 10 + 3))
            for reader in readers:
                assert reader.result() == (expected, "end")
        while service.feed.readers > 1:
            time.sleep(0.01)
        assert service.feed.readers == 1
        # It, too, gets everything once it reads.
        assert _numbers(list(stuck.frames())) == expected


def test_reader_that_takes_nothing_is_disconnected(
    store: Store, start_service: Callable[..., Service]
) -> None:
    """After the time for it, a reader that takes nothing is closed, and its resources are free."""
    service = start_service(replace(SETTINGS, write_timeout=0.1))
    writer = TaskWriter(store)
    with SseClient(service.address, f"/tasks/{writer.task}/{_EVENTS}", buffer=4096):
        while not service.feed.readers:
            time.sleep(0.01)
        for n in range(20):
            writer.lines(n * 20, 20, stdout="x" * 30_000)
        while service.feed.readers:
            time.sleep(0.01)
    writer.end()


def test_reader_that_left_is_forgotten(store: Store, service: Service) -> None:
    """A closed connection is noticed without an event, and the task is not polled any more."""
    writer = TaskWriter(store)
    client = SseClient(service.address, f"/tasks/{writer.task}/{_EVENTS}")
    while not service.feed.readers:
        time.sleep(0.01)
    client.close()
    while service.feed.readers or service.feed.followed_tasks:
        time.sleep(0.01)
    writer.end()


def test_idle_stream_is_pinged(store: Store, service: Service) -> None:
    """A stream without events has comments, up to the end of the task."""
    writer = TaskWriter(store)
    with SseClient(service.address, f"/tasks/{writer.task}/{_LOG}") as client:
        lines = client.lines()
        assert ": ping" in iter(lines.__next__, "data: never")
        assert next(line for line in lines if line) == ": ping"
        writer.end()
        assert "event: end" in list(lines)


def test_shutdown_ends_streams_at_once(store: Store, service: Service) -> None:
    """When the server stops, each reader is asked to connect again, and told when."""
    writer = TaskWriter(store)
    path = f"/tasks/{writer.task}/{_EVENTS}"
    with SseClient(service.address, path) as client, ThreadPoolExecutor(2) as pool:
        frames = client.frames()
        while next(frames).id != 1:
            pass
        over_websocket = pool.submit(lambda: list(websocket_frames(service.address, f"{path}/ws")))
        while service.feed.readers < 2:
            time.sleep(0.01)
        service.stop()
        (last,) = [frame for frame in frames if frame.event != "status"]
        assert last.event == "reconnect"
        assert last.data["last"] == 1
        assert 50 <= last.data["retry_ms"] <= 100
        reconnect, closed = over_websocket.result()[-2:]
        assert (reconnect.event, reconnect.data["last"]) == ("reconnect", 1)
        assert closed == Frame("closed", 1012)
    service.start()
    writer.end()


@pytest.mark.parametrize("stream", [_EVENTS, _LOG])
def test_websocket_has_the_same_frames(store: Store, service: Service, stream: str) -> None:
    """Over WebSocket the frames of a task that writes are those of SSE."""
    writer = TaskWriter(store)
    path = f"/tasks/{writer.task}/{stream}"

    def over_sse() -> list[Frame]:
        with SseClient(service.address, path) as client:
            return list(client.frames())

    with ThreadPoolExecutor(2) as pool:
        sse = pool.submit(over_sse)
        websocket = pool.submit(lambda: list(websocket_frames(service.address, f"{path}/ws")))
        for n in range(20):
            writer.lines(n * 5, 5, stdout="ä \x00\n" * 10, result={"number": math.nan})
        writer.write([line("bytes \udcff"), line("large", stdout="x" * 100_000)])
        writer.end()
        found = [frame for frame in sse.result() if frame.event != "status"]
        other = [frame for frame in websocket.result() if frame.event != "status"]
    assert other == [*found, Frame("closed", 1000)]
    assert len(found) == (104 if stream == _EVENTS else 102) + 1
    large = next(frame for frame in found if frame.id == 103).data
    assert large["omitted_bytes"] > 100_000


def test_websocket_begins_where_it_is_told(store: Store, service: Service) -> None:
    """``after`` and ``Last-Event-ID`` work as for SSE."""
    path = f"/tasks/{_ended_task(store)}/{_EVENTS}/ws"
    assert _numbers(list(websocket_frames(service.address, f"{path}?after=4"))) == [5, 6]
    found = list(websocket_frames(service.address, path, Last_Event_ID="5"))
    assert _numbers(found) == [6]


@pytest.mark.parametrize(
    ("query", "headers", "status", "code"),
    [
        ("", {"Authorization": "revoked"}, 403, "permission-missing"),
        ("", {"Origin": "https://elsewhere.example"}, 403, "origin-refused"),
        ("", {"Last_Event_ID": "x"}, 422, "stream-position-invalid"),
    ],
)
def test_websocket_is_denied_with_an_error(
    store: Store,
    service: Service,
    query: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    """What is refused gets the response that an HTTP request would get."""
    service.refused.add("revoked")
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    path = f"/tasks/{_ended_task(store)}/{_EVENTS}/ws{query}"
    with SseClient(service.address, path, **upgrade, **headers) as client:
        assert client.status == status
        assert client.body()["code"] == code


def test_websocket_with_wrong_parameters_is_denied(store: Store, service: Service) -> None:
    """A wrong parameter opens no connection."""
    path = f"/tasks/{_ended_task(store)}/{_EVENTS}/ws"
    for query in ("?after=x", "?after=-1", "?tail=99999999999999999999"):
        with pytest.raises(InvalidStatus, match="403"):
            list(websocket_frames(service.address, f"{path}{query}"))


def test_lost_rights_end_a_stream(store: Store, service: Service) -> None:
    """A stream ends when its token is revoked, and the next request is refused."""
    writer = TaskWriter(store)
    path = f"/tasks/{writer.task}/{_EVENTS}"
    with SseClient(service.address, path, Authorization="mine") as client:
        frames = client.frames()
        while next(frames).id != 1:
            pass
        service.refused.add("mine")
        assert [frame.event for frame in frames if frame.event != "status"] == ["reconnect"]
    with SseClient(service.address, path, Authorization="mine") as client:
        assert client.status == 403
    writer.end()


def test_number_of_streams_is_limited(store: Store, start_service: Callable[..., Service]) -> None:
    """Above the limit a request is refused, until a reader leaves."""
    service = start_service(replace(SETTINGS, max_readers=1))
    writer = TaskWriter(store)
    path = f"/tasks/{writer.task}/{_EVENTS}"
    with SseClient(service.address, path):
        while not service.feed.readers:
            time.sleep(0.01)
        with SseClient(service.address, path) as second:
            assert (second.status, second.body()["code"]) == (503, "streams-exhausted")
    while service.feed.readers:
        time.sleep(0.01)
    writer.end(TaskStatus.FAILED)
    with SseClient(service.address, path) as third:
        assert list(third.frames())[-1].data == {"last": 2, "status": "failed"}


def test_numbers_that_json_lacks_become_null(store: Store, service: Service) -> None:
    """A stored NaN is no JSON for a browser."""
    writer = TaskWriter(store)
    writer.lines(1, result={"number": math.nan, "text": "NaN"})
    writer.end()
    with SseClient(service.address, f"/tasks/{writer.task}/{_EVENTS}") as client:
        texts = [text[6:] for text in client.lines() if text.startswith("data: ")]

    def refuse(name: str) -> None:
        raise AssertionError(name)

    found = [json.loads(text, parse_constant=refuse) for text in texts]
    assert found[2]["result"] == {"number": None, "text": "NaN"}
