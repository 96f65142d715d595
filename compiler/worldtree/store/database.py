"""Opens the database: SQLite in a private file, brought up to date under a lock."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from worldtree.errors import WorldTreeError
from worldtree.store.schema import HEAD

#: Milliseconds that a writer waits for another process.
_BUSY_MS = 30_000


class StoreError(WorldTreeError):
    """The database cannot be used."""


def open_database(home: Path) -> Engine:
    """Return an engine on ``home``'s database, created or migrated when it has to be.

    Raises ``StoreError`` when it cannot be opened, or belongs to a newer program.
    """
    path = home / "worldtree.db"
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_MS / 1000})
    event.listen(engine, "connect", _set_up)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Created here, so that it is private from the first byte on.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if _revision(engine) != HEAD:
            with _locked(home / "migrate.lock"):
                _migrate(engine)
    except StoreError:
        engine.dispose()
        raise
    except (OSError, DBAPIError) as error:
        engine.dispose()
        raise StoreError(
            f"the database {path} cannot be used: {getattr(error, 'orig', error)}",
            hint="check the directory's owner and free space, or set WORLDTREE_HOME to another one",
        ) from error
    return engine


def _set_up(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # Readers and the writer do not block each other, and a commit is on disk when it returns.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _revision(engine: Engine) -> str | None:
    """Return the database's revision without loading alembic, which costs half a second."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)


def _migrate(engine: Engine) -> None:
    found = _revision(engine)  # Another process may have done it meanwhile.
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise StoreError(
            f"the database is of a newer version ({found}) than this program ({HEAD})",
            hint="upgrade worldtree, or set WORLDTREE_HOME to another directory",
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
