"""What a principal can ask for about plans; a part of ``AuthorizedApplication``."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from worldtree.app.approvals.plan_bundles import stored_bundle
from worldtree.app.approvals.plan_requests import AskedApply, AskedDecision, AskedPlan
from worldtree.app.approvals.plans import known_proposal
from worldtree.app.approvals.sent_plans import compile_sent
from worldtree.app.authorized.clusters import AuthorizedClusters
from worldtree.app.permission_checks import requires
from worldtree.app.views.documents import compiled_view
from worldtree.app.views.graph import graph_view
from worldtree.core.packed_directories import write_packed
from worldtree.core.unnamed_files import unnamed_file
from worldtree.plan.pipeline_names import DESTROY_CLUSTER
from worldtree.store.proposals import Decision, ProposalStatus

if TYPE_CHECKING:
    from worldtree.app.tasks.asked_work import AskedCompile
    from worldtree.store.proposals import ProposalRecord
    from worldtree.store.store import TaskRecord


class AuthorizedPlans(AuthorizedClusters):
    """Requests plans, decides on them, and applies them."""

    @requires("document:compile", "cluster:get")
    def compile_document(self, asked: AskedCompile) -> tuple[dict[str, Any], IO[bytes] | None]:
        """Compile a document that was sent, without storing it; raises ``InputError``.

        A pipeline may read the document before and facts of the cluster. Beside the plan and its
        warnings this returns an open file with the bundle as a tar, None where none is asked for.
        """
        contents = self._application.contents
        with contents.in_slot(asked.content) as opened:
            beside = None if opened is None else opened.tar
            policy = contents.allowed(asked.content)
            found = compile_sent(
                self._application.store, asked, policy, beside, scratch=contents.scratch
            )
        return compiled_view(found), found.bundle

    @requires("plan:create")
    def request_plan(self, asked: AskedPlan) -> dict[str, Any]:
        """Compile a pipeline of a cluster's document without running it."""
        self._require_destroy(asked.pipeline)
        return self._view(self._application.plans.request(asked))

    @requires("plan:get")
    def plans(
        self,
        limit: int,
        cursor: str | None = None,
        *,
        cluster: str | None = None,
        status: ProposalStatus | None = None,
    ) -> dict[str, Any]:
        """Return a page of plans, newest first, without graphs."""
        return self._application.plans.page(limit, cursor, cluster=cluster, status=status)

    @requires("plan:get")
    def plan(self, plan: str) -> dict[str, Any]:
        """Return a plan with graph, undo coverage, digests, decisions and what is missing."""
        return self._application.plans.view(plan)

    @requires("plan:get")
    def plan_graph(self, plan: str) -> dict[str, Any]:
        """Return the graph of a plan; of one that was pruned an empty one."""
        found: dict[str, Any] = self._application.plans.view(plan)["graph"]
        return found or {"nodes": [], "edges": [], "layers": []}

    @requires("plan:get")
    def plan_bundle(self, plan: str) -> IO[bytes]:
        """Return the bundle of a plan as an open file with a tar.

        Raises ``RefusedError`` for a damaged one.
        """
        application, record = self._application, self._known(plan)
        place = application.settings.home / "plans"
        with stored_bundle(application.store, record.id, record.files, place) as bundle:
            return unnamed_file(place, lambda file: write_packed(bundle, file))

    @requires("plan:approve")
    def decide_plan(self, plan: str, what: Decision, asked: AskedDecision) -> dict[str, Any]:
        """Approve or reject a plan."""
        return self._view(self._application.plans.decide(plan, what, asked))

    @requires("plan:apply")
    def apply_plan(self, plan: str, asked: AskedApply) -> TaskRecord:
        """Ask for the task that runs a plan."""
        self._require_destroy(self._known(plan).request["work"]["pipeline"])
        return self._application.plans.apply(plan, asked)

    @requires("task:get")
    def task_graph(self, task: str) -> dict[str, Any]:
        """Return the graph of a task with the status of each node."""
        store, record = self._application.store, self._tasks.find(task)
        if record.plan is None:
            return {"nodes": [], "edges": [], "layers": []}
        result = store.result(record.id, keep_tasks=False)
        statuses = {node.id: node.status.value for node in result.nodes}
        return graph_view(store.plan(record.plan), statuses)

    def _known(self, plan: str) -> ProposalRecord:
        return known_proposal(self._application.store, plan)

    def _require_destroy(self, pipeline: str) -> None:
        if pipeline == DESTROY_CLUSTER:
            self.principal.require("cluster:destroy", self.project)

    def _view(self, record: ProposalRecord) -> dict[str, Any]:
        return self._application.plans.view(record.id)
