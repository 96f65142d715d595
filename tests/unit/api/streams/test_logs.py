"""Pages of logs over HTTP."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from unit.api.streams.clients import SseClient
from unit.api.streams.conftest import Service
from unit.store.task_writer import TaskWriter, line
from worldtree.results.events import Event, EventKind
from worldtree.store.store import Store


def _get(service: Service, path: str, **headers: str) -> tuple[int, Any]:
    with SseClient(service.address, path, Connection="close", **headers) as client:
        return client.status, client.body()


@pytest.fixture
def task(store: Store) -> str:
    """A task with the lines 2 to 6."""
    writer = TaskWriter(store)  # 1
    writer.lines(2, 3)  # 2, 3, 4
    writer.write(
        [
            line("boom", status="failed", host="h2", stdout="x" * 100_000 + "needle"),  # 5
            line("odd", result={"number": math.nan, "text": "\udcff"}, node="p/m2/t/b"),  # 6
            Event(kind=EventKind.NODE_STARTED, time=1.0, node="p/m/t/a"),  # 7
        ]
    )
    return writer.task


@pytest.mark.parametrize(
    ("query", "numbers", "end", "has_more"),
    [
        ("", [2, 3, 4, 5, 6], 8, False),
        ("?from=3&limit=2", [3, 4], 5, True),
        ("?tail=true&limit=2", [5, 6], 8, True),
        ("?before=5&limit=2", [3, 4], 5, True),
        ("?level=failed&level=changed", [5], 8, False),
        ("?host=h2", [5], 8, False),
        ("?node=p/m2", [6], 8, False),
        ("?search=NEEDLE", [5], 8, False),
        ("?search=line&tail=true&limit=1", [4], 8, True),
    ],
)
def test_lines_are_listed(
    service: Service, task: str, query: str, numbers: list[int], end: int, has_more: bool
) -> None:
    """The parameters choose lines; the answer says where the page ends."""
    status, found = _get(service, f"/tasks/{task}/logs{query}")
    assert status == 200
    assert [item["number"] for item in found["items"]] == numbers
    assert (found["end"], found["has_more"]) == (end, has_more)


def test_page_and_stream_fit_together(service: Service, task: str) -> None:
    """A stream that begins after the end of a page continues it, with lines of the same form."""
    _, page = _get(service, f"/tasks/{task}/logs?limit=2")
    path = f"/tasks/{task}/logstream?after={page['end'] - 1}"
    with SseClient(service.address, path) as client:
        frames = client.frames()
        following = [next(one for one in frames if one.event == "line") for _ in range(3)]
    assert [one.id for one in following] == [4, 5, 6]
    _, rest = _get(service, f"/tasks/{task}/logs?from={page['end']}")
    assert rest["items"] == [one.data for one in following]
    assert rest["items"][1]["omitted_bytes"] > 100_000


def test_one_line_is_read_whole(service: Service, task: str) -> None:
    """A line of its own has all of its output, and the result of the action."""
    status, found = _get(service, f"/tasks/{task}/logs/5")
    assert status == 200
    assert found["stdout"].endswith("needle")
    assert found["level"] == "failed"
    assert "omitted_bytes" not in found
    status, found = _get(service, f"/tasks/{task}/logs/6")
    assert (status, found["result"]) == (200, {"number": None, "text": "\udcff"})


@pytest.mark.parametrize(
    "query",
    [
        "?from=0",
        "?from=x",
        "?limit=0",
        "?limit=1001",
        "?from=1&before=2",
        "?tail=true&before=2",
        "?level=loud",
        "?search=",
        "?search=%00",
        "?host=%00",
        "?form=1",
        "?before=99999999999999999999",
        "?search=" + "x" * 501,
    ],
)
def test_wrong_parameters_are_refused(service: Service, task: str, query: str) -> None:
    """A wrong or unknown parameter is an error."""
    assert _get(service, f"/tasks/{task}/logs{query}")[0] == 422


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/tasks/unknown/logs", 404, "task-unknown"),
        ("/tasks/unknown/logs/1", 404, "task-unknown"),
        ("/tasks/{task}/logs/1", 404, "log-line-unknown"),
        ("/tasks/{task}/logs/7", 404, "log-line-unknown"),
        ("/tasks/{task}/logs/1000", 404, "log-line-unknown"),
        ("/tasks/{task}/logs/0", 422, None),
        ("/tasks/{task}/logs/x", 422, None),
    ],
)
def test_what_does_not_exist_is_named(
    service: Service, task: str, path: str, status: int, code: str | None
) -> None:
    """Unknown tasks and numbers without a line are errors with a code."""
    found = _get(service, path.replace("{task}", task))
    assert (found[0], found[1].get("code")) == (status, code)


def test_rights_are_checked(service: Service, task: str) -> None:
    """Without the right to read a task there is no log of it."""
    service.refused.add("revoked")
    for path in ("logs", "logs/5"):
        status, found = _get(service, f"/tasks/{task}/{path}", Authorization="revoked")
        assert (status, found["code"]) == (403, "permission-missing"), json.dumps(found)
