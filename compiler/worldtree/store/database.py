"""Opens the database, a private SQLite file or a PostgreSQL server, and brings it up to date."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from worldtree.core.private_directories import make_private_directory
from worldtree.store.db_errors import StoreError, store_error, translate_driver_errors
from worldtree.store.schema import HEAD

#: The database's name where it is a file.
_FILE_NAME = "worldtree.db"
#: Milliseconds that a writer waits for another process.
BUSY_TIMEOUT_MS = 30_000
#: Seconds that a server may take to answer.
_CONNECT_TIMEOUT_SECONDS = 10
#: Names the lock under which a server's tables are migrated.
_MIGRATION_LOCK = 0x776F726C64
#: Name of the option that says how SQLite begins a transaction.
_BEGIN_OPTION = "worldtree_begin"


def open_database(home: Path, url: str = "") -> Engine:
    """Return an engine on ``home``'s database, or ``url``'s, created or migrated when it has to be.

    Raises ``StoreError`` when it cannot be opened, or belongs to a newer program.
    """
    make_private_directory(home)
    return _migrated(_server_engine(_server_url(url))) if url else _open_file(home)


def open_existing(home: Path, url: str = "") -> Engine | None:
    """Return what ``open_database`` does, or None where nothing was made yet; makes nothing.

    An old database is migrated. Raises ``StoreError`` as that does.
    """
    if not url:
        return _open_file(home) if (home / _FILE_NAME).exists() else None
    engine = _server_engine(_server_url(url))
    try:
        is_made = revision(engine) is not None
    except StoreError:
        engine.dispose()
        raise
    if not is_made:
        engine.dispose()
        return None
    return _migrated(engine)


def database_location(home: Path, url: str = "") -> str:
    """Return where the database is, or will be, without its password. Raises ``StoreError``."""
    return url_location(_server_url(url)) if url else str(home / _FILE_NAME)


def writing_engine(engine: Engine) -> Engine:
    """Return ``engine`` for transactions that write: they wait for each other at their beginning.

    Of two that begin by reading, SQLite would otherwise refuse one when it comes to write.
    """
    return engine.execution_options(**{_BEGIN_OPTION: "BEGIN IMMEDIATE"})


def url_location(url: URL) -> str:
    """Return where a database is, without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


def revision(engine: Engine) -> str | None:
    """Return the database's revision without loading alembic, which costs half a second."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)


# ---- SQLite ----------------------------------------------------------------------------------


def _open_file(home: Path) -> Engine:
    path = home / _FILE_NAME
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _configure_connection)
    event.listen(engine, "begin", _begin_transaction)
    translate_driver_errors(engine, str(path))
    try:
        # Created here, so that it is private from the first byte on.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if revision(engine) != HEAD:
            with _file_lock(home / "migrate.lock"):
                _migrate(engine)
    except StoreError:
        engine.dispose()
        raise
    except (OSError, DBAPIError) as error:
        engine.dispose()
        raise store_error(error, str(path), server=False) from error
    return engine


def _configure_connection(connection: Any, _record: Any) -> None:
    # Transactions begin where we say so (`_begin`), tables' changes among them.
    connection.isolation_level = None
    cursor = connection.cursor()
    # A new file can give room back piece by piece; an old one once it was written anew.
    cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    # Readers and the writer do not block each other, and a commit is on disk when it returns.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_transaction(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN_OPTION, "BEGIN"))


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# ---- PostgreSQL ------------------------------------------------------------------------------


def _server_url(given: str) -> URL:
    """Read ``given``; what is wrong with it is told without it, as it may hold a password."""
    hint = "write it as postgresql://USER@HOST:PORT/DATABASE; a password fits into ~/.pgpass"
    try:
        url = make_url(given)
        kind = url.get_backend_name()
    except (ArgumentError, ValueError):
        raise StoreError("the database's URL cannot be read", hint=hint) from None
    if kind not in ("postgresql", "postgres"):
        raise StoreError(f"`{kind}` is no database that WorldTree can use", hint=hint)
    if "password" in url.query:  # There it would be shown.
        url = url.set(password=str(url.query["password"])).difference_update_query(["password"])
    return url.set(drivername="postgresql+psycopg")


def _server_engine(url: URL) -> Engine:
    """Return an engine on a server that was not asked for anything yet."""
    try:
        engine = create_engine(
            url,
            # A server that was started anew is noticed before anything is asked of it.
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
                "application_name": "worldtree",
                # As long as SQLite waits: for another writer, not for ever.
                "options": f"-c lock_timeout={BUSY_TIMEOUT_MS}",
            },
        )
    except ImportError as error:
        hint = "install it: pip install 'worldtree[postgresql]'"
        raise StoreError("the driver for PostgreSQL is not installed", hint=hint) from error
    event.listen(engine, "connect", _ask_for_durability)
    translate_driver_errors(engine, url_location(url))
    return engine


def _ask_for_durability(connection: Any, _record: Any) -> None:
    """Have a commit be on the server's disk when it returns, whatever the server's default is.

    Settings that wait for standby servers, too, stay as they are.
    """
    connection.execute(
        "SELECT set_config('synchronous_commit', 'local', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


def missing_durability(engine: Engine) -> tuple[str, ...]:
    """Return the settings of a server by which a commit may be lost in a crash."""
    if engine.dialect.name == "sqlite":
        return ()
    with engine.connect() as connection:
        return tuple(
            name
            for name in ("fsync", "full_page_writes")
            if connection.execute(text(f"SHOW {name}")).scalar_one() == "off"
        )


def _migrated(engine: Engine) -> Engine:
    """Return a server's engine once its tables are made or migrated."""
    try:
        if revision(engine) != HEAD:
            with engine.connect() as connection:
                # Whoever comes second waits for as long as the first one takes.
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
                try:
                    _migrate(engine)
                finally:
                    unlock = text("SELECT pg_advisory_unlock(:key)")
                    connection.execute(unlock, {"key": _MIGRATION_LOCK})
    except StoreError:
        engine.dispose()
        raise
    return engine


# ---- both ------------------------------------------------------------------------------------


def _migrate(engine: Engine) -> None:
    found = revision(engine)  # Another process may have done it meanwhile.
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
    with writing_engine(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
