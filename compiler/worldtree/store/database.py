"""Opens the database, a private SQLite file or a PostgreSQL server, and migrates it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError

from worldtree.core.private_directories import make_private_directory, refuse_unwritable
from worldtree.store.db_errors import StoreError, store_error, translate_driver_errors
from worldtree.store.schema import HEAD, compatibility

#: The database's name where it is a file.
_FILE_NAME = "worldtree.db"
#: Milliseconds that a writer waits for another process.
BUSY_TIMEOUT_MS = 30_000
#: Seconds to wait for a connection to a server.
_CONNECT_TIMEOUT_SECONDS = 10
#: Seconds without an answer after which the connection to a server is probed; it counts as lost
#: after three times as many more.
_KEEPALIVE_SECONDS = 15
#: Names the lock under which a server's tables are migrated.
_MIGRATION_LOCK = 0x776F726C64
#: Name of the option that says how SQLite begins a transaction.
_BEGIN_OPTION = "worldtree_begin"


def open_database(home: Path, url: str = "") -> Engine:
    """Return an engine on the database of ``home``, or of ``url``; create it if there is none.

    A file of an older program is migrated. Raises ``StoreError`` when the database cannot be
    opened, when a server's is older and waits for ``upgrade_database``, and when it is so new that
    this program cannot use it.
    """
    make_private_directory(home)
    return _opened(_server_engine(_server_url(url))) if url else _open_file(home)


def upgrade_database(home: Path, url: str = "") -> tuple[str | None, str]:
    """Migrate the database, or create it; return its revisions before and after.

    Programs of the schema before may be using it. Raises ``StoreError``.
    """
    make_private_directory(home)
    if not url:
        before = _revision_of_file(home)
        _open_file(home).dispose()
        return before, HEAD
    engine = _server_engine(_server_url(url))
    try:
        before = revision(engine)
        _migrate_server(engine)
    finally:
        engine.dispose()
    return before, before if before is not None and before > HEAD else HEAD


def open_existing(home: Path, url: str = "") -> Engine | None:
    """Return what ``open_database`` does, or None without a database; creates nothing.

    Raises ``StoreError`` as that does.
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
    return _opened(engine)


def database_location(home: Path, url: str = "") -> str:
    """Return where the database is, or will be, without its password. Raises ``StoreError``."""
    return url_location(_server_url(url)) if url else str(home / _FILE_NAME)


def has_own_file(home: Path) -> bool:
    """Whether there is a database file in ``home``."""
    return (home / _FILE_NAME).exists()


def writing_engine(engine: Engine) -> Engine:
    """Return ``engine`` for writing transactions, which wait for each other at their beginning.

    Of two transactions that begin by reading, SQLite would refuse one at its first write.
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
    engine = _file_engine(home)
    try:
        _create_private(path)
        if revision(engine) != HEAD:
            with _file_lock(home / "migrate.lock"):
                _migrate(engine)
    except StoreError:
        engine.dispose()
        refuse_unwritable(home)
        raise
    except (OSError, DBAPIError) as error:
        engine.dispose()
        refuse_unwritable(home)
        raise store_error(error, str(path), server=False) from error
    return engine


def _file_engine(home: Path) -> Engine:
    path = home / _FILE_NAME
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _configure_connection)
    event.listen(engine, "begin", _begin_transaction)
    translate_driver_errors(engine, str(path))
    return engine


def _revision_of_file(home: Path) -> str | None:
    if not has_own_file(home):
        return None
    engine = _file_engine(home)
    try:
        return revision(engine)
    finally:
        engine.dispose()


def _create_private(path: Path) -> None:
    """Create a missing file, private from its first byte; an existing one is not even opened.

    A process that closes a file loses all locks that it holds on it (fcntl(2)). Other processes
    would take its open connections for closed, and delete the write-ahead log under them.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return


def _configure_connection(connection: Any, _record: Any) -> None:
    # `_begin_transaction` begins all transactions, those that change tables included.
    connection.isolation_level = None
    cursor = connection.cursor()
    if cursor.execute("PRAGMA page_count").fetchone() == (0,):
        # A new file can return free pages step by step; an old one after one full rewrite. Not for
        # every connection, as this waits for a process that writes.
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
    """Parse ``given``; error messages do not contain it, as it may have a password."""
    hint = "write it as postgresql://USER@HOST:PORT/DATABASE; put a password into ~/.pgpass"
    try:
        url = make_url(given)
        kind = url.get_backend_name()
    except (ArgumentError, ValueError):
        raise StoreError(
            "the database URL is invalid", code="store-misconfigured", hint=hint
        ) from None
    if kind not in ("postgresql", "postgres"):
        raise StoreError(
            f"`{kind}` is not a supported database", code="store-misconfigured", hint=hint
        )
    if "password" in url.query:  # In the query it would be shown.
        url = url.set(password=str(url.query["password"])).difference_update_query(["password"])
    return url.set(drivername="postgresql+psycopg")


