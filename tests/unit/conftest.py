"""Unit tests open some thousand databases in one process, which share their compiled statements."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

#: SQLAlchemy compiles a statement once per engine. A program has one or two engines, but here each
#: test has its own: without this, a fifth of the time of a command is spent on compiling.
_STATEMENTS: LRUCache[Any, Any] = LRUCache(2000)


@event.listens_for(Engine, "engine_connect")
def _share_statements(connection: Connection) -> None:
    """Have a connection look for a statement among those that any engine has compiled."""
    connection.execution_options(compiled_cache=_STATEMENTS)


def _is_same_dialect(one: Any, other: Any) -> bool:
    """Whether dialects compile the same SQL: those of one driver, for servers of one version."""
    return type(one) is type(other) and one.server_version_info == other.server_version_info


def _dialect_hash(dialect: Any) -> int:
    return hash(type(dialect))


# Dialects are a part of the key of a compiled statement, and have no equality of their own.
for _dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    _dialect.__eq__ = _is_same_dialect  # type: ignore[method-assign]  # Only for the cache.
    _dialect.__hash__ = _dialect_hash  # type: ignore[method-assign,assignment]  # As above.
