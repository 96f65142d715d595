"""Archives of projects: roles, playbooks and files that requests name by their digest."""

from __future__ import annotations

import io
import json
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from worldtree.core.actor import Actor
from worldtree.store.archive_bodies import stored_parts, unpack_parts
from worldtree.store.archive_quota import ArchiveQuota, read_quota
from worldtree.store.archive_rows import archive_row, delete_old_archives, delete_unneeded
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.file_tables import archives
from worldtree.store.schema import projects, tasks
from worldtree.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """An archive without its content; ``created`` is UTC epoch seconds, ``size`` in bytes."""

    digest: str
    name: str
    kind: str
    size: int
    created: float
    actor: Actor


class Archives(StorePart):
    """Keeps the archives of the project of this store."""

    def add_archive(
        self, name: str, content: bytes, who: Actor, kind: str = "upload"
    ) -> tuple[str, bool]:
        """Store an archive; return the sha256 of its content, and whether it is new.

        Raises ``RefusedError`` for a new one beyond the quota of the project.
        """
        digest = sha256(content).hexdigest()
        row = {
            "project": self.project,
            "digest": digest,
            "name": name,
            "kind": kind,
            "size": len(content),
            "content": zlib.compress(content, 6),
            "created": time.time(),
            "actor": who.to_json(),
        }
        mine = self._mine(digest)
        with self._writer.begin() as connection:
            quota = self._locked_quota(connection)
            # It is as good as new for what deletes old ones. One that is just being deleted is new.
            known = update(archives).where(mine).values(created=row["created"])
            if connection.execute(known).rowcount:
                return digest, False
            count, used = self._usage(connection)
            quota.check(count + 1, used + len(content))
            insert_new(connection, archives, row)
            detail = f"{digest} {name}".strip()
            add_entry(connection, "archive-added", who, detail=detail, project=self.project)
        return digest, True

    def find_archive(self, digest: str) -> ArchiveRecord | None:
        """Return an archive; None without one."""
        with self._engine.connect() as connection:
            row = connection.execute(_LISTED.where(self._mine(digest))).one_or_none()
        return None if row is None else _record(row)

    def archive_page(
        self, limit: int, after: tuple[float, str] | None = None
    ) -> list[ArchiveRecord]:
        """Return archives, newest first; ``after`` is time and digest of the last one before."""
        query = _LISTED.where(archives.c.project == self.project)
        if after is not None:
            created, digest = after
            is_older = archives.c.created < created
            is_next = (archives.c.created == created) & (archives.c.digest > digest)
            query = query.where(or_(is_older, is_next))
        query = query.order_by(archives.c.created.desc(), archives.c.digest).limit(limit)
        with self._engine.connect() as connection:
            return [_record(row) for row in connection.execute(query)]

    def archive_content(self, digest: str) -> bytes:
        """Return the content of an archive. Raises as ``copy_archive``."""
        found = io.BytesIO()
        self.copy_archive(digest, found)
        return found.getvalue()

    def copy_archive(self, digest: str, file: IO[bytes]) -> None:
        """Write the content of an archive to a file, part by part.

        Raises ``KeyError`` for an unknown one, ``ValueError`` for a content that is another, of
        which the file has a part then, and ``OSError``.
        """
        if self.find_archive(digest) is None:
            raise KeyError(digest)
        try:
            with self._engine.connect() as connection:
                found = unpack_parts(stored_parts(connection, self._mine(digest)), file)
            if found != digest:
                raise ValueError("it is not what its digest says")
        except ValueError:
            if self.find_archive(digest) is None:  # It was deleted meanwhile.
                raise KeyError(digest) from None
            raise

    def delete_archive(self, digest: str, who: Actor) -> bool:
        """Delete an archive; return False where a task that waits, or a schedule, needs it."""
        with self._writer.begin() as connection:
            is_done = bool(delete_unneeded(connection, self._mine(digest)))
            if is_done:
                what = "archive-deleted"
                add_entry(connection, what, who, detail=digest, project=self.project)
        return is_done

    def archive_usage(self) -> tuple[int, int]:
        """Return how many archives the project has, and how many bytes are in them."""
        with self._engine.connect() as connection:
            return self._usage(connection)

    def prune_archives(self, before: float, who: Actor) -> int:
        """Delete the archives from before a time that nothing needs; return how many.

        Those with which wanted documents were run last stay.
        """
        with self._writer.begin() as connection:
            count = delete_old_archives(connection, self.project, before)
            if count:
                detail = f"{count} archives"
                add_entry(connection, "archives-pruned", who, detail=detail, project=self.project)
        return count

    def _usage(self, connection: Connection) -> tuple[int, int]:
        query = select(func.count(), func.coalesce(func.sum(archives.c.size), 0))
        found = connection.execute(query.where(archives.c.project == self.project)).one()
        return int(found[0]), int(found[1])

    def _locked_quota(self, connection: Connection) -> ArchiveQuota:
        """Return the quota of the project; others that add an archive wait until this one has."""
        # Two at once would each fit alone, and the same one twice would be new twice.
        mine = select(projects.c.settings).where(projects.c.id == self.project)
        settings = connection.execute(mine.with_for_update(key_share=True)).scalar()
        return read_quota(json.loads(settings or "{}"))

    def set_task_request(self, task: str, request: Mapping[str, Any]) -> None:
        """Replace the request of a task that has not begun: more is known of it now."""
        query = update(tasks).where(tasks.c.id == task, tasks.c.plan.is_(None))
        with self._writer.begin() as connection:
            connection.execute(query.values(request=json.dumps(request)))

    def _mine(self, digest: str) -> ColumnElement[bool]:
        return archive_row(self.project, digest)


_LISTED = select(
    *(archives.c[name] for name in ("digest", "name", "kind", "size", "created", "actor"))
)


def _record(row: Any) -> ArchiveRecord:
    return ArchiveRecord(**{**row._mapping, "actor": Actor.from_json(row.actor)})
