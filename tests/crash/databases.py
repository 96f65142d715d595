"""The databases that a task's state is in, which may be killed as well."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from crash.victims import kill
from unit.store import postgres
from worldtree.store.store import Store

#: Seconds that a server which was killed gets to let go of its memory.
_PATIENCE = 30.0


class File:
    """A file in WORLDTREE_HOME: whoever kills ``wt`` kills it too."""

    name = "SQLite"
    #: What of it can be killed by itself.
    parts: tuple[str, ...] = ()
    is_down = False

    def fresh(self) -> str:
        """Return the address of an empty database."""
        return ""

    def kill(self, part: str, chance: random.Random) -> bool:
        """Kill a part of it; False when there is none."""
        del part, chance
        return False

    def restart(self) -> None:
        """Start it again after a kill."""


class Server(File):
    """A PostgreSQL server."""

    name = "PostgreSQL"
    parts = ("postmaster", "backend")

    def __init__(self, server: postgres.Server, directory: Path) -> None:
        """Make all tables once, in a database to be copied; ``directory`` is for the rest."""
        self._server = server
        self._numbers = itertools.count()
        self._database = "crash"
        Store.open(directory, postgres.make_database(server.socket, self._database)).close()

    def fresh(self) -> str:
        """Make a database with all tables and nothing in them."""
        self._database = f"crash_{next(self._numbers)}"
        return postgres.make_database(self._server.socket, self._database, "crash")

    def kill(self, part: str, chance: random.Random) -> bool:
        """Kill the server's first process, or one that serves ``wt``."""
        if part == "postmaster":
            self.is_down = kill(self._server.pid)
            return self.is_down
        serving = [pid for pid, words in self._children() if f" {self._database} " in words]
        return bool(serving) and kill(chance.choice(serving))

    def restart(self) -> None:
        """Start the server again, or wait until it has mended itself."""
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
        """Yield the processes of the server with what they say of themselves."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError, IndexError):
                    parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                    if int(parent) == self._server.pid:
                        words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                        yield int(entry.name), words.decode(errors="replace")


@contextmanager
def server(directory: Path) -> Iterator[Server]:
    """Start a server of its own and end it. Raises ``NoPostgresError`` where none can be had."""
    with postgres.running(durable=True) as found:
        database = Server(found, directory)
        try:
            yield database
        finally:
            if database.is_down:
                with suppress(postgres.NoPostgresError):
                    database.restart()
