"""A small application with the access log and the metrics, and requests to it without a server."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.responses import StreamingResponse
from starlette.types import ASGIApp

from worldtree.api.access_log import AccessLog
from worldtree.api.metrics import ServiceMetrics, metrics_router
from worldtree.auth.principal import Principal
from worldtree.core import json_logs
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.certificates import CertificateExpiry
from worldtree.store.drift_reports import ClusterDrift
from worldtree.store.event_counts import DURATION_BUCKETS
from worldtree.store.figures import ACTIVE_STATUSES, END_STATUSES, Durations, FleetFigures

BOUNDS = (*map(str, DURATION_BUCKETS), "+Inf")
FIGURES = FleetFigures(
    task_ends={**dict.fromkeys(END_STATUSES, 0), TaskStatus.FAILED: 2, TaskStatus.SUCCEEDED: 7},
    active_tasks={
        **dict.fromkeys(ACTIVE_STATUSES, 1),
        TaskStatus.RUNNING: 3,
        TaskStatus.QUEUED: 4,
    },
    task_durations={
        TaskCommand.APPLY: Durations({bound: n for n, bound in enumerate(BOUNDS, 1)}, 321.5)
    },
    step_executions={**dict.fromkeys(HostStatus, 0), HostStatus.CHANGED: 11},
    events=123_456,
    fencing_refusals=1,
    worker_fences=5,
    queue_waiting=4,
    queue_taken=3,
    queue_oldest=12.5,
    leases_held=3,
    lease_age=2.25,
    workers_alive=2,
    drift=(ClusterDrift("default", "shop", 3, 1),),
    certificates=(CertificateExpiry("default", "shop", "authority", 4e9),),
)


def make_app(metrics: ServiceMetrics) -> FastAPI:
    """Return an application whose routers are nested, as those of the API are."""
    things = APIRouter(prefix="/{team}/things")

    @things.get("/{thing}")
    def read(thing: str, request: Request) -> str:
        request.state.principal = Principal("ann")
        json_logs.get_log("inside").info("reads", thing=thing)
        return request.state.request_id

    @things.post("/{thing}")
    def write(thing: str) -> Response:
        return Response(thing * 1000, 202, headers={"X-Request-ID": "of-the-route"})

    @things.get("/{thing}/stream")
    async def stream(thing: str) -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield thing.encode()
                await asyncio.sleep(0)

        return StreamingResponse(parts(), media_type="text/event-stream")

    @things.get("/{thing}/refused")
    def refused(thing: str) -> None:
        raise HTTPException(409, thing)

    @things.get("/{thing}/broken")
    def broken(thing: str) -> None:
        raise ValueError(f"unexpected\n{thing}")

    @things.websocket("/{thing}/socket")
    async def socket(websocket: WebSocket, thing: str) -> None:
        if thing == "no":
            await websocket.close()
            return
        await websocket.accept()
        await websocket.send_text(thing)
        await websocket.send_bytes(b"12")
        await websocket.close()

    api = APIRouter(prefix="/api/v1")
    api.include_router(things)
    app = FastAPI()
    app.include_router(api)
    app.include_router(metrics_router(metrics))
    app.add_middleware(AccessLog, observer=metrics)
    return app


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Send all logs to a stream inside the block."""
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    json_logs.configure_logs(stream=stream)
    try:
        yield stream
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return what was logged."""
    return [json.loads(line) for line in stream.getvalue().split("\n") if line]


def call(
    app: ASGIApp,
    path: str,
    method: str = "GET",
    *,
    headers: dict[str, str] | None = None,
    kind: str = "http",
    leaves: bool = False,
) -> list[dict[str, Any]]:
    """Send a request as a server does; return the messages of the response.

    A client that ``leaves`` closes its connection instead of sending the body.
    """
    sent: list[dict[str, Any]] = []
    inputs = [{"type": "http.request", "body": b"", "more_body": False}]
    if kind == "websocket":
        inputs = [{"type": "websocket.connect"}]
    if leaves:
        inputs = [{"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        if inputs:
            return inputs.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    given = {"host": "service", **(headers or {})}
    scope = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http" if kind == "http" else "ws",
        "path": path.partition("?")[0],
        "raw_path": path.partition("?")[0].encode(),
        "query_string": path.partition("?")[2].encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": ("192.0.2.7", 50123),
        "server": ("127.0.0.1", 80),
        "subprotocols": [],
    }
    if kind == "websocket":
        del scope["method"]
    asyncio.run(app(scope, receive, send))
    return sent
