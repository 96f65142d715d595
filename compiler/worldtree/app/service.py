"""Creates the services that commands, API calls and workers use.

A service is created on first use, so that a command imports only what it needs. This is the only
place where services are wired together.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from worldtree.core.worker_times import WorkerTimes

if TYPE_CHECKING:
    from collections.abc import Callable

    from worldtree.app.admin.access import AccessService
    from worldtree.app.admin.database import DatabaseService
    from worldtree.app.admin.doctor import Doctor
    from worldtree.app.admin.figures import FiguresService
    from worldtree.app.admin.maintenance import MaintenanceService
    from worldtree.app.admin.provider_login import ProviderLogin
    from worldtree.app.admin.worker_settings import WorkerSettingsService
    from worldtree.app.approvals.approved_runs import ApprovedRuns
    from worldtree.app.approvals.plans import PlanService
    from worldtree.app.automation.notification_service import NotificationService
    from worldtree.app.automation.schedule_service import ScheduleService
    from worldtree.app.documents.document_policy import DocumentPolicy
    from worldtree.app.documents.document_service import DocumentService
    from worldtree.app.documents.import_playbooks import PlaybookImportService
    from worldtree.app.documents.project_policies import ProjectPolicies
    from worldtree.app.documents.reference import ReferenceService
    from worldtree.app.documents.service_policy import ServicePolicy
    from worldtree.app.hosts.facts import FactsService
    from worldtree.app.idempotency import IdempotencyService
    from worldtree.app.ports import Ports
    from worldtree.app.tasks.apply import ApplyService
    from worldtree.app.tasks.cancel import CancelService
    from worldtree.app.tasks.drift import DriftService
    from worldtree.app.tasks.dry_run import DryRunService
    from worldtree.app.tasks.history import HistoryService
    from worldtree.app.tasks.import_runs import ImportService
    from worldtree.app.tasks.kept_files import KeptFiles
    from worldtree.app.tasks.queued_tasks import QueuedTaskService
    from worldtree.app.tasks.replan import ReplanService
    from worldtree.app.tasks.resume import ResumeService
    from worldtree.app.tasks.rollback import RollbackService
    from worldtree.app.tasks.submission import SubmissionService
    from worldtree.app.tasks.work_queue import WorkQueue
    from worldtree.app.tasks.worker_register import WorkerRegister
    from worldtree.auth.provider_tokens import ProviderSettings
    from worldtree.core.actor import Actor
    from worldtree.core.settings import Settings
    from worldtree.store.store import Store


class Application:
    """Holds the services of one set of settings; close it after use."""

    def __init__(self, settings: Settings, ports: Ports) -> None:
        self.settings = settings
        self._ports = ports

    def with_policy(self, policy: ServicePolicy) -> Application:
        """Return the same services for documents that may do only what ``policy`` allows."""
        return Application(self.settings, replace(self._ports, policy=policy))

    def work_for_row(self, row: int, stop: Callable[[], None]) -> None:
        """Use the database as the process that has a row of the queue.

        It waits for a server that is away, and ends by ``stop`` when that takes too long.
        """
        from worldtree.store.worker_work import WorkerWork

        self.store.work = WorkerWork(row, self.store.times, stop)
        self.store.wait_for_server(self.store.times.outage)

    @property
    def policy(self) -> DocumentPolicy | None:
        """What documents of the project may do; None where they are the owner's."""
        return self.project_policies.effective()

    @cached_property
    def project_policies(self) -> ProjectPolicies:
        """Reads and changes what documents of the project may do."""
        from worldtree.app.documents.project_policies import ProjectPolicies

        return ProjectPolicies(self._ports.policy, self._ports.actor, lambda: self.store)

    def chosen_project(self) -> Application:
        """Return the services for the project of the settings.

        They share the database of this application, which is the one to close. Raises
        ``AccessInputError`` for an unknown project.
        """
        if not self.settings.project:
            return self
        return self.of(self._ports.actor, self.access.project(self.settings.project).id)

    def of(self, actor: Actor, project: str) -> Application:
        """Return the services for a request of ``actor`` in a project (its id).

        They share the database of this application, which is the one to close.
        """
        store = self.store.of_project(project)
        settings = replace(self.settings, home=store.home)
        made = Application(settings, replace(self._ports, actor=actor))
        made.store = store
        return made

    @cached_property
    def documents(self) -> DocumentService:
        """Compiles documents to plans and bundles."""
        from worldtree.app.documents.document_service import DocumentService
        from worldtree.app.documents.pipeline_inputs import PipelineInputReader

        return DocumentService(PipelineInputReader(self._existing_store), self.policy)

    @cached_property
    def playbook_import(self) -> PlaybookImportService:
        """Writes documents for playbooks."""
        from worldtree.app.documents.import_playbooks import PlaybookImportService

        ports = self._ports
        return PlaybookImportService(ports.working_directory, ports.environ, self.documents)

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
    def submission(self) -> SubmissionService:
        """Puts tasks into the queue of the service."""
        from worldtree.app.tasks.submission import SubmissionService

        return SubmissionService(self._ports, lambda: self.store)

    @cached_property
    def schedules(self) -> ScheduleService:
        """Makes and shows schedules."""
        from worldtree.app.automation.schedule_service import ScheduleService

        return ScheduleService(self._ports, lambda: self.store)

    @cached_property
    def notifications(self) -> NotificationService:
        """Makes and shows channels of notifications."""
        from worldtree.app.automation.notification_service import NotificationService

        return NotificationService(self.settings, self._ports, lambda: self.store)

    @cached_property
    def queued_tasks(self) -> QueuedTaskService:
        """Runs tasks of the queue."""
        from worldtree.app.tasks.queued_tasks import QueuedTaskService

        return QueuedTaskService(
            self.settings,
            self._ports,
            lambda: self.store,
            apply=lambda: self.apply,
            resume=lambda: self.resume,
            rollback=lambda: self.rollback,
            cancel=lambda: self.cancel,
            drift=lambda: self.drift,
            approved=lambda: self.approved_runs,
        )

    @cached_property
    def plans(self) -> PlanService:
        """Compiles plans without running them, and decides on them."""
        from worldtree.app.approvals.plans import PlanService

        return PlanService(self.settings, self._ports, lambda: self.store)

    @cached_property
    def approved_runs(self) -> ApprovedRuns:
        """Prepares the runs of approved plans."""
        from worldtree.app.approvals.approved_runs import ApprovedRuns

        return ApprovedRuns(self.settings, lambda: self.store)

    @cached_property
    def idempotency(self) -> IdempotencyService:
        """Lets requests with a key do their work once."""
        from worldtree.app.idempotency import IdempotencyService

        return IdempotencyService(lambda: self.store)

    @cached_property
    def work_queue(self) -> WorkQueue:
        """The queue as workers use it."""
        from worldtree.app.tasks.work_queue import WorkQueue

        return WorkQueue(lambda: self.store)

    @cached_property
    def workers(self) -> WorkerRegister:
        """The workers of all machines."""
        from worldtree.app.tasks.worker_register import WorkerRegister

        return WorkerRegister(lambda: self.store)

    @cached_property
    def worker_settings(self) -> WorkerSettingsService:
        """Binds clusters to workers, and limits projects."""
        from worldtree.app.admin.worker_settings import WorkerSettingsService

        return WorkerSettingsService(lambda: self.store, self._ports.actor)

    @cached_property
    def cancel(self) -> CancelService:
        """Cancels tasks that other processes run."""
        from worldtree.app.tasks.cancel import CancelService

        return CancelService(self.settings, self._ports, lambda: self.store)

    @cached_property
    def facts(self) -> FactsService:
        """Reads and gathers host facts."""
        from worldtree.app.hosts.facts import FactsService

        return FactsService(lambda: self.store, self.apply)

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
    def maintenance(self) -> MaintenanceService:
        """Maintains the state: rebuild, prune, unlock."""
        from worldtree.app.admin.maintenance import MaintenanceService

        return MaintenanceService(lambda: self.store)

    @cached_property
    def access(self) -> AccessService:
        """Checks tokens; manages users, roles, tokens and projects."""
        from worldtree.app.admin.access import AccessService

        return AccessService(lambda: self.store, self._ports.actor)

    def provider_login(self, settings: ProviderSettings | None) -> ProviderLogin:
        """Return what logs users of an identity provider in. Raises ``ProviderConfigError``."""
        from worldtree.app.admin.provider_login import ProviderLogin

        return ProviderLogin(lambda: self.store, lambda: self.access, settings)

    @cached_property
    def database(self) -> DatabaseService:
        """Upgrades the database."""
        from worldtree.app.admin.database import DatabaseService

        return DatabaseService(self.settings)

    @cached_property
    def figures(self) -> FiguresService:
        """Reads the figures of all projects."""
        from worldtree.app.admin.figures import FiguresService

        return FiguresService(lambda: self.store)

    @cached_property
    def doctor(self) -> Doctor:
        """Checks this machine and the state."""
        from worldtree.app.admin.doctor import Doctor

        return Doctor(self.settings, self._ports)

    @cached_property
    def reference(self) -> ReferenceService:
        """Explains the document format and reads roles."""
        from worldtree.app.documents.reference import ReferenceService

        return ReferenceService()

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

    @cached_property
    def store(self) -> Store:
        """The database. It takes most of a second to import, so it is opened on first use."""
        from worldtree.store.store import Store

        return self._with_times(Store.open(self.settings.home, self.settings.database_url))

    def _existing_store(self) -> Store | None:
        """Return the database; None where there is none: reading creates nothing."""
        from worldtree.store.store import Store

        if "store" not in self.__dict__:
            found = Store.open_existing(self.settings.home, self.settings.database_url)
            if found is None:
                return None
            self.store = self._with_times(found)
        return self.store

    def _with_times(self, store: Store) -> Store:
        if self.settings.worker_outage:
            store.times = WorkerTimes(self.settings.worker_outage)
        return store

    def close(self) -> None:
        """Close the database if it is open. May be called again."""
        if "store" in self.__dict__:
            self.store.close()


def load_for_tasks() -> None:
    """Import what a task needs, with all plugins, which takes most of a second."""
    import worldtree.app.documents.document_service
    import worldtree.app.documents.policy
    import worldtree.app.tasks.apply
    import worldtree.app.tasks.queued_tasks
    import worldtree.app.tasks.resume
    import worldtree.app.tasks.rollback
    import worldtree.engine.run_plan
    import worldtree.graph.render
    import worldtree.runner.connect.connection_check
    import worldtree.runner.connect.host_probes
    import worldtree.runner.control.executor
    import worldtree.store.store  # noqa: F401  # Loaded, not used here.
    from worldtree.ansible.steps.registry import kinds
    from worldtree.catalog.component_registry import loaded_components
    from worldtree.catalog.pipeline_registry import loaded_pipelines

    kinds()
    loaded_components()
    loaded_pipelines()
