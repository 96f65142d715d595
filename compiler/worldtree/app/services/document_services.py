"""Creates what works on documents; nothing here touches a host."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from worldtree.app.services.service_base import ServiceBase

if TYPE_CHECKING:
    from worldtree.app.content.archives import ArchiveService
    from worldtree.app.content.content_source import ContentOpener
    from worldtree.app.documents.document_service import DocumentService
    from worldtree.app.documents.import_playbooks import PlaybookImportService
    from worldtree.app.documents.project_policies import ProjectPolicies
    from worldtree.app.documents.reference import ReferenceService


class DocumentServices(ServiceBase):
    """Compiles, imports and explains documents."""

    @cached_property
    def documents(self) -> DocumentService:
        """Compiles documents to plans and bundles."""
        from worldtree.app.documents.document_service import DocumentService
        from worldtree.app.documents.pipeline_inputs import PipelineInputReader

        inputs = PipelineInputReader(self._existing_store)
        # Where documents are the owner's there is none to read, which would load the database.
        policy = None if self._ports.policy is None else self.project_policies.effective()
        return DocumentService(inputs, policy)

    @cached_property
    def project_policies(self) -> ProjectPolicies:
        """Reads and changes what documents of the project may do."""
        from worldtree.app.documents.project_policies import ProjectPolicies

        ports = self._ports
        return ProjectPolicies(ports.policy, ports.actor, lambda: self.store)

    @cached_property
    def archives(self) -> ArchiveService:
        """Keeps the archives of the project, whose roles and files requests may use."""
        from worldtree.app.content.archives import ArchiveService

        scratch = self.settings.home / "plans"
        return ArchiveService(lambda: self.store, self._ports.actor, scratch)

    @cached_property
    def contents(self) -> ContentOpener:
        """Opens the roles and files that requests bring along."""
        from worldtree.app.content.content_source import ContentOpener

        return ContentOpener(self._ports, self.store, self.settings.home / "plans")

    @cached_property
    def playbook_import(self) -> PlaybookImportService:
        """Writes documents for playbooks."""
        from worldtree.app.documents.import_playbooks import PlaybookImportService

        ports = self._ports
        return PlaybookImportService(ports.working_directory, ports.environ, self.documents)

    @cached_property
    def reference(self) -> ReferenceService:
        """Explains the document format and reads roles."""
        from worldtree.app.documents.reference import ReferenceService

        return ReferenceService()
