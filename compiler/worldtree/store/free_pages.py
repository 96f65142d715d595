"""Returns the free pages of a database file to the system, without blocking others for long."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, select, text

from worldtree.store.db_errors import StoreError, is_busy
from worldtree.store.schema import leases

#: Share of free pages in the file above which it is compacted.
_MAX_FREE_SHARE = 0.2
#: Pages per transaction: 4 MB, in well under a second.
_STEP = 1000
#: Milliseconds that a step waits for other processes; the rest is returned next time.
_WAIT_MS = 100
#: SQLite's mode of a file that can return pages one by one.
_INCREMENTAL = 2


def return_free_pages(engine: Engine, home: Path, busy_ms: int) -> None:
    """Compact the file under ``home``; does nothing on a server, or while others use the file.

    ``busy_ms`` is the usual busy timeout of connections, in milliseconds. Raises ``StoreError``
    without enough free space.
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
    if free < _MAX_FREE_SHARE * pages:
        return
    without_transaction = engine.raw_connection()
    cursor = without_transaction.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={_WAIT_MS}")
        if mode == _INCREMENTAL:
            for _ in range(0, free, _STEP):
                # As a script, since Python 3.11 ends a statement without columns after one page.
                cursor.executescript(f"PRAGMA incremental_vacuum({_STEP});")
        elif not is_at_work:
            # Locks the file while it is rewritten; needed only once per file.
            cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
            cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as fault:
        if not is_busy(fault):
            raise StoreError(
                f"the database under {home} cannot be compacted: {fault}",
                code="store-not-compacted",
                hint="free as much space there as the database takes, then prune again",
            ) from fault
    finally:
        cursor.execute(f"PRAGMA busy_timeout={busy_ms}")
        without_transaction.close()
