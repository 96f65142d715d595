"""The databases that hold the state of a task; some can be killed too."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from crash.processes import kill
from unit.store import postgres
from worldtree.store.store import Store

#: Seconds to wait for a killed server to release its shared memory and recover.
_PATIENCE = 30.0


class SqliteFile:
    """SQLite, a file in WORLDTREE_HOME. It has no process of its own to kill."""

    name = "SQLite"
    #: Its processes that can be killed separately.
    parts: tuple[str, ...] = ()
    is_down = False

    def fresh(self) -> str:
        """Return the URL of an empty database."""
        return ""

    def kill(self, part: str, chance: random.Random) -> bool:
        """Kill one of its processes; False when none runs."""
        del part, chance
        return False

    def restart(self) -> None:
        """Start it again after a kill."""


class PostgresServer(SqliteFile):
    """A PostgreSQL server."""

    name = "PostgreSQL"
    parts = ("postmaster", "backend")

    def __init__(self, server: postgres.Server, directory: Path) -> None:
        """Create all tables once, in a template database; ``directory`` holds the other state."""
        self._server = server
        self._numbers = itertools.count()
        self._database = "crash"
        Store.open(directory, postgres.make_database(server.socket, self._database)).close()

    def fresh(self) -> str:
        """Create a database with empty tables; return its URL."""
        self._database = f"crash_{next(self._numbers)}"
        return postgres.make_database(self._server.socket, self._database, "crash")

    def kill(self, part: str, chance: random.Random) -> bool:
        """Kill the postmaster, or a backend that serves ``wt``."""
        if part == "postmaster":
            self.is_down = kill(self._server.pid)
            return self.is_down
        serving = [pid for pid, words in self._children() if f" {self._database} " in words]
        return bool(serving) and kill(chance.choice(serving))

    def restart(self) -> None:
        """Start the server again, or wait until it has recovered."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                if self.is_down:
                    self._server.start()
                self.is_down = False
                psycopg.connect(postgres.url(self._server.socket, "postgres")).close()
                return
            except (postgres.NoPostgresError, psycopg.OperationalError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def _children(self) -> Iterator[tuple[int, str]]:
        """Yield the pid and the process title of each child of the server."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError, IndexError):
                    parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                    if int(parent) == self._server.pid:
                        words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                        yield int(entry.name), words.decode(errors="replace")


@contextmanager
def server(directory: Path) -> Iterator[PostgresServer]:
    """Start a server, and stop it at the end. Raises ``NoPostgresError``."""
    with postgres.running(durable=True) as found:
        database = PostgresServer(found, directory)
        try:
            yield database
        finally:
            if database.is_down:
                with suppress(postgres.NoPostgresError):
                    database.restart()
