"""Rows of archives, between those who need one and those who delete it.

Both lock the row first. Who deletes looks only then whether something needs it: on a server, each
statement sees what was committed before it began.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select

from worldtree.store.file_tables import archives
from worldtree.store.missing_archive import unknown_archive
from worldtree.store.service_tables import queue, schedules
from worldtree.store.wanted_contents import wanted_archives


def archive_row(project: str, digest: str) -> ColumnElement[bool]:
    """Return the condition for the archive of a project."""
    return (archives.c.project == project) & (archives.c.digest == digest)


def hold_archive(connection: Connection, project: str, digest: str) -> None:
    """Keep an archive until the end of the transaction, which stores what needs it.

    Raises ``RefusedError`` where it is not there.
    """
    query = select(archives.c.digest).where(archive_row(project, digest))
    if connection.execute(query.with_for_update(read=True)).first() is None:
        raise unknown_archive(digest)


def delete_unneeded(connection: Connection, which: ColumnElement[bool]) -> int:
    """Delete the archives of ``which`` that nothing needs; return how many."""
    connection.execute(select(archives.c.digest).where(which).with_for_update()).all()
    query = delete(archives).where(which, ~_is_needed(archives.c.digest))
    return connection.execute(query).rowcount


def delete_old_archives(connection: Connection, project: str, before: float) -> int:
    """Delete the archives of a project from before a time that nothing needs; return how many.

    Those with which wanted documents were run last stay as well: without them their clusters
    could be neither verified nor removed.
    """
    is_old = (archives.c.project == project) & (archives.c.created < before)
    if connection.execute(select(archives.c.digest).where(is_old).limit(1)).first() is None:
        return 0  # Without a look at what all clusters were asked for.
    kept = archives.c.digest.not_in(wanted_archives(connection, project))
    return delete_unneeded(connection, is_old & kept)


def _is_needed(digest: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a row of the queue or a schedule has a request with the archive.

    What runs has its files in its bundle. The same archive of another project counts as well,
    which keeps one longer.
    """
    waits = exists().where(queue.c.request.contains(digest))
    is_planned = exists().where(schedules.c.request.contains(digest))
    return or_(waits, is_planned)
