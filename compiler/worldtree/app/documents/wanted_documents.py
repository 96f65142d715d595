"""The documents that a service was given for its clusters: versions, changes, differences."""

from __future__ import annotations

from collections.abc import Callable, Collection
from difflib import unified_diff
from typing import TYPE_CHECKING

from worldtree.app.admin.maintenance import UnknownClusterError
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.store.idempotency import is_repeated

if TYPE_CHECKING:
    from worldtree.app.documents.document_text import CheckedDocument
    from worldtree.store.cluster_pages import ClusterSummary
    from worldtree.store.documents import DocumentVersion
    from worldtree.store.store import Store
    from worldtree.store.task_queue import NewQueuedTask

#: In the place of digests: any document.
ANY_DIGEST = "*"


class WantedDocuments:
    """Reads and changes documents in the project of its store."""

    def __init__(self, store: Store, actor: Actor) -> None:
        self._store, self._actor = store, actor

    def cluster(self, name: str) -> ClusterSummary:
        """Return a cluster; raises ``UnknownClusterError``."""
        found = self._store.cluster_summary(name)
        if found is None:
            raise UnknownClusterError(f"unknown cluster `{name}`", code="cluster-unknown")
        return found

    def create(self, document: CheckedDocument) -> DocumentVersion:
        """Store the first document of a cluster. Raises ``RefusedError`` where it has one."""
        name = document.cluster
        found = self._store.cluster_summary(name)
        if found is not None and found.task is None and found.version is not None:
            stored = self.wanted(name)
            if stored.body == document.text and is_repeated():
                return stored  # The request that was cut off stored it, and asked for no task.
        if found is None or found.document is None:
            try:
                return self._put(document, None)
            except RefusedError as problem:
                # Another request has stored the first one just now.
                if problem.code != "document-changed":
                    raise
        raise RefusedError(
            f"cluster `{name}` already has a document",
            code="cluster-exists",
            hint=f"change it with PUT /api/v1/clusters/{name}",
        )

    def replace(
        self, name: str, document: CheckedDocument, expected: Collection[str] | None
    ) -> DocumentVersion:
        """Store a document of a cluster in the place of one whose digest is ``expected``.

        ``expected`` has several digests, ``ANY_DIGEST``, or is None for the first document. Raises
        ``RefusedError`` for another cluster's document, and where another digest is stored.
        """
        return self._put(document, self._replaced(name, document, expected))

    def replace_with_task(
        self,
        name: str,
        document: CheckedDocument,
        expected: Collection[str] | None,
        new_task: Callable[[str], NewQueuedTask],
        *,
        is_wanted: bool,
    ) -> DocumentVersion:
        """Do what ``replace`` does, and put a task of the document into the queue, or do neither.

        ``new_task`` gets the digest of the document. Without ``is_wanted`` it is a version that is
        not wanted, and the wanted one stays. Raises as ``replace``.
        """
        before = self._replaced(name, document, expected)
        return self._store.put_document_with_task(
            name, document.text, before, new_task, is_wanted=is_wanted
        )

    def _replaced(
        self, name: str, document: CheckedDocument, expected: Collection[str] | None
    ) -> str | None:
        """Return the digest of what ``document`` replaces; raises as ``replace``."""
        if document.cluster != name:
            raise RefusedError(
                f"the document is that of cluster `{document.cluster}`, not of `{name}`",
                code="cluster-name-mismatch",
                hint=f"set `metadata.name` to `{name}`, or send it to the other cluster",
            )
        found = self._store.cluster_summary(name)
        before = None if found is None else found.document
        self.refuse_unexpected(name, before, expected)
        return before

    def wanted(self, name: str) -> DocumentVersion:
        """Return the wanted document of a cluster.

        Raises ``UnknownClusterError``, and ``RefusedError`` for a cluster without one.
        """
        summary = self.cluster(name)
        found = None
        if summary.version is not None:
            found = self._store.document_version(name, summary.version)
        if found is None:
            raise RefusedError(
                f"cluster `{name}` has no document in the service",
                code="document-missing",
                hint=f"store one with PUT /api/v1/clusters/{name}",
            )
        return found

    def version(self, name: str, number: int | None) -> DocumentVersion:
        """Return a version of a cluster's document, for None the wanted one.

        Raises ``UnknownClusterError``, and ``RefusedError`` for a version that does not exist.
        """
        if number is None:
            return self.wanted(name)
        self.cluster(name)
        found = self._store.document_version(name, number)
        if found is None:
            raise RefusedError(
                f"cluster `{name}` has no version {number} of its document",
                code="document-version-unknown",
                hint=f"list the versions with GET /api/v1/clusters/{name}/documents",
            )
        return found

    def diff(self, name: str, old: int, new: int) -> str:
        """Return the unified difference of two versions; raises as ``version``."""
        before, after = self.version(name, old), self.version(name, new)
        lines = unified_diff(
            before.body.splitlines(),
            after.body.splitlines(),
            f"{name} version {old}",
            f"{name} version {new}",
            lineterm="",
        )
        return "".join(f"{line}\n" for line in lines)

    def _put(self, document: CheckedDocument, before: str | None) -> DocumentVersion:
        found = self._store.put_document(document.cluster, document.text, before)
        detail = f"version {found.version}, {found.digest}"
        self._store.audit("document-stored", cluster=found.cluster, detail=detail, who=self._actor)
        return found

    @staticmethod
    def refuse_unexpected(name: str, before: str | None, expected: Collection[str] | None) -> None:
        if before is None and expected is None:
            return
        if expected is None:
            raise RefusedError(
                f"cluster `{name}` has a document, and the request does not say which one it"
                " replaces",
                code="precondition-missing",
                hint="send the ETag of the document that was read as `If-Match`",
            )
        if before is None or not {before, ANY_DIGEST} & set(expected):
            raise RefusedError(
                f"the document of cluster `{name}` is not the one that the request expects",
                code="document-changed",
                hint="read it again, and make the change in that version",
            )
