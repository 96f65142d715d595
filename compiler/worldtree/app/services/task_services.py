"""Creates what runs tasks and reads them, and the facts of hosts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from worldtree.app.services.document_services import DocumentServices

if TYPE_CHECKING:
    from worldtree.app.artifacts.artifact_service import ArtifactService
    from worldtree.app.hosts.facts import FactsService
    from worldtree.app.offline.bundle_service import BundleService
    from worldtree.app.tasks.apply import ApplyService
    from worldtree.app.tasks.cancel import CancelService
    from worldtree.app.tasks.drift import DriftService
    from worldtree.app.tasks.dry_run import DryRunService
    from worldtree.app.tasks.history import HistoryService
    from worldtree.app.tasks.import_runs import ImportService
    from worldtree.app.tasks.kept_files import KeptFiles
    from worldtree.app.tasks.replan import ReplanService
    from worldtree.app.tasks.resume import ResumeService
    from worldtree.app.tasks.rollback import RollbackService


class TaskServices(DocumentServices):
    """Runs, continues, undoes and shows tasks."""

    @cached_property
    def apply(self) -> ApplyService:
        """Runs plans and bundles."""
        from worldtree.app.tasks.apply import ApplyService

        # Callables, because the compiler is slow to import and a reviewed bundle does not need it.
        return ApplyService(
            self.settings,
            self._ports,
            lambda: self.store,
            lambda: self.documents,
            lambda: self.rollback,
        )

    @cached_property
    def artifacts(self) -> ArtifactService:
        """Lists, locks and fetches what documents need from elsewhere."""
        from worldtree.app.artifacts.artifact_service import ArtifactService

        return ArtifactService(
            self.settings, self._ports, lambda: self.documents, self._existing_store
        )

    @cached_property
    def bundles(self) -> BundleService:
        """Makes, checks and loads offline bundles."""
        from worldtree.app.documents.document_service import DocumentService
        from worldtree.app.offline.bundle_service import BundleService

        # Without what is stored: bundles depend on files only.
        documents = DocumentService()
        return BundleService(self.settings, self._ports, documents, lambda: self.artifacts)

    @cached_property
    def dry_run(self) -> DryRunService:
        """Simulates plans."""
        from worldtree.app.tasks.dry_run import DryRunService

        return DryRunService(self.settings, lambda: self.store)

    @cached_property
    def resume(self) -> ResumeService:
        """Continues tasks that were interrupted, cancelled or lost hosts."""
        from worldtree.app.tasks.resume import ResumeService

        return ResumeService(
            self.settings, self._ports, lambda: self.store, lambda: self.documents, self.rollback
        )

    @cached_property
    def replan(self) -> ReplanService:
        """Continues tasks whose documents have changed."""
        from worldtree.app.tasks.replan import ReplanService

        return ReplanService(
            self.settings,
            self._ports,
            lambda: self.store,
            lambda: self.documents,
            self.apply,
            self.resume,
            self.rollback,
        )

    @cached_property
    def rollback(self) -> RollbackService:
        """Undoes tasks."""
        from worldtree.app.tasks.rollback import RollbackService

        return RollbackService(self.settings, self._ports, lambda: self.store)

    @cached_property
    def drift(self) -> DriftService:
        """Compares hosts with the document."""
        from worldtree.app.tasks.drift import DriftService
        from worldtree.app.tasks.drift_history import DriftHistory

        return DriftService(self.apply, DriftHistory(lambda: self.store, self.history))

    @cached_property
    def cancel(self) -> CancelService:
        """Cancels tasks that other processes run."""
        from worldtree.app.tasks.cancel import CancelService

        return CancelService(self.settings, self._ports, lambda: self.store)

    @cached_property
    def history(self) -> HistoryService:
        """Reads past and running tasks."""
        from worldtree.app.tasks.history import HistoryService

        return HistoryService(lambda: self.store)

    @cached_property
    def import_runs(self) -> ImportService:
        """Imports runs that ansible-runner recorded."""
        from worldtree.app.tasks.import_runs import ImportService

        return ImportService(self.settings, self._ports, lambda: self.store)

    @cached_property
    def facts(self) -> FactsService:
        """Reads and gathers host facts."""
        from worldtree.app.hosts.facts import FactsService

        return FactsService(lambda: self.store, self.apply)

    def kept_files(self, cluster: str) -> KeptFiles:
        """Return what roles of a cluster wrote on the control side.

        Raises ``UnknownClusterError`` where no task ran and nothing is kept.
        """
        from worldtree.app.admin.maintenance import ensure_known
        from worldtree.app.tasks.kept_files import KeptFiles, clusters_with_files

        if cluster not in (kept := clusters_with_files(self.settings.home)):
            store = self._existing_store()
            ensure_known(cluster, [*kept, *(store.cluster_names() if store else ())])
        return KeptFiles(self.settings.home, cluster)
