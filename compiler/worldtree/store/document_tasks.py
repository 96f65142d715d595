"""Documents that are stored together with the task that is asked for with them."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import select

from worldtree.store.audit import add_entry
from worldtree.store.documents import Documents, DocumentVersion, keep_document
from worldtree.store.schema import documents
from worldtree.store.task_queue import NewQueuedTask, TaskQueue


class DocumentTasks(Documents, TaskQueue):
    """Stores a document and its task in one transaction: both are there, or neither is."""

    def put_document_with_task(
        self,
        cluster: str,
        body: str,
        before: str | None,
        new_task: Callable[[str], NewQueuedTask],
        *,
        is_wanted: bool = True,
    ) -> DocumentVersion:
        """Store a text as ``put_document`` does, and put a task of it into the queue.

        ``new_task`` gets the digest of the document. Without ``is_wanted`` the text becomes a
        version of the document, and the wanted one stays. Raises as ``put_document``.
        """
        with self._writer.begin() as connection:
            if is_wanted:
                digest = self._put_document(connection, cluster, body, before)
            else:
                now = time.time()
                key = self._ensure(connection, cluster, now)
                digest = keep_document(connection, key, body, now)
            new = new_task(digest)
            self._add_task(connection, new)
            if digest != before:
                version = select(documents.c.version).where(documents.c.digest == digest)
                detail = f"version {connection.execute(version).scalar_one()}, {digest}"
                if not is_wanted:
                    detail += ", for a check: the wanted version stays"
                add_entry(
                    connection,
                    "document-stored",
                    new.actor,
                    cluster,
                    None,
                    detail,
                    project=self.project,
                )
            self._note_asked(connection, new)
        return self.document(digest)
