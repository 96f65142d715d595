"""Plans without runs: requests them, decides on them, and puts what is approved into the queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from worldtree.app.approvals.approval_rules import (
    ApprovalRules,
    approvers,
    missing_approvals,
    read_rules,
)
from worldtree.app.approvals.plan_bundles import keep_bundle, stored_bundle
from worldtree.app.approvals.plan_orders import plan_order
from worldtree.app.approvals.plan_requests import AskedApply, AskedDecision, AskedPlan
from worldtree.app.approvals.plan_state import (
    changes_since,
    kept_policy,
    plan_digests,
    plan_inputs,
    void_plan,
)
from worldtree.app.content.content_request import ContentSource
from worldtree.app.documents.isolated_compile import IsolatedCompiler
from worldtree.app.documents.wanted_documents import WantedDocuments
from worldtree.app.page_cursors import decode_cursor
from worldtree.app.ports import Ports
from worldtree.app.tasks.asked_work import AskedWork
from worldtree.app.tasks.queued_work import ApprovedWork
from worldtree.app.tasks.submission import new_queued_task
from worldtree.app.tasks.task_reader import page_of
from worldtree.app.tasks.task_requests import Mode, TaskRequest
from worldtree.app.views.proposals import proposal_page_view, proposal_view
from worldtree.core.errors import InputError, RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.core.settings import Settings
from worldtree.store.proposals import Decision, ProposalStatus

if TYPE_CHECKING:
    from worldtree.app.content.content_source import ContentOpener
    from worldtree.store.proposals import ProposalRecord
    from worldtree.store.store import Store, TaskRecord


class PlanService:
    """Works on plans on behalf of the actor of its ports, in the project of its store."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        store: Callable[[], Store],
        contents: Callable[[], ContentOpener],
    ) -> None:
        self._settings, self._ports, self._store = settings, ports, store
        self._contents = contents

    def rules(self) -> ApprovalRules:
        """Return the rules of the project."""
        return read_rules(self._store().project_settings())

    def set_rules(self, rules: ApprovalRules) -> None:
        """Change the rules of the project; who did so is in the audit log."""
        self._store().change_project_setting(
            "approvals",
            rules.model_dump(mode="json"),
            self._ports.actor,
            what="approval-rules-changed",
            detail=f"required {rules.required}, own {'allowed' if rules.own else 'refused'}",
        )

    def request(self, asked: AskedPlan) -> ProposalRecord:
        """Compile a pipeline of a stored document, and keep plan and bundle.

        The document is compiled in a process of its own, and may do what the policy of the ports
        allows; without one nothing but work on its hosts. Raises ``InputError`` for what is
        wrong in it, ``UnknownClusterError``, and ``RefusedError``.
        """
        store, name = self._store(), uuid4().hex
        document = WantedDocuments(store, self._ports.actor).version(asked.cluster, asked.version)
        inputs = plan_inputs(store, asked.pipeline, asked.cluster)
        opener = self._contents()
        policy, scratch = opener.policy, opener.scratch
        order = plan_order(asked, document.body, "bundle", opener.allowed(asked.content), inputs)
        with opener.in_slot(asked.content) as content:
            compiler = IsolatedCompiler(scratch=scratch)
            answer = compiler.compile(order, None if content is None else content.tar)
            if answer.has_errors or answer.bundle is None:
                raise InputError(list(answer.diagnostics))
            plan, files = keep_bundle(store, answer.bundle, scratch)
        if (plan.cluster, plan.pipeline) != (asked.cluster, asked.pipeline):
            raise RefusedError("the plan is that of another cluster", code="compile-failed")
        digests = plan_digests(
            store, plan, document, inputs, bundle=files, only_changed=asked.only_changed
        )
        work = AskedWork.model_validate(asked.model_dump(exclude={"cluster"}))
        store.add_proposal(
            name,
            plan,
            actor=self._ports.actor,
            request={
                "work": work.model_dump(mode="json"),
                "version": document.version,
                "policy": kept_policy(policy),
                **({} if content is None else {"content": content.source.model_dump(mode="json")}),
            },
            digests=digests,
            files=files,
            wants_approval=self.rules().required > 0,
        )
        return known_proposal(store, name)

    def decide(self, name: str, what: Decision, asked: AskedDecision) -> ProposalRecord:
        """Approve or reject a plan. Raises ``RefusedError`` where that is not possible.

        A rejection is final. A second approval of one user changes nothing.
        """
        store, actor = self._store(), self._ports.actor
        record = known_proposal(store, name)
        if asked.plan is not None and asked.plan != record.digests.get("plan"):
            raise RefusedError(
                f"plan {name} is not the one that was looked at",
                code="plan-void",
                hint="read the plan again",
            )
        if what == "approve":
            self._refuse_void(store, record)
            if not self.rules().own and actor.name == record.actor.name:
                raise RefusedError(
                    "the project lets nobody approve a plan of one's own",
                    code="approval-own",
                    hint="ask another user who may approve plans",
                )
            with stored_bundle(store, name, record.files, self._settings.home / "plans"):
                pass  # What is damaged is not approved.
        store.decide(record, actor, what, asked.comment)
        return known_proposal(store, name)

    def apply(self, name: str, asked: AskedApply) -> TaskRecord:
        """Ask for the task that runs a plan, now or in a window, and return it.

        Raises ``RefusedError`` for a plan that is void, damaged or closed, without the approvals
        that the project requires, and for a window that is over.
        """
        store, actor = self._store(), self._ports.actor
        record = known_proposal(store, name)
        window = None if asked.window is None else asked.window.times()
        self._refuse_void(store, record)
        rules = self.rules()
        count = len(approvers(record, store.decisions([name])[name], rules))
        if (missing := missing_approvals(count, rules)) and record.status == "ready":
            raise RefusedError(
                f"plan {name} lacks {missing}",
                code="approval-required",
                hint="ask users who may approve plans",
                next_steps=[NextStep("show-plan", name, "see what is missing")],
            )
        with stored_bundle(store, name, record.files, self._settings.home / "plans"):
            pass
        request = plan_task_request(record)
        new = new_queued_task(record.cluster, request, actor, approved_work(record))
        new = replace(new, traceparent=self._ports.traceparent)
        store.apply_proposal(record, new, window)
        return store.task(new.task)

    def view(self, name: str) -> dict[str, Any]:
        """Return a plan with graph, undo coverage, digests, decisions and what is missing."""
        store, record = self._store(), known_proposal(self._store(), name)
        plan = None if record.plan is None else store.plan(record.plan)
        changes = self._changes(store, record) if record.status == "ready" else []
        made = store.decisions([record.id])[record.id]
        return proposal_view(record, plan, made, self.rules(), changes)

    def page(
        self,
        limit: int,
        cursor: str | None = None,
        *,
        cluster: str | None = None,
        status: ProposalStatus | None = None,
    ) -> dict[str, Any]:
        """Return a page of plans, newest first, without graphs."""
        store, after = self._store(), None
        if cursor is not None:
            created, name = decode_cursor(cursor, float, str)
            after = (float(created), str(name))
        found = store.proposal_page(limit + 1, after=after, cluster=cluster, status=status)
        rows, more = page_of(found, limit)
        made = store.decisions([one.id for one in rows])
        return proposal_page_view([(one, made[one.id]) for one in rows], self.rules(), more=more)

    def _changes(self, store: Store, record: ProposalRecord) -> list[str]:
        # A terminal does not know the file of the service; the worker asks again.
        service = self._ports.policy
        now = None if service is None else service.of_project(store.project_settings())
        return changes_since(store, record, now)

    def _refuse_void(self, store: Store, record: ProposalRecord) -> None:
        """Raise ``RefusedError`` for a void plan; what is noticed now is kept."""
        if record.status == "void":
            raise void_plan(record, record.changes)
        if record.status == "ready" and (changes := self._changes(store, record)):
            store.void_proposal(record, changes, self._ports.actor)
            raise void_plan(record, changes)


def known_proposal(store: Store, name: str) -> ProposalRecord:
    """Return a plan. Raises ``RefusedError`` for one that the project does not have."""
    found = store.proposal(name)
    if found is None:
        raise RefusedError(
            f"unknown plan `{name}`",
            code="plan-unknown",
            next_steps=[NextStep("list-plans", "", "see all plans")],
        )
    return found


def plan_task_request(record: ProposalRecord) -> TaskRequest:
    """Return the request of the task that runs a plan."""
    asked = AskedWork.model_validate(record.request["work"])
    content = record.request.get("content")
    return TaskRequest(
        command=asked.command,
        stored_document=record.digests["document"],
        content=None if content is None else ContentSource.model_validate(content),
        pipeline=asked.pipeline_request(),
        selection=asked.selection.selection(),
        only_changed=asked.only_changed,
        mode=Mode(check=asked.check, diff=asked.diff),
    )


def approved_work(record: ProposalRecord) -> dict[str, object]:
    """Return the work of the task that runs a plan, for the queue."""
    work = ApprovedWork(proposal=record.id, request=plan_task_request(record))
    return work.model_dump(mode="json")
