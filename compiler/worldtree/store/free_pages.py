"""Gives the free pages of a database file back, without keeping others from it for long."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, select, text

from worldtree.store.db_errors import StoreError
from worldtree.store.schema import leases

#: Part of the file that is free before it is made smaller.
_HOLES = 0.2
#: Pages that go in one transaction: 4 MB, in well under a second.
_STEP = 1000
#: Milliseconds that a step waits for others; what is not given back now is next time.
_WAIT_MS = 100
#: What SQLite calls a file that can give pages back one by one.
_INCREMENTAL = 2


def give_back(engine: Engine, home: Path, busy_ms: int) -> None:
    """Make the file under ``home`` smaller; does nothing on a server, nor where others are at work.

    ``busy_ms`` is what connections wait for others otherwise, in milliseconds. Raises
    ``StoreError`` when there is no room for it.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        mode, free, pages = (
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("auto_vacuum", "freelist_count", "page_count")
        )
        held = select(leases.c.cluster).where(leases.c.released.is_(None))
        is_at_work = connection.execute(held).first() is not None
    if free < _HOLES * pages:
        return
    without_transaction = engine.raw_connection()
    cursor = without_transaction.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={_WAIT_MS}")
        if mode == _INCREMENTAL:
            for _ in range(0, free, _STEP):
                # As a script, since Python 3.11 gives up a statement without columns after a page.
                cursor.executescript(f"PRAGMA incremental_vacuum({_STEP});")
        elif not is_at_work:
            # Holds the file for as long as writing it anew takes, for the last time.
            cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as fault:
        if "locked" not in str(fault):
            raise StoreError(
                f"the database under {home} cannot be made smaller: {fault}",
                hint="free as much space there as the database takes, and prune again",
            ) from fault
    finally:
        cursor.execute(f"PRAGMA busy_timeout={busy_ms}")
        without_transaction.close()
