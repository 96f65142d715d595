"""The services that commands, API calls and workers use, of one set of settings.

A service is created on first use, so that a command imports only what it needs. Each has a property
in the file of its area in ``worldtree.app.services``, and nothing else wires services together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from worldtree.app.services.admin_services import AdminServices
from worldtree.app.services.queue_services import QueueServices

if TYPE_CHECKING:
    from collections.abc import Callable

    from worldtree.app.documents.document_policy import DocumentPolicy
    from worldtree.app.documents.service_policy import ServicePolicy
    from worldtree.core.actor import Actor


class Application(QueueServices, AdminServices):
    """Holds the services of one set of settings; close it after use."""

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

    def chosen_project(self) -> Application:
        """Return the services for the project of the settings.

        They share the database of this application, which is the one to close. Raises
        ``AccessInputError`` for an unknown project.
        """
        if not self.settings.project:
            return self
        return self.of(self._ports.actor, self.access.project(self.settings.project).id)

    def of(self, actor: Actor, project: str, traceparent: str | None = None) -> Application:
        """Return the services for a request of ``actor`` in a project (its id).

        ``traceparent`` is the W3C header of the request; new tasks keep it. The services share the
        database of this application, which is the one to close.
        """
        store = self.store.of_project(project)
        settings = replace(self.settings, home=store.home)
        made = Application(settings, replace(self._ports, actor=actor, traceparent=traceparent))
        made.store = store
        return made


def load_for_tasks() -> None:
    """Import what a task needs, with all plugins, which takes most of a second."""
    import worldtree.app.documents.document_service
    import worldtree.app.documents.policy
    import worldtree.app.tasks.apply
    import worldtree.app.tasks.isolated_runs
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
