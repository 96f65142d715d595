"""The access log: one entry per request, with the template of its route."""

from __future__ import annotations

import asyncio
import io
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Send

from unit.api.observed_app import FIGURES, call, entries, logged, make_app
from worldtree.api.access_log import AccessLog
from worldtree.api.metrics import ServiceMetrics

THING = "/api/v1/red/things/seven"
ROUTE = "/api/v1/{team}/things/{thing}"


@pytest.fixture
def app() -> FastAPI:
    """An application of its own."""
    return make_app(ServiceMetrics(lambda: FIGURES))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged."""
    with logged() as stream:
        yield stream


def test_request_is_one_entry(app: FastAPI, log: io.StringIO) -> None:
    """With the template of its route, all prefixes included; never with the query."""
    call(app, f"{THING}?token=hidden")
    inside, found = entries(log)
    assert inside["request_id"] == found["request_id"]
    assert (inside["event"], inside["thing"]) == ("reads", "seven")
    expected = {
        "event": "request",
        "level": "info",
        "logger": "worldtree.access",
        "method": "GET",
        "route": ROUTE,
        "path": THING,
        "status": 200,
        "bytes": 34,
        "principal": "ann",
        "client": "192.0.2.7",
    }
    assert {name: found[name] for name in expected} == expected
    assert 0 <= found["duration"] < 60
    assert re.fullmatch("[0-9a-f]{32}", found["request_id"])
    assert "hidden" not in log.getvalue()


def test_id_of_the_client_is_kept_and_answered(app: FastAPI, log: io.StringIO) -> None:
    start, body = call(app, THING, headers={"X-Request-ID": "from-a.proxy_1"})[:2]
    assert dict(start["headers"])[b"x-request-id"] == b"from-a.proxy_1"
    assert body["body"] == b'"from-a.proxy_1"'
    assert entries(log)[-1]["request_id"] == "from-a.proxy_1"


@pytest.mark.parametrize("bad", ["", "a b", "x" * 65, 'a"b', "a\tb", "${jndi}", "ä"])
def test_unusable_id_is_replaced(app: FastAPI, log: io.StringIO, bad: str) -> None:
    [start, *_] = call(app, THING, headers={"X-Request-ID": bad})
    answered = dict(start["headers"])[b"x-request-id"].decode()
    assert re.fullmatch("[0-9a-f]{32}", answered)
    assert entries(log)[-1]["request_id"] == answered


def test_id_that_the_route_answers_stays(app: FastAPI, log: io.StringIO) -> None:
    [start, *_] = call(app, THING, "POST")
    assert [value for name, value in start["headers"] if name == b"x-request-id"] == [
        b"of-the-route"
    ]
    [found] = entries(log)
    assert (found["method"], found["status"], found["bytes"]) == ("POST", 202, 5000)
    assert found["principal"] is None


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (f"00-{'ab' * 16}-{'cd' * 8}-01", "ab" * 16),
        (f"00-{'0' * 32}-{'cd' * 8}-01", None),
        (f"ff-{'ab' * 16}-{'cd' * 8}-01", None),
        ("nonsense", None),
    ],
)
def test_trace_of_the_caller_is_kept(
    app: FastAPI, log: io.StringIO, header: str, trace: str | None
) -> None:
    call(app, THING, headers={"traceparent": header})
    assert [found.get("trace_id") for found in entries(log)] == [trace, trace]


@pytest.mark.parametrize(
    ("path", "method", "status", "route"),
    [
        ("/nowhere/at/all", "GET", 404, "other"),
        (f"{THING}/refused", "GET", 409, f"{ROUTE}/refused"),
        (THING, "DELETE", 405, ROUTE),
    ],
)
def test_refused_request_is_logged(
    app: FastAPI, log: io.StringIO, path: str, method: str, status: int, route: str
) -> None:
    call(app, path, method)
    found = entries(log)[-1]
    assert (found["status"], found["route"], found["level"]) == (status, route, "info")


def test_unexpected_error_is_logged_with_its_frames(app: FastAPI, log: io.StringIO) -> None:
    """But without what the message quotes."""
    with pytest.raises(ValueError, match="unexpected"):
        call(app, f"{THING}/broken")
    [found] = entries(log)
    assert (found["status"], found["level"]) == (500, "error")
    assert found["error"] == "ValueError: unexpected"
    assert "in broken" in found["traceback"]
    assert found["route"] == f"{ROUTE}/broken"


def test_stream_is_logged_at_its_beginning_and_end(app: FastAPI, log: io.StringIO) -> None:
    call(app, f"{THING}/stream")
    started, ended = entries(log)
    assert [started["event"], ended["event"]] == ["stream started", "stream ended"]
    assert "duration" not in started
    assert (ended["bytes"], ended["status"]) == (15, 200)
    assert {started["route"], ended["route"]} == {f"{ROUTE}/stream"}
    assert started["request_id"] == ended["request_id"]


def test_websocket_is_a_stream(app: FastAPI, log: io.StringIO) -> None:
    call(app, f"{THING}/socket", kind="websocket")
    started, ended = entries(log)
    assert (started["event"], started["method"]) == ("stream started", "WEBSOCKET")
    assert (ended["event"], ended["status"], ended["bytes"]) == ("stream ended", 101, 7)
    assert ended["route"] == f"{ROUTE}/socket"


def test_refused_websocket_is_a_request(app: FastAPI, log: io.StringIO) -> None:
    call(app, "/api/v1/red/things/no/socket", kind="websocket")
    [found] = entries(log)
    assert (found["event"], found["status"]) == ("request", 403)


def test_handshake_that_is_refused_with_a_response_is_a_request(log: io.StringIO) -> None:
    async def refuses(_scope: object, _receive: object, send: Send) -> None:
        await send({"type": "websocket.http.response.start", "status": 401})
        await send({"type": "websocket.http.response.body", "body": b"no"})

    start, _ = call(AccessLog(refuses), "/x", kind="websocket")
    assert [name for name, _ in start["headers"]] == [b"x-request-id"]
    [found] = entries(log)
    assert (found["event"], found["status"], found["bytes"]) == ("request", 401, 2)


def test_client_that_left_is_no_error(log: io.StringIO) -> None:
    """Nothing was answered to it; neither is it to a request that a shutdown ends."""

    async def waits(_scope: object, receive: Receive, _send: object) -> None:
        await receive()

    async def ended(_scope: object, _receive: object, _send: object) -> None:
        raise asyncio.CancelledError

    call(AccessLog(waits), "/x", leaves=True)
    with suppress(asyncio.CancelledError):
        call(AccessLog(ended), "/x")
    assert [(found["status"], found["level"]) for found in entries(log)] == [(499, "info")] * 2


def test_lifespan_passes_through(app: FastAPI, log: io.StringIO) -> None:
    """What is no request is not logged."""

    async def run() -> None:
        async with app.router.lifespan_context(app):
            pass

    asyncio.run(run())
    assert log.getvalue() == ""


def test_on_a_real_server(app: FastAPI, log: io.StringIO) -> None:
    """uvicorn adds no entry of its own per request; what it says itself is in the same form."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, log_level="info", access_log=False)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx2.Client(base_url=address, trust_env=False) as client:
            assert client.get(THING).status_code == 200
            assert client.get(f"{THING}/stream").text == "seven" * 3
            assert client.get("/metrics").status_code == 200
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
    found = entries(log)
    ours = [entry["event"] for entry in found if entry["logger"] == "worldtree.access"]
    assert ours == ["request", "stream started", "stream ended", "request"]
    assert {entry["logger"] for entry in found} >= {"uvicorn.error", "worldtree.access"}
    access = [entry for entry in found if entry["logger"] == "worldtree.access"]
    assert {entry["client"] for entry in access} == {"127.0.0.1"}
