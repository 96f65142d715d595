"""Reads the stored facts of a cluster's hosts, or gathers fresh ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.documents.document_service import choose_document, load_documents
from worldtree.app.hosts.fact_store import facts_only
from worldtree.app.tasks.apply import ApplyService, PreparedRun
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.compile.gathering import GATHER_NODE, gather_always, gather_selection
from worldtree.results.task_command import TaskCommand
from worldtree.results.tree import HostResult, TaskResult
from worldtree.store.cluster_state import FactSnapshot

if TYPE_CHECKING:
    from worldtree.store.store import Store

__all__ = ["FactSnapshot", "FactsService"]

#: Newest tasks that are searched for the last gathering.
_MAX_TASKS_SEARCHED = 20


class FactsService:
    """Reads stored facts and runs tasks that gather them."""

    def __init__(self, store: Callable[[], Store], apply: ApplyService) -> None:
        self._store, self._apply = store, apply

    def resolve_cluster(self, request: DocumentRequest) -> tuple[str, tuple[str, ...]]:
        """Return the name of the requested cluster, and its hosts if the document exists.

        Raises ``InputError``.
        """
        if request.cluster is not None and not request.file.is_file():
            return request.cluster, ()
        document = choose_document(load_documents(request), request.cluster)
        plan = plan_document(document).plan
        return plan.cluster, tuple(host.name for host in plan.hosts)

    def kept(self, cluster: str) -> list[FactSnapshot]:
        """Return the newest stored facts of each host."""
        return [
            FactSnapshot(found.host, facts_only(found.body), found.gathered)
            for found in self._store().facts(cluster).values()
        ]

    def lost(self, cluster: str) -> dict[str, str]:
        """Return the hosts that failed in their last gathering, each with the reason.

        A task may have gathered the facts of some hosts only.
        """
        store, last = self._store(), dict[str, HostResult]()
        for record in store.list_tasks(cluster, limit=_MAX_TASKS_SEARCHED, begun=True):
            for node in store.result(record.id, keep_tasks=False).nodes:
                if node.id.endswith(GATHER_NODE) and node.started is not None:
                    last = {**node.hosts, **last}
        return {
            name: host.message or host.status.value
            for name, host in last.items()
            if host.status.is_lost
        }

    def prepare(self, request: DocumentRequest, hosts: tuple[str, ...]) -> PreparedRun:
        """Return a plan that only gathers facts, of all hosts or of ``hosts``."""
        document = choose_document(load_documents(request), request.cluster)
        gather_always(document.data)
        selection = gather_selection(hosts)
        planned = plan_document(document, selection=selection)
        compiled = compile_plan(planned)
        asked = TaskRequest(command=TaskCommand.FACTS, document=request, selection=selection)
        return PreparedRun(compiled.plan, compiled.bundle, compiled.diagnostics, request=asked)

    def gather(self, prepared: PreparedRun, observer: TaskObserver) -> TaskResult:
        """Gather facts and store them."""
        return self._apply.run(prepared, observer)
