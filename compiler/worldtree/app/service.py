"""The application: everything a command, an API call or a worker can ask for.

Its parts are built from the settings when they are first asked for, so that a command pays only for
what it uses: this is the one place where parts are wired together.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.app.admin.doctor import Doctor
    from worldtree.app.admin.maintenance import MaintenanceService
    from worldtree.app.documents.document_service import DocumentService
    from worldtree.app.documents.reference import ReferenceService
    from worldtree.app.hosts.facts import FactsService
    from worldtree.app.ports import Ports
    from worldtree.app.tasks.apply import ApplyService
    from worldtree.app.tasks.cancel import CancelService
    from worldtree.app.tasks.drift import DriftService
    from worldtree.app.tasks.dry_run import DryRunService
    from worldtree.app.tasks.history import HistoryService
    from worldtree.app.tasks.replan import ReplanService
    from worldtree.app.tasks.resume import ResumeService
    from worldtree.app.tasks.rollback import RollbackService
    from worldtree.core.settings import Settings
    from worldtree.store.store import Store


class Application:
    """Give it settings; ask its parts."""

    def __init__(self, settings: Settings, ports: Ports) -> None:
        self.settings = settings
        self._ports = ports

    @cached_property
    def documents(self) -> DocumentService:
        """Documents to plans and bundles."""
        from worldtree.app.documents.document_service import DocumentService

        return DocumentService()

    @cached_property
    def apply(self) -> ApplyService:
        """Bundles to results."""
        from worldtree.app.tasks.apply import ApplyService

        # Compiling takes a moment to load, which a reviewed bundle does not need.
        return ApplyService(
            self.settings,
            self._ports,
            lambda: self.store,
            lambda: self.documents,
            lambda: self.rollback,
        )

    @cached_property
    def dry_run(self) -> DryRunService:
        """How a plan would go."""
        from worldtree.app.tasks.dry_run import DryRunService

        return DryRunService(self.settings, lambda: self.store)

    @cached_property
    def resume(self) -> ResumeService:
        """Tasks that were cut off, to their end."""
        from worldtree.app.tasks.resume import ResumeService

        return ResumeService(
            self.settings, self._ports, lambda: self.store, lambda: self.documents, self.rollback
        )

    @cached_property
    def replan(self) -> ReplanService:
        """Tasks whose documents have changed, to their end."""
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
        """Tasks, taken back."""
        from worldtree.app.tasks.rollback import RollbackService

        return RollbackService(self.settings, self._ports, lambda: self.store)

    @cached_property
    def drift(self) -> DriftService:
        """Where hosts differ from the document."""
        from worldtree.app.tasks.drift import DriftService

        return DriftService(self.apply)

    @cached_property
    def cancel(self) -> CancelService:
        """An end to tasks that other processes run."""
        from worldtree.app.tasks.cancel import CancelService

        return CancelService(self.settings, self._ports, lambda: self.store)

    @cached_property
    def facts(self) -> FactsService:
        """What hosts said of themselves."""
        from worldtree.app.hosts.facts import FactsService

        return FactsService(lambda: self.store, self.apply)

    @cached_property
    def history(self) -> HistoryService:
        """What was run before."""
        from worldtree.app.tasks.history import HistoryService

        return HistoryService(lambda: self.store)

    @cached_property
    def maintenance(self) -> MaintenanceService:
        """Care of the state between tasks."""
        from worldtree.app.admin.maintenance import MaintenanceService

        return MaintenanceService(lambda: self.store)

    @cached_property
    def doctor(self) -> Doctor:
        """What is wrong with this machine and the state on it."""
        from worldtree.app.admin.doctor import Doctor

        return Doctor(self.settings, self._ports)

    @cached_property
    def reference(self) -> ReferenceService:
        """What can be written in a document, and what is in a team's roles."""
        from worldtree.app.documents.reference import ReferenceService

        return ReferenceService()

    @cached_property
    def store(self) -> Store:
        """The durable state; costs most of a second to load, so it is opened when it is used."""
        from worldtree.store.store import Store

        return Store.open(self.settings.home, self.settings.database_url)

    def close(self) -> None:
        """Close what was opened; asking again does nothing."""
        if "store" in self.__dict__:
            self.store.close()
