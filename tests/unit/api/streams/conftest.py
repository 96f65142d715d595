"""A service with the streams alone, on a socket of this machine."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.requests import HTTPConnection
from starlette.responses import Response

import homes
from worldtree.api.streams.routes import stream_router
from worldtree.api.streams.server import StreamingServer
from worldtree.api.streams.source import StreamSettings, StreamSource, plain_error_response
from worldtree.app.tasks.event_feed import EventFeed
from worldtree.app.tasks.log_reader import LogReader
from worldtree.auth.principal import MissingPermissionError
from worldtree.core.errors import WorldTreeError
from worldtree.store.store import Store

#: Quick ones, so that tests do not wait.
SETTINGS = StreamSettings(ping=0.2, recheck=0.3, retry=0.05, max_readers=200)


class Service:
    """A server of streams over a store. ``stop`` and ``start`` restart it at the same port."""

    def __init__(self, store: Store, settings: StreamSettings = SETTINGS) -> None:
        self.store, self.settings = store, settings
        #: Tokens whose requests are refused.
        self.refused: set[str] = set()
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.start()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        self.feed = EventFeed(lambda: self.store, poll_seconds=0.02)
        app = FastAPI()
        app.include_router(
            stream_router(self._open_source, self.feed, self.settings), prefix="/api/v1"
        )
        app.add_exception_handler(WorldTreeError, _on_error)
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Inherited by connections: a reader that takes nothing is noticed after few bytes.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(200)
        config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=5)
        self._server = StreamingServer(config, self.feed)
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._server.serve(sockets=[listening]))
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop as a signal does."""
        self._server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive(), "the server did not stop"
        self.feed.close()

    def _open_source(self, connection: HTTPConnection) -> StreamSource:
        if connection.headers.get("authorization", "") in self.refused:
            raise MissingPermissionError("task:get")
        return LogReader(lambda: self.store)


def _on_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, WorldTreeError)
    return plain_error_response(error, {})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store on a file."""
    with homes.open_store(tmp_path / "home") as found:
        yield found


@pytest.fixture
def start_service(store: Store) -> Iterator[Callable[..., Service]]:
    """Starts services that end with the test."""
    started: list[Service] = []

    def start(settings: StreamSettings = SETTINGS) -> Service:
        started.append(Service(store, settings))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def service(start_service: Callable[..., Service]) -> Service:
    """A running service."""
    return start_service()
