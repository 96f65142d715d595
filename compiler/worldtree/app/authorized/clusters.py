"""What a principal can ask for about clusters; a part of ``AuthorizedApplication``."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from worldtree.app.approvals.approval_rules import refuse_unapproved
from worldtree.app.authorized.tasks import AuthorizedTasks
from worldtree.app.documents.document_slots import DOCUMENT_SLOTS
from worldtree.app.documents.document_text import CheckedDocument, patch_document, read_document
from worldtree.app.documents.sent_document import validate_sent
from worldtree.app.permission_checks import requires
from worldtree.app.tasks.asked_parameters import refuse_wrong_parameters
from worldtree.app.tasks.asked_work import AskedTask, AskedWork
from worldtree.app.tasks.task_reader import page_of
from worldtree.app.views import pages
from worldtree.app.views.page_positions import cluster_position, version_position
from worldtree.core.list_order import ClusterOrder, VersionOrder
from worldtree.plan.pipeline_names import DESTROY_CLUSTER
from worldtree.results.task_command import TaskCommand

if TYPE_CHECKING:
    from worldtree.app.content.content_request import AskedContent
    from worldtree.app.documents.document_policy import DocumentPolicy
    from worldtree.store.documents import DocumentVersion
    from worldtree.store.store import TaskRecord


class AuthorizedClusters(AuthorizedTasks):
    """Reads and changes the clusters of a project and their documents."""

    @requires("cluster:destroy", "task:create")
    def destroy(self, cluster: str, content: AskedContent | None = None) -> TaskRecord:
        """Ask to remove a cluster from its hosts, as its wanted document describes it."""
        return self.submit(cluster, AskedWork(pipeline=DESTROY_CLUSTER, content=content))

    @requires("cluster:get")
    def clusters(
        self, limit: int, cursor: str | None = None, order: ClusterOrder = "name"
    ) -> dict[str, Any]:
        """Return a page of clusters in ``order``, with newest task and wanted version."""
        after = None if cursor is None else cluster_position(cursor, order)
        found = self._application.store.cluster_page(limit + 1, after, order)
        rows, more = page_of(found, limit)
        return pages.cluster_page_view(rows, more=more, order=order)

    @requires("cluster:get")
    def cluster(self, name: str) -> dict[str, Any]:
        """Return a cluster with its newest task and wanted version."""
        return pages.cluster_view(self._documents.cluster(name))

    @requires("cluster:create", "task:create")
    def create_cluster(
        self, body: bytes, *, is_json: bool, content: AskedContent | None = None
    ) -> tuple[DocumentVersion, TaskRecord]:
        """Store the first document of a cluster and ask to apply it."""
        document = self._read(body, is_json=is_json)
        # Before anything is stored: nothing of it would run.
        refuse_unapproved(self._application.store, document.cluster, TaskCommand.APPLY, "")
        self._application.contents.check(content)
        found = self._documents.create(document)
        return found, self.submit(found.cluster, AskedWork(version=found.version, content=content))

    @requires("cluster:update")
    def put_document(
        self, name: str, body: bytes, expected: Collection[str] | None, *, is_json: bool
    ) -> DocumentVersion:
        """Store a document as the wanted one; the first of a cluster needs ``cluster:create``.

        ``expected`` has the digests of which one is to be replaced, or is None.
        """
        if self._application.store.cluster_summary(name) is None:
            self.principal.require("cluster:create", self.project)
        document = self._read(body, is_json=is_json)
        return self._documents.replace(name, document, expected)

    @requires("task:create")
    def run(
        self, cluster: str, asked: AskedTask, expected: Collection[str] | None = None
    ) -> TaskRecord:
        """Ask for a pipeline of a stored document, or of one that is stored with the task.

        The latter takes the permissions of ``put_document``, and what ``expected`` is there.
        Nothing is stored of a request that is refused.
        """
        if asked.document is None:
            return self.submit(cluster, asked)
        self.principal.require("cluster:update", self.project)
        if self._application.store.cluster_summary(cluster) is None:
            self.principal.require("cluster:create", self.project)
        if asked.pipeline == DESTROY_CLUSTER:
            self.principal.require("cluster:destroy", self.project)
        refuse_wrong_parameters(asked)
        # What is no Unicode is an error of the document.
        document = self._read(asked.document.encode(errors="surrogatepass"), is_json=False)
        return self._application.submission.submit_document(
            cluster, document, expected, asked.task_request
        )

    @requires("cluster:update")
    def patch_document(
        self, name: str, patch: bytes, expected: Collection[str] | None
    ) -> DocumentVersion:
        """Change the wanted document by a JSON merge patch."""
        before = self._documents.wanted(name)
        if expected is None:
            # The patch says what is to be changed: it fits the document that it is applied to.
            expected = (before.digest,)
        with DOCUMENT_SLOTS.taken():
            patched = patch_document(before.body, patch, self._stored_policy())
        self._documents.refuse_unexpected(name, before.digest, expected)
        return self._documents.replace(name, patched, (before.digest,))

    def _read(self, body: bytes, *, is_json: bool) -> CheckedDocument:
        with DOCUMENT_SLOTS.taken():
            return read_document(body, is_json=is_json, policy=self._stored_policy())

    def _stored_policy(self) -> DocumentPolicy | None:
        """Return the policy of documents that are stored; content comes with each request."""
        found = self._application.policy
        return None if found is None else found.stored_form

    @requires("cluster:get")
    def document(self, name: str, version: int | None = None) -> DocumentVersion:
        """Return a version of a cluster's document, by default the wanted one."""
        return self._documents.version(name, version)

    @requires("cluster:get")
    def document_versions(
        self, name: str, limit: int, cursor: str | None = None, order: VersionOrder = "-version"
    ) -> dict[str, Any]:
        """Return a page of versions without texts in ``order``."""
        after = None if cursor is None else version_position(cursor, order)
        self._documents.cluster(name)
        found = self._application.store.document_page(name, limit + 1, after, order)
        rows, more = page_of(found, limit)
        return pages.version_page_view(rows, more=more, order=order)

    @requires("cluster:get")
    def document_diff(self, name: str, old: int, new: int) -> str:
        """Return the unified difference of two versions."""
        return self._documents.diff(name, old, new)

    @requires("document:compile")
    def validate(
        self, body: bytes, *, is_json: bool, content: AskedContent | None = None
    ) -> dict[str, Any]:
        """Return whether a document is valid beside its content, and every diagnostic."""
        contents = self._application.contents
        with contents.in_slot(content) as opened:
            beside = None if opened is None else opened.tar
            policy = contents.allowed(content)
            return validate_sent(
                body, is_json=is_json, policy=policy, content=beside, scratch=contents.scratch
            )
