"""What a database refuses, in words for people: what, where, how to mend; never a password."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError

from worldtree.core.private_directories import StoreError as StoreError


class StoreBusyError(StoreError):
    """Another process has been writing for as long as a writer waits; nothing is broken."""


#: What the database says when it is only busy.
_BUSY = ("is locked", "lock timeout")
#: A sign in the database's own words -> how to mend it.
_HINTS = (
    ("is full", "free some space there, then `wt resume` goes on where it stopped"),
    ("No space left", "free some space on the server, then `wt resume` goes on where it stopped"),
    ("is locked", "another process has been writing for long: try again once it has ended"),
    ("lock timeout", "another process has been writing for long: try again once it has ended"),
    ("readonly", "make the file and its directory writable for this user"),
    ("malformed", "put a backup of the file back, or set WORLDTREE_HOME to another directory"),
    ("disk I/O error", "check the file system and its free space"),
    ("password", "check user and password in WORLDTREE_DATABASE_URL, or use a ~/.pgpass file"),
    ("does not exist", "create it on the server, or correct WORLDTREE_DATABASE_URL"),
    ("onnection", "check that the server runs and that WORLDTREE_DATABASE_URL names it"),
)
_DEFAULT_HINTS = (
    "check the directory's owner and free space, or set WORLDTREE_HOME to another one",
    "check that the server runs and that WORLDTREE_DATABASE_URL names it",
)


def store_error(fault: BaseException, place: str, *, server: bool) -> StoreError:
    """Return what to tell of a driver's or the system's ``fault`` at ``place``."""
    words = " ".join(str(getattr(fault, "orig", None) or fault).split())
    mend = next((mend for sign, mend in _HINTS if sign in words), _DEFAULT_HINTS[server])
    kind = StoreBusyError if any(sign in words for sign in _BUSY) else StoreError
    return kind(f"the database {place} cannot be used: {words}", hint=mend)


def translate_driver_errors(engine: Engine, place: str) -> None:
    """Have every fault of ``engine``'s driver come out as a ``StoreError``.

    A row that breaks a rule of the tables does not: that is for the caller to judge.
    """
    server = engine.dialect.name != "sqlite"

    def tell(context: ExceptionContext) -> Any:
        found = context.sqlalchemy_exception
        if isinstance(found, DBAPIError) and not isinstance(found, IntegrityError):
            raise store_error(found, place, server=server) from context.original_exception

    event.listen(engine, "handle_error", tell)
