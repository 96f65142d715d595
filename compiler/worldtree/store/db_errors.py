"""Errors of a database as ``StoreError``: what failed, where, how to fix it; never a password."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError

from worldtree.core.private_directories import StoreError as StoreError
from worldtree.core.private_directories import unusable_file


class StoreBusyError(StoreError):
    """Another process has been writing for as long as a writer waits; nothing is broken."""


class StoreAwayError(StoreError):
    """The server is away: the connection to it is lost, or it takes none."""


_BUSY = "another process has been writing for a long time: try again once it has ended"
_FULL = "free some space {} and try again; a task that had started is continued by `wt resume`"
_FULL_DISK, _FULL_SERVER = _FULL.format("there"), _FULL.format("on the server")
_SERVER = "check that the server runs and that WORLDTREE_DATABASE_URL names it"
_LOGIN = "check user and password in WORLDTREE_DATABASE_URL, or use a ~/.pgpass file"
_MISSING = "create it on the server, or correct WORLDTREE_DATABASE_URL"
#: Beginning of SQLite's name of an error -> hint.
_SQLITE_HINTS = {
    "SQLITE_FULL": _FULL_DISK,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_READONLY": "make the file and its directory writable for this user",
    "SQLITE_CORRUPT": "restore a backup of the file, or set WORLDTREE_HOME to another directory",
    "SQLITE_NOTADB": "restore a backup of the file, or set WORLDTREE_HOME to another directory",
    "SQLITE_IOERR": "check the file system and its free space",
}
#: Beginnings of SQLite's names of errors that may be those of a file of another user.
_NO_ACCESS = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")
#: Beginning of a server's SQLSTATE -> hint.
_SERVER_HINTS = {
    "53100": _FULL_SERVER,
    "55P03": _BUSY,
    "28": _LOGIN,
    "3D": _MISSING,
    "08": _SERVER,
    "57P": _SERVER,
}
#: Beginning of the SQLSTATE where the connection is lost or the server shuts down or starts.
_AWAY_STATES = ("08", "57P01", "57P02", "57P03")
#: A refused connection has no SQLSTATE, only the server's text.
_REFUSED_CONNECTION_HINTS = {"password": _LOGIN, "does not exist": _MISSING}
_DEFAULT_HINTS = (
    "check the directory's owner and free space, or set WORLDTREE_HOME to another one",
    _SERVER,
)


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process holds the lock of the file."""
    return _name(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def is_away(cause: BaseException) -> bool:
    """Whether a server's driver failed because the server does not answer, or is starting."""
    state = getattr(cause, "sqlstate", None)
    if state:
        return str(state).startswith(_AWAY_STATES)
    if type(cause).__name__ != "OperationalError":
        return False
    return not any(part in str(cause) for part in _REFUSED_CONNECTION_HINTS)


def store_error(fault: BaseException, place: str, *, server: bool) -> StoreError:
    """Return the error to raise for a driver's or the system's ``fault`` at ``place``."""
    cause = getattr(fault, "orig", None) or fault
    text = " ".join(str(cause).split())
    hint = _server_hint(cause, text) if server else _first(_SQLITE_HINTS, _name(cause))
    message = f"the database {place} cannot be used: {text}"
    if server and is_away(cause):
        return StoreAwayError(message, code="store-unavailable", hint=hint or _SERVER)
    if not server and _name(cause).startswith(_NO_ACCESS):
        files = (Path(f"{place}{suffix}") for suffix in ("", "-wal", "-shm"))
        if found := next(filter(None, map(unusable_file, files)), None):
            return found
    if hint == _BUSY:
        return StoreBusyError(message, code="store-busy", hint=hint)
    return StoreError(
        message,
        code="disk-full" if hint in (_FULL_DISK, _FULL_SERVER) else "store-unavailable",
        hint=hint or _DEFAULT_HINTS[server],
    )


def _server_hint(cause: BaseException, text: str) -> str | None:
    state = getattr(cause, "sqlstate", None)
    if state:
        return _first(_SERVER_HINTS, state)
    return next((hint for part, hint in _REFUSED_CONNECTION_HINTS.items() if part in text), None)


def _first(hints: dict[str, str], code: str) -> str | None:
    return next((hint for start, hint in hints.items() if code.startswith(start)), None)


def _name(error: BaseException) -> str:
    return getattr(error, "sqlite_errorname", None) or ""


def translate_driver_errors(engine: Engine, place: str) -> None:
    """Make ``engine`` raise every error of its driver as a ``StoreError``.

    ``IntegrityError`` stays as it is: the caller handles it.
    """
    server = engine.dialect.name != "sqlite"

    def raise_store_error(context: ExceptionContext) -> Any:
        if context.is_pre_ping:
            return  # The pool replaces a connection that a server has closed.
        found = context.sqlalchemy_exception
        if isinstance(found, DBAPIError) and not isinstance(found, IntegrityError):
            raise store_error(found, place, server=server) from context.original_exception

    event.listen(engine, "handle_error", raise_store_error)
