"""Continues a task that was interrupted, was cancelled or lost hosts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from worldtree.app.ports import Ports
from worldtree.app.tasks.change_detection import (
    changed_inputs,
    done_with_other_input,
    withheld_values,
)
from worldtree.app.tasks.cluster_lock import refuse_held_cluster
from worldtree.app.tasks.cluster_work import overtaken_work
from worldtree.app.tasks.finished_tasks import refuse_finished, refuse_not_begun
from worldtree.app.tasks.frozen_bundle import has_task_files, restore_task_files
from worldtree.app.tasks.orphaned_runs import (
    finish_orphaned_runs,
    open_attempts,
    refuse_orphaned_runs,
)
from worldtree.app.tasks.resume_questions import ResumeAnswers, ResumeQuestions, ask_to_resume
from worldtree.app.tasks.task_choice import ChosenTask, choose_task
from worldtree.app.tasks.task_context import task_context
from worldtree.app.tasks.task_requests import RerunSelection, ResumeRequest
from worldtree.app.tasks.task_runner import TaskObserver, TaskRunner
from worldtree.app.tasks.task_source import TaskSource, read_task_source
from worldtree.app.tasks.task_state import RESUMABLE_STATUSES
from worldtree.core.errors import InputError, RefusedError
from worldtree.core.next_steps import APPLY_CHANGED, NextStep
from worldtree.core.settings import Settings
from worldtree.core.text import and_more
from worldtree.engine.prior_results import NodeHost, PriorResults
from worldtree.engine.resume_plan import RerunReason, ResumePlan, UncertainWork, plan_resume
from worldtree.plan.node_patterns import matches_pattern
from worldtree.plan.plan import Plan
from worldtree.results.events import EventKind
from worldtree.results.fold import fold
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import ENDED_COMMANDS, TaskCommand
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.app.documents.document_service import DocumentService
    from worldtree.app.tasks.rollback import RollbackService
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store, TaskRecord

__all__ = ["Plan", "ResumePlan", "ResumeService", "UncertainWork"]

#: Most files that a refusal names.
_MAX_FILES = 10


class ResumeService:
    """Continues tasks; an id may be abbreviated, ``latest`` is the newest that made changes."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        store: Callable[[], Store],
        documents: Callable[[], DocumentService],
        rollback: RollbackService,
    ) -> None:
        self._documents = documents
        self._rollback = rollback
        self._store, self._ports = store, ports
        self._runner = TaskRunner(settings, ports, store)

    def choose(self, task: str, clusters: Collection[str] | None) -> ChosenTask:
        """Return the task to continue; ``latest`` is the newest of ``clusters`` with changes.

        Raises ``UnknownTaskError``.
        """
        return choose_task(self._store(), task, clusters, ENDED_COMMANDS)

    def plan_of(self, task: str) -> Plan:
        """Return a task's plan. Raises ``UnknownTaskError``, ``RefusedError`` without one."""
        record = self._task(task)
        refuse_not_begun(record)
        return self._store().plan(record.plan)

    def resume(
        self,
        request: ResumeRequest,
        observer: TaskObserver,
        questions: ResumeQuestions,
        *,
        is_current: bool = False,
    ) -> TaskResult:
        """Continue a task and return the result.

        ``is_current`` says that its plan was already compared with the document.
        Raises ``UnknownTaskError``, ``RefusedError`` when nothing is left to do, its document has
        changed or it was not confirmed, and what ``TaskRunner.run`` raises.
        """
        record = self._task(request.task)
        self.refuse_unresumable(record, request.rerun)
        plan = self._store().plan(record.plan)
        restore_task_files(self._store(), record)
        # A rollback undoes what was done, regardless of the current document. A stored document
        # never changes, and is compiled in a process of its own alone, beside its content.
        is_stored = bool((record.request or {}).get("stored_document"))
        if not (is_current or is_stored or record.command == TaskCommand.ROLLBACK):
            self._refuse_changed(record, plan, read_task_source(record.directory))
        context = task_context(record, plan)
        asked = self._ask_before_lock(record, plan, observer, request, questions)

        def before(store: Store, lease: Lease, executor: RunnerExecutor) -> PriorResults:
            refuse_orphaned_runs(store, plan.cluster, record.id, executor)
            finish_orphaned_runs(store, lease, record.id, context.bundle, executor, observer)
            if observer.cancellation.requested:
                store.set_status(record.id, TaskStatus.INTERRUPTED, "its process died")
                raise RefusedError(
                    f"cancelled; task {record.id} is unchanged", code="request-cancelled"
                )
            known = self._known(store, record, plan, observer, request, questions, asked)
            store.audit(
                "task-resumed",
                cluster=record.cluster,
                task=record.id,
                detail=request.model_dump_json(exclude_defaults=True, exclude={"task"}),
                who=self._ports.actor,
            )
            return known

        return self._runner.run(
            context,
            observer,
            before=before,
            then=lambda result: self._rollback.after(result, observer),
            fetches=not is_stored,
        )

    def is_resumable(self, result: TaskResult) -> bool:
        """Whether a task that has ended left work that ``resume`` would continue."""
        if result.status not in RESUMABLE_STATUSES:
            return False
        try:
            self.refuse_unresumable(self._store().task(result.task_id), RerunSelection())
        except RefusedError:
            return False
        return True

    def refuse_unresumable(self, record: TaskRecord, rerun: RerunSelection) -> None:
        """Raise ``RefusedError`` for a task that cannot be continued."""
        refuse_not_begun(record)
        refuse_finished(record, reruns=bool(rerun.nodes or rerun.hosts))
        self._rollback.refusals.refuse_rolled_back(record)
        self._rollback.refusals.refuse_replanned(record)
        if record.command is TaskCommand.ROLLBACK:
            self._rollback.refusals.refuse_overtaken_rollback(record)
        if not has_task_files(record):
            bundle = record.directory / "bundle"
            raise RefusedError(
                f"task {record.id} cannot be continued: its bundle {bundle} is missing",
                code="task-bundle-missing",
                next_steps=[APPLY_CHANGED],
            )

    def _refuse_changed(self, record: TaskRecord, plan: Plan, source: TaskSource | None) -> None:
        """Raise ``RefusedError`` if the plan no longer matches the document.

        If the document is missing, the task continues with its own plan.
        """
        if source is None or source.file is None or not source.file.is_file():
            return
        replan = {"replan": True}
        try:
            now = self._documents().plan_again(plan, source.file, source)
        except InputError as problem:
            raise RefusedError(
                f"{source.file}, the document of task {record.id}, is no longer valid: "
                f"{problem.diagnostics[0].summary}",
                code="inputs-changed",
                hint="correct the document, or restore it",
                next_steps=[
                    NextStep("validate", str(source.file), "see all errors"),
                    NextStep("resume", record.id, "continue with the corrected one", replan),
                ],
            ) from problem
        if now is None:
            raise RefusedError(
                f"{source.file} no longer contains the cluster `{record.cluster}` of task "
                f"{record.id}",
                code="cluster-not-in-document",
                hint="restore the document",
                next_steps=[
                    NextStep("resume", record.id, "name another one", {**replan, "file": None})
                ],
            )
        changed = changed_inputs(plan, now.plan, source.file)
        changed = [name for name in changed if not name.startswith("tool:")]
        if changed:
            raise RefusedError(
                f"cannot resume task {record.id}: {and_more(changed, _MAX_FILES)} changed since "
                "the task was created",
                code="inputs-changed",
                hint="to continue without the changes, restore what has changed",
                next_steps=[
                    NextStep("resume", record.id, "see the changes and continue with them", replan)
                ],
            )

    def _task(self, name: str) -> TaskRecord:
        return self._store().task(name, rather_than=ENDED_COMMANDS)

    def _ask_before_lock(
        self,
        record: TaskRecord,
        plan: Plan,
        observer: TaskObserver,
        request: ResumeRequest,
        questions: ResumeQuestions,
    ) -> ResumeAnswers | None:
        """Ask while others may use the cluster; None where runs have to be ended first.

        What is left to do is known only after them.
        """
        store = self._store()
        if open_attempts(store, record.id):
            return None
        refuse_held_cluster(store, plan.cluster, record.id, observer)
        outlook = self._outlook(store, record, plan, request.rerun)
        return ask_to_resume(record.id, plan, outlook, observer, questions, request.if_in_doubt)

    def _outlook(
        self, store: Store, record: TaskRecord, plan: Plan, rerun: RerunSelection
    ) -> ResumePlan:
        result = fold(store.events(record.id))
        chosen = _selected_pairs(record.id, plan, rerun)
        withheld = withheld_values(store, plan, record.directory / "bundle")

        def to_set_again(reused: Collection[NodeHost]) -> set[NodeHost]:
            left_out = _left_out_pairs(plan, chosen, reused) if rerun.only else ()
            return withheld.to_set_again({*reused, *left_out}).intersection(reused)

        outlook = plan_resume(
            plan,
            result,
            chosen=chosen,
            # A rollback gets no values of nodes.
            to_set_again=to_set_again if plan.undoes is None else lambda _: (),
            changed=done_with_other_input(plan, store.successes(plan.cluster)),
            # A rollback undoes nothing twice: it would undo what a later task did.
            overtaken=overtaken_work(store, plan, record, result) if plan.undoes is None else {},
        )
        if not rerun.only:
            return outlook
        left_out = _left_out_pairs(plan, chosen, outlook.reused)
        return outlook.without(left_out - drawn_in(plan, outlook))

    def _known(
        self,
        store: Store,
        record: TaskRecord,
        plan: Plan,
        observer: TaskObserver,
        request: ResumeRequest,
        questions: ResumeQuestions,
        asked: ResumeAnswers | None,
    ) -> PriorResults:
        outlook = self._outlook(store, record, plan, request.rerun)
        if asked is None:
            asked = ask_to_resume(
                record.id, plan, outlook, observer, questions, request.if_in_doubt
            )
        asked.refuse_other(outlook, record.id)
        # A task that was interrupted before its first event starts now.
        began = any(True for _ in store.events(record.id, kinds=(EventKind.TASK_STARTED,)))
        return PriorResults(
            asked.known,
            left_out=outlook.left_out,
            again=outlook.repeated,
            history=(lambda: store.events(record.id)) if began else None,
            attempts=store.count_attempts(record.id),
        )


