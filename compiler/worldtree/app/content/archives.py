"""The archives of a project: checked when they come, named by the digest of what is in them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from worldtree.app.content.archive_content import plain_content, stored_file
from worldtree.app.documents.document_slots import DOCUMENT_SLOTS
from worldtree.app.page_cursors import decode_cursor
from worldtree.app.tasks.task_reader import page_of
from worldtree.app.views.archives import archive_page_view, archive_quota_view, archive_view
from worldtree.core.errors import RefusedError
from worldtree.store.archive_quota import (
    ARCHIVE_QUOTA,
    ArchiveQuota,
    quota_data,
    read_quota,
)
from worldtree.store.missing_archive import unknown_archive

if TYPE_CHECKING:
    from worldtree.core.actor import Actor
    from worldtree.store.archives import ArchiveRecord
    from worldtree.store.store import Store


class ArchiveService:
    """Works on the archives of the project of its store."""

    def __init__(self, store: Callable[[], Store], actor: Actor, scratch: Path) -> None:
        """``scratch`` is a directory below which archives are unpacked."""
        self._store, self._actor, self._scratch = store, actor, scratch

    def add(self, file: IO[bytes], name: str) -> tuple[dict[str, Any], bool]:
        """Store a tar, tar.gz or zip; return it, and whether it is new.

        Archives with equal files have one digest, however they are packed. Raises ``RefusedError``
        for one that is not allowed.
        """
        with DOCUMENT_SLOTS.taken():
            content = plain_content(file, self._scratch)
        if not content:
            raise RefusedError(
                "the archive is refused: it has no files",
                code="archive-invalid",
                hint="pack the directory of the document",
            )
        digest, is_new = self._store().add_archive(name, content, self._actor)
        return archive_view(self._known(digest)), is_new

    def page(self, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return a page of archives, newest first."""
        after = None
        if cursor is not None:
            created, digest = decode_cursor(cursor, float, str)
            after = (float(created), str(digest))
        rows, more = page_of(self._store().archive_page(limit + 1, after), limit)
        return archive_page_view(rows, more=more)

    def get(self, digest: str) -> dict[str, Any]:
        """Return an archive. Raises ``RefusedError``."""
        return archive_view(self._known(digest))

    def content(self, digest: str) -> IO[bytes]:
        """Return the files of an archive as an open file with a tar. Raises ``RefusedError``."""
        return stored_file(self._store(), digest, self._scratch)

    def delete(self, digest: str) -> None:
        """Delete an archive. Raises ``RefusedError`` where something needs it."""
        self._known(digest)
        if not self._store().delete_archive(digest, self._actor):
            raise RefusedError(
                "a task that waits, or a schedule, needs the archive",
                code="archive-in-use",
                hint="cancel the task, or delete the schedule",
            )

    def prune(self, older_than: float) -> int:
        """Delete the archives that nothing needs and that are ``older_than`` seconds, or more.

        Return how many these were.
        """
        return self._store().prune_archives(time.time() - older_than, self._actor)

    def quota(self) -> dict[str, Any]:
        """Return how many archives the project may keep, and how many it has."""
        store = self._store()
        return archive_quota_view(read_quota(store.project_settings()), store.archive_usage())

    def set_quota(self, limits: tuple[int, int] | None) -> None:
        """Change how many archives the project may keep, and how many bytes; None for the default.

        What it has already stays, whatever the quota.
        """
        quota = None if limits is None else ArchiveQuota(*limits)
        detail = "default" if quota is None else f"{quota.count} archives, {quota.bytes} bytes"
        self._store().change_project_setting(
            ARCHIVE_QUOTA, quota_data(quota), self._actor, what="archive-quota-set", detail=detail
        )

    def _known(self, digest: str) -> ArchiveRecord:
        found = self._store().find_archive(digest)
        if found is None:
            raise unknown_archive(digest)
        return found