def _server_engine(url: URL) -> Engine:
    """Return an engine on a server, without connecting."""
    try:
        engine = create_engine(
            url,
            # Detect a restarted server before a query fails.
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
                "application_name": "worldtree",
                # Without them, a server that a network no longer reaches is waited for for hours.
                "keepalives_idle": _KEEPALIVE_SECONDS,
                "keepalives_interval": _KEEPALIVE_SECONDS,
                "keepalives_count": 3,
                "tcp_user_timeout": 4 * _KEEPALIVE_SECONDS * 1000,
                # Wait for another writer as long as SQLite does.
                "options": f"-c lock_timeout={BUSY_TIMEOUT_MS}",
            },
        )
    except ImportError as error:
        hint = "install it: pip install 'worldtree[postgresql]'"
        raise StoreError(
            "the driver for PostgreSQL is not installed", code="store-misconfigured", hint=hint
        ) from error
    event.listen(engine, "connect", _require_durable_commits)
    translate_driver_errors(engine, url_location(url))
    return engine


def _require_durable_commits(connection: Any, _record: Any) -> None:
    """Make a commit durable on the server's disk when it returns, whatever the server's default.

    Settings that also wait for standby servers stay as they are.
    """
    connection.execute(
        "SELECT set_config('synchronous_commit', 'local', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


def missing_durability(engine: Engine) -> tuple[str, ...]:
    """Return the settings of a server because of which a crash may lose commits."""
    if engine.dialect.name == "sqlite":
        return ()
    with engine.connect() as connection:
        return tuple(
            name
            for name in ("fsync", "full_page_writes")
            if connection.execute(text(f"SHOW {name}")).scalar_one() == "off"
        )


def _opened(engine: Engine) -> Engine:
    """Return a server's engine; an empty database gets its tables. Raises ``StoreError``."""
    try:
        found = revision(engine)
        if found is None:
            _migrate_server(engine)
        elif found < HEAD:
            raise StoreError(
                f"the database has an older schema ({found}) than this program ({HEAD})",
                code="store-schema-older",
                hint="upgrade it: `wt db upgrade`; programs that use it now may go on meanwhile",
            )
        else:
            _refuse_newer(engine, found)
    except StoreError:
        engine.dispose()
        raise
    return engine


def _migrate_server(engine: Engine) -> None:
    with engine.connect() as connection:
        # A second process waits as long as the migration takes.
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
        try:
            _migrate(engine)
        finally:
            unlock = text("SELECT pg_advisory_unlock(:key)")
            connection.execute(unlock, {"key": _MIGRATION_LOCK})


# ---- both ------------------------------------------------------------------------------------


def _migrate(engine: Engine) -> None:
    found = revision(engine)  # Another process may have migrated it.
    if found is not None and found >= HEAD:
        _refuse_newer(engine, found)
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with writing_engine(engine).connect() as connection, _unenforced_foreign_keys(connection):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _refuse_newer(engine: Engine, found: str) -> None:
    """Raise ``StoreError`` for a schema that this program cannot use."""
    if found == HEAD:
        return
    # A newer program says which older ones can use its schema beside it.
    with engine.connect() as connection:
        oldest = connection.execute(select(compatibility.c.oldest_program)).scalar()
    if oldest is None or oldest > HEAD:
        raise StoreError(
            f"the database has a newer schema ({found}) than this program ({HEAD})",
            code="store-schema-newer",
            hint="upgrade worldtree, or set WORLDTREE_HOME to another directory",
        )


@contextmanager
def _unenforced_foreign_keys(connection: Connection) -> Iterator[None]:
    """Migrate in one transaction in which SQLite does not follow foreign keys.

    A migration can make a table again; dropping the old one would delete what refers to it.
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    # Without effect inside a transaction, so around it.
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            yield
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError(f"a migration left rows without what they refer to: {broken}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
