"""The events of all tasks of a project, or of all projects: by pages and as a live stream."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from unit.api.service import Service, check_problem, serve
from unit.api.streams.clients import Frame, SseClient
from unit.store import task_writer
from worldtree.store.store import Store


def begin(store: Store) -> task_writer.TaskWriter:
    """Begin a task; several of one cluster can be at work here."""
    return task_writer.TaskWriter(store, locks=False)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with a task in each of two projects."""
    with serve(tmp_path_factory.mktemp("order") / "home") as found:
        begin(found.store).lines(2, 3)
        begin(found.store.of_project(found.other)).lines(2, 2)
        yield found


def _read(service: Service, query: str, token: str = "viewer", limit: int = 2) -> list[Any]:
    """Return all events of a caller, by pages."""
    found: list[Any] = []
    after: int | None = 0
    while after is not None:
        place = f"/events?after={after}&limit={limit}{query}"
        page = service.call("GET", place, token=token).json()
        found += page["items"]
        after = page["next"]
    return found


def _follow(service: Service, query: str = "", token: str = "viewer", **headers: str) -> SseClient:
    address = str(service.client.base_url).removeprefix("http://").rstrip("/")
    return SseClient(address, f"/events/stream{query}", Authorization=f"Bearer {token}", **headers)


def _take(frames: Iterator[Frame], count: int) -> list[Frame]:
    return list(islice(frames, count))


def test_a_page_has_the_events_of_one_project(service: Service) -> None:
    mine = _read(service, "")
    assert {one["project"] for one in mine} == {"default"}
    assert [one["event"]["seq"] for one in mine[:4]] == [1, 2, 3, 4]
    assert {*mine[0]} == {"number", "project", "cluster", "task_id", "event"}
    theirs = _read(service, "&project=other", "other")
    assert {one["project"] for one in theirs} == {"other"}
    numbers = [one["number"] for one in (*mine, *theirs)]
    assert len(set(numbers)) == len(numbers)


def test_everywhere_is_where_the_caller_may_read_tasks(service: Service) -> None:
    """Another project's events are in no page of who has no rights there."""
    every = _read(service, "&everywhere=true", "everywhere")
    assert {one["project"] for one in every} == {"default", "other"}
    assert [one["number"] for one in every] == sorted(one["number"] for one in every)
    assert _read(service, "&everywhere=true", "viewer") == _read(service, "")
    assert _read(service, "&project=other&everywhere=true", "other") == _read(
        service, "&project=other", "other"
    )


def test_the_last_page_says_where_to_go_on(service: Service) -> None:
    """Also where the newest events are those of others."""
    page = service.call("GET", "/events?limit=1000", token="viewer").json()
    assert page["next"] is None
    assert page["last"] >= max(one["number"] for one in page["items"])
    begin(service.store)
    more = service.call("GET", f"/events?after={page['last']}", token="viewer").json()
    assert [one["event"]["kind"] for one in more["items"]] == ["task-started"]


def test_a_stream_has_each_event_once_over_several_connections(service: Service) -> None:
    """What is written between two connections, and while one is open, is missing in none."""
    expected = [one["number"] for one in _read(service, "")]
    with _follow(service) as client:
        got = _take(client.frames(), 2)
        assert client.headers["content-type"].startswith("text/event-stream")
    writer = begin(service.store)
    begin(service.store.of_project(service.other))
    with _follow(service, Last_Event_ID=str(got[-1].id)) as client:
        frames = client.frames()
        got += _take(frames, len(expected) - 1)
        writer.lines(2, 2)
        got += _take(frames, 2)
    numbers = [frame.id for frame in got]
    assert numbers[: len(expected)] == expected
    assert numbers == [one["number"] for one in _read(service, "")]
    assert [frame.data["task_id"] for frame in got[-3:]] == [writer.task] * 3
    assert {frame.event for frame in got} == {"event"}
    assert all(frame.data["number"] == frame.id for frame in got)


def test_a_stream_can_begin_with_now(service: Service) -> None:
    with _follow(service, "?tail=0&everywhere=true", "everywhere") as client:
        writer = begin(service.store.of_project(service.other))
        [frame] = _take(client.frames(), 1)
    assert (frame.data["task_id"], frame.data["project"]) == (writer.task, "other")


@pytest.mark.parametrize(
    ("token", "status"), [("none", 404), ("other", 404), ("unknown", 401), ("scoped", 200)]
)
def test_a_stream_is_for_who_may_read_tasks(service: Service, token: str, status: int) -> None:
    with _follow(service, token=token) as client:
        assert client.status == status


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?after=-1", "request-invalid"),
        ("?after=x", "request-invalid"),
        (f"?after={2**53}", "request-invalid"),
        ("?limit=0", "request-invalid"),
        ("?limit=1001", "request-invalid"),
        ("?everywhere=perhaps", "request-invalid"),
    ],
)
def test_a_wrong_query_is_refused(service: Service, query: str, code: str) -> None:
    check_problem(service.call("GET", f"/events{query}"), 422, code)


@pytest.mark.parametrize("number", ["x", "-1", "1.5", str(2**53), "9" * 40, "١"])
def test_a_last_event_id_that_is_no_number_is_refused(service: Service, number: str) -> None:
    answer = service.client.get(
        "/api/v1/events/stream",
        headers=[(b"Authorization", b"Bearer viewer"), (b"Last-Event-ID", number.encode())],
    )
    check_problem(answer, 422, "stream-position-invalid")
