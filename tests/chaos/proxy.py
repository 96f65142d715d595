"""A small proxy between a worker and the database, which can be cut as a network is."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

_POLL_SECONDS = 0.1


class Proxy:
    """Passes connections from a port on to the socket of a server, until it is cut."""

    def __init__(self, server: Path) -> None:
        self._server = str(server / ".s.PGSQL.5432")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._passes = threading.Event()
        self._passes.set()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._listener.getsockname()[1])

    def cut(self) -> None:
        """Pass nothing on, and close nothing: neither side hears of it."""
        self._passes.clear()

    def heal(self) -> None:
        """Pass new connections on again; those of before are lost."""
        with self._lock:
            lost, self._open = self._open, []
        for one in lost:
            _close(one)
        self._passes.set()

    def close(self) -> None:
        """End all connections."""
        self._over.set()
        _close(self._listener)
        self.heal()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            with self._lock:
                self._open += [near, far]
            threading.Thread(target=self._connect, args=(near, far), daemon=True).start()

    def _connect(self, near: socket.socket, far: socket.socket) -> None:
        self._passes.wait()
        try:
            far.connect(self._server)
        except OSError:  # The server is away, or the connection was lost while this was cut.
            _close(near)
            return
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                while not self._passes.is_set():
                    if self._over.wait(_POLL_SECONDS) or source.fileno() < 0:
                        return
                target.sendall(data)
        _close(source)
        _close(target)


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