def _selected_pairs(task: str, plan: Plan, rerun: RerunSelection) -> set[NodeHost]:
    """Return the pairs selected by node, by host or by both. Raises ``RefusedError``."""
    if not rerun.nodes and not rerun.hosts:
        return set()
    found = {
        (node.id, host)
        for node in plan.graph.nodes.values()
        for host in node.hosts
        if (not rerun.nodes or any(matches_pattern(node.id, name) for name in rerun.nodes))
        and (not rerun.hosts or host in rerun.hosts)
    }
    if not found:
        raise RefusedError(
            "no node of the task matches",
            code="selection-empty",
            next_steps=[NextStep("show-task", task, "see its nodes and hosts")],
        )
    return found


def _left_out_pairs(
    plan: Plan, chosen: Collection[NodeHost], reused: Collection[NodeHost]
) -> frozenset[NodeHost]:
    """Return the pairs that are not done, not selected, and do not depend on selected ones."""
    follows = {name for name, _ in chosen}
    for name in plan.graph.nodes:
        if any(edge.before in follows for edge in plan.graph.predecessors[name]):
            follows.add(name)
    return frozenset(
        (node.id, host)
        for node in plan.graph.nodes.values()
        for host in node.hosts
        if (node.id, host) not in reused
        and (node.id, host) not in chosen
        and (node.id not in follows or node.id in {name for name, _ in chosen})
    )


def drawn_in(plan: Plan, outlook: ResumePlan) -> set[NodeHost]:
    """Return the work that runs for the values of its nodes or after others, with finalisers."""
    reasons = (RerunReason.SETS_AGAIN, RerunReason.FOLLOWS_RERUN)
    found = {pair for pair, one in outlook.runs.items() if one.reason in reasons}
    names = {name for name, _ in found}
    return found | {
        pair
        for pair, one in outlook.runs.items()
        if one.reason is RerunReason.FINALISES_RERUN
        and names.intersection(plan.graph.finalised_by(pair[0]))
    }
