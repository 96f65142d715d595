"""Continues a task with a new plan after its document changed.

The continuation is a new task, a child of the first: each task has one plan, one bundle and one
list of events, so that results remain folds of events. Both can be rolled back, the later one
first. Work that the first task finished with the same input is reused.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.ansible.bundle import BundleDiff, diff_bundles
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.ports import Ports
from worldtree.app.tasks.apply import ApplyService, PreparedRun
from worldtree.app.tasks.change_detection import done_with_other_input, withheld_values
from worldtree.app.tasks.cluster_lock import refuse_held_cluster
from worldtree.app.tasks.cluster_work import overtaken_work
from worldtree.app.tasks.frozen_bundle import freeze_bundle, restore_task_files
from worldtree.app.tasks.new_task import NewTask, NewTasks
from worldtree.app.tasks.orphaned_runs import refuse_orphaned_runs
from worldtree.app.tasks.resume import ResumeService
from worldtree.app.tasks.resume_questions import ResumeQuestions, ask_to_resume
from worldtree.app.tasks.task_context import TaskContext
from worldtree.app.tasks.task_requests import (
    ReplanRequest,
    RerunSelection,
    ResumeRequest,
    TaskRequest,
)
from worldtree.app.tasks.task_runner import TaskObserver, TaskRunner
from worldtree.app.tasks.task_source import TaskSource, read_task_source, write_task_source
from worldtree.compile.policy_checks import refuse_irreversible
from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.core.settings import Settings
from worldtree.engine.prior_results import NodeHost, PriorResult, PriorResults
from worldtree.engine.resume_plan import RemovedWork, ResumePlan, plan_resume
from worldtree.engine.rollback_plan import find_effects
from worldtree.plan.plan import Plan
from worldtree.results.fold import fold
from worldtree.results.node_status import is_success
from worldtree.results.status import HostStatus
from worldtree.results.task_command import ENDED_COMMANDS
from worldtree.results.tree import HostResult, TaskResult

if TYPE_CHECKING:
    from worldtree.app.documents.document_service import DocumentService
    from worldtree.app.tasks.rollback import RollbackService
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store, TaskRecord


@dataclass(frozen=True)
class PreparedReplan:
    """A task that can be continued, and the new plan; nothing was changed yet."""

    record: TaskRecord
    old_plan: Plan
    prepared: PreparedRun
    #: The document that was compiled.
    file: Path
    request: ReplanRequest


class ReplanService:
    """Continues tasks with the current state of their documents."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        store: Callable[[], Store],
        documents: Callable[[], DocumentService],
        apply: ApplyService,
        resume: ResumeService,
        rollback: RollbackService,
    ) -> None:
        self._settings, self._store, self._documents = settings, store, documents
        self._apply, self._resume, self._rollback = apply, resume, rollback
        self._runner = TaskRunner(settings, ports, store)
        self._new_tasks = NewTasks(settings, ports, store)

    def prepare(self, request: ReplanRequest) -> PreparedReplan:
        """Compile the document of a task again, or another file in its place.

        Parameters, selection and extra variables stay those of the task. Raises
        ``UnknownTaskError``, ``RefusedError`` when the task cannot be continued or has no document,
        and ``InputError``.
        """
        record = self._store().task(request.task, rather_than=ENDED_COMMANDS)
        self._resume.refuse_unresumable(record, RerunSelection())
        restore_task_files(self._store(), record)
        source = read_task_source(record.directory)
        file = request.file or (None if source is None else source.file)
        if source is None or file is None:
            raise RefusedError(
                f"the document of task {record.id} is unknown"
                if source is not None
                else f"task {record.id} cannot continue with another plan",
                code="task-document-unknown" if source is not None else "task-not-replannable",
                next_steps=[
                    NextStep(
                        "resume", record.id, "name the document", {"replan": True, "file": None}
                    )
                    if source is not None
                    else NextStep("resume", record.id, "continue it with its own plan")
                ],
            )
        names = self._documents().clusters(file)
        if record.cluster not in names:
            held = ", ".join(f"`{name}`" for name in names)
            raise RefusedError(
                f"{file} does not contain the cluster `{record.cluster}` of task {record.id}; "
                f"it contains {held}",
                code="cluster-not-in-document",
                hint="a task cannot change its cluster",
                next_steps=[NextStep("apply", str(file), "apply the other one as a new task")],
            )
        old = self._store().plan(record.plan)
        again = TaskRequest(
            command=record.command,
            document=DocumentRequest.again(old, file),
            pipeline=old.request,
            selection=source.selection,
        )
        return PreparedReplan(record, old, self._apply.prepare(again), file, request)

    def run(
        self,
        replan: PreparedReplan,
        observer: TaskObserver,
        questions: ResumeQuestions,
        show: Callable[[BundleDiff], None],
    ) -> TaskResult:
        """Continue with the new plan and return the result; resume if the bundles are equal.

        ``show`` gets the difference before ``questions`` are asked. Raises what
        ``ResumeService.resume`` raises.
        """
        plan, record = replan.prepared.plan, replan.record
        with self._new_tasks.new(plan, record.command, replan.request, record.id) as task:
            bundle = freeze_bundle(replan.prepared.bundle, task.directory, self._settings.home)
            difference = diff_bundles(record.directory / "bundle", bundle)
            if not difference.is_empty:
                refuse_irreversible(plan)
                show(difference)
                return self._run_new_plan(replan, task, observer, questions)
        request = ResumeRequest(task=record.id, if_in_doubt=replan.request.if_in_doubt)
        return self._resume.resume(request, observer, questions, is_current=True)

    def _run_new_plan(
        self,
        replan: PreparedReplan,
        task: NewTask,
        observer: TaskObserver,
        questions: ResumeQuestions,
    ) -> TaskResult:
        record, plan = replan.record, replan.prepared.plan
        # Interrupted runs are finished with the plan and the bundle that they belong to.
        self._rollback.finish_orphaned_runs(record, observer)
        if observer.cancellation.requested:
            raise RefusedError(
                f"cancelled; task {record.id} is unchanged", code="request-cancelled"
            )
        source = replan.prepared.source
        if source is not None:
            write_task_source(task.directory, source)
        if (facts := record.directory / "facts").is_dir():
            shutil.copytree(facts, task.directory / "facts")
        task.start_sync()
        # Others may use the cluster while a person is asked.
        refuse_held_cluster(self._store(), plan.cluster, task.id, observer)
        outlook = _make_resume_plan(self._store(), replan)
        in_doubt = replan.request.if_in_doubt
        asked = ask_to_resume(record.id, plan, outlook, observer, questions, in_doubt)

        def before(store: Store, _lease: Lease, executor: RunnerExecutor) -> PriorResults:
            refuse_orphaned_runs(store, plan.cluster, task.id, executor)
            # Check again: the cluster was not locked until now.
            self._resume.refuse_unresumable(store.task(record.id), RerunSelection())
            asked.refuse_other(_make_resume_plan(store, replan), record.id)
            task.begin(document=replan.prepared.document)
            done = {pair: _as_done_by(record.id, one) for pair, one in asked.known.items()}
            return PriorResults(done)

        bundle = task.directory / "bundle"
        context = TaskContext(plan, task.id, task.directory, bundle, _base_directory(source))
        return self._runner.run(
            context,
            observer,
            asked=task.ask,
            before=before,
            then=lambda result: self._rollback.after(result, observer),
        )


