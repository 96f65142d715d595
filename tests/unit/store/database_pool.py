"""Databases of a PostgreSQL server that tests use one after the other.

Making a database copies 300 files, which the end of the server removes again: 150 ms of a
processor. Emptying the few tables that a test has written to takes a fifth of that.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from unit.store import postgres

#: Tables, columns, constraints, indexes and triggers; a test that changes them keeps its database
#: for itself.
_SHAPE = """
SELECT concat(
  (SELECT array_agg((c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull, a.atthasdef)::text
     ORDER BY c.relname, a.attnum)
   FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid
   WHERE c.relnamespace = 'public'::regnamespace),
  (SELECT array_agg(conname || pg_get_constraintdef(oid) ORDER BY conname, oid)
   FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
  (SELECT array_agg(indexdef ORDER BY indexdef) FROM pg_indexes WHERE schemaname = 'public'),
  (SELECT array_agg(pg_get_triggerdef(t.oid) ORDER BY t.tgname)
   FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
   WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal))
"""
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
#: Makes the schema `template` with the rows that a new database has, and a function that restores
#: them. It returns the tables that it has emptied.
_PREPARE = """
CREATE SCHEMA template;
DO $do$
DECLARE name text; has_rows boolean;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO has_rows;
    IF has_rows THEN
      EXECUTE format('CREATE TABLE template.%I AS TABLE public.%I', name, name);
    END IF;
  END LOOP;
  CREATE TABLE template."last values" AS
    SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
END $do$;
CREATE FUNCTION template.restore() RETURNS SETOF text LANGUAGE plpgsql AS $function$
DECLARE name text; has_rows boolean; value bigint;
BEGIN
  SET LOCAL session_replication_role = replica;  -- So that foreign keys demand no order.
  SET LOCAL lock_timeout = '2s';
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO has_rows;
    IF has_rows OR to_regclass('template.' || name) IS NOT NULL THEN
      EXECUTE format('DELETE FROM public.%I', name);
      RETURN NEXT name;
    END IF;
    IF to_regclass('template.' || name) IS NOT NULL THEN
      EXECUTE format('INSERT INTO public.%I SELECT * FROM template.%I', name, name);
    END IF;
  END LOOP;
  FOR name, value IN SELECT now.sequencename, was.last_value FROM pg_sequences now
    JOIN template."last values" was USING (sequencename)
    WHERE now.schemaname = 'public' AND now.last_value IS DISTINCT FROM was.last_value
  LOOP
    IF value IS NULL THEN
      EXECUTE format('ALTER SEQUENCE public.%I RESTART', name);
    ELSE
      PERFORM setval(format('public.%I', name)::regclass, value);
    END IF;
  END LOOP;
END $function$
"""


@dataclass(frozen=True)
class _Database:
    """A database that tests use, and the connection that empties it."""

    url: str
    connection: Connection


class DatabasePool:
    """Copies of one database, which nobody else may be connected to when one is made."""

    def __init__(self, socket: Path, template: str) -> None:
        self._socket, self._template = socket, template
        self._names = (f"{template}_{number}" for number in itertools.count())
        self._free: list[_Database] = []
        with _connect(postgres.url(socket, template)) as connection:
            connection.execute(text(_PREPARE))
            self._shape = connection.execute(text(_SHAPE)).scalar_one()
        connection.engine.dispose()

    @contextmanager
    def database(self) -> Iterator[str]:
        """Lend a database as a new one would be; yield its address."""
        found = self._take()
        yield found.url
        self._free.append(found)

    def close(self) -> None:
        """Close the connections."""
        for one in self._free:
            _end(one)

    def _take(self) -> _Database:
        """Return one that nobody uses any more, emptied, or a new one."""
        for found in list(self._free):
            try:
                if found.connection.execute(text(_OTHERS)).scalar_one():
                    continue  # Their connections are about to end.
                self._free.remove(found)
                if self._is_restored(found.connection):
                    return found
            except DBAPIError:
                self._free.remove(found)
            _end(found)
        url = postgres.make_database(self._socket, next(self._names), self._template)
        return _Database(url, _connect(url))

    def _is_restored(self, connection: Connection) -> bool:
        """Empty a database; False if that cannot be, or if it has other tables by now."""
        try:
            if connection.execute(text(_OTHERS)).scalar_one():
                return False
            if connection.execute(text(_SHAPE)).scalar_one() != self._shape:
                return False
            emptied = connection.execute(text("SELECT template.restore()")).scalars()
            # New rows come in their order from the first page on, as in a new table.
            connection.execute(text(f"VACUUM {', '.join(emptied)}"))
        except DBAPIError:
            return False
        return True


def _connect(url: str) -> Connection:
    """Connect for statements that are transactions of their own."""
    driver = url.replace("postgresql:", "postgresql+psycopg:")
    return create_engine(driver, isolation_level="AUTOCOMMIT").connect()


def _end(database: _Database) -> None:
    """Close the connection to a database."""
    database.connection.close()
    database.connection.engine.dispose()