def _base_directory(source: TaskSource | None) -> Path | None:
    return None if source is None else source.base


def _make_resume_plan(store: Store, replan: PreparedReplan) -> ResumePlan:
    """Decide for every pair of the new plan, and list the pairs that it no longer contains."""
    events = store.events(replan.record.id)
    before = fold(events)
    plan = replan.prepared.plan
    overtaken = overtaken_work(store, plan, replan.record, before)
    changed = _changed_pairs(store, replan, before, overtaken)
    outlook = plan_resume(
        plan,
        before,
        changed=changed,
        overtaken=overtaken,
        to_set_again=withheld_values(store, plan, replan.prepared.bundle).to_set_again,
    )
    touched = find_effects(store.events(replan.record.id))
    return replace(outlook, removed=tuple(_removed_pairs(replan, before, touched.keys())))


def _changed_pairs(
    store: Store, replan: PreparedReplan, before: TaskResult, overtaken: Collection[NodeHost]
) -> set[NodeHost]:
    """Return the pairs whose input has changed since they were done.

    What an ``overtaken`` pair publishes is new too.
    """
    plan, old_plan = replan.prepared.plan, replan.old_plan
    other_input = done_with_other_input(plan, store.successes(plan.cluster))
    results = {node.id: node.hosts for node in before.nodes}
    found: set[NodeHost] = set()
    # In graph order, because readers of an output that is published again run again too.
    for node in plan.graph.nodes.values():
        published_again = any(
            (use.node, host) in found
            or (use.node, host) in overtaken
            or not _is_done(results, use.node, host)
            for use in node.reads
            if use.node in plan.graph.nodes
            for host in plan.graph.nodes[use.node].hosts
        )
        for host in node.hosts:
            now = plan.pair_digests.get(node.id, {}).get(host)
            same = now is not None and now == old_plan.pair_digests.get(node.id, {}).get(host)
            if not same or published_again or (node.id, host) in other_input:
                found.add((node.id, host))
    return found


def _is_done(results: Mapping[str, Mapping[str, HostResult]], node: str, host: str) -> bool:
    one = results.get(node, {}).get(host)
    return one is not None and is_success(one.status)


def _removed_pairs(
    replan: PreparedReplan, before: TaskResult, touched: Collection[NodeHost]
) -> Iterator[RemovedWork]:
    """Yield the pairs that the new plan lacks, and what remains on the host."""
    nodes = replan.prepared.plan.graph.nodes
    for result in before.nodes:
        kept = nodes[result.id].hosts if result.id in nodes else ()
        for host in result.hosts:
            if host in kept:
                continue
            node = replan.old_plan.graph.nodes[result.id]
            if (result.id, host) not in touched:
                why = "it had no effect there"
            elif node.reversibility == "irreversible":
                why = "its effect stays on the host and cannot be undone"
            else:
                why = f"its effect stays on the host until task {replan.record.id} is rolled back"
            yield RemovedWork(result.id, host, why)


def _as_done_by(task: str, known: PriorResult) -> PriorResult:
    """Return a prior result as it appears in a task other than the one that did the work."""
    why = f"{known.why}, by task {task}"
    status = HostStatus.SKIPPED if is_success(known.status) else known.status
    return PriorResult(status, why, task)
