"""Continues a task that was interrupted, was cancelled or lost hosts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from worldtree.app.ports import Ports
from worldtree.app.tasks.change_detection import (
    changed_inputs,
    done_with_other_input,
    withheld_values,
)
from worldtree.app.tasks.cluster_lock import refuse_held_cluster
from worldtree.app.tasks.cluster_work import overtaken_work
from worldtree.app.tasks.finished_tasks import refuse_finished
from worldtree.app.tasks.orphaned_runs import (
    finish_orphaned_runs,
    open_attempts,
    refuse_orphaned_runs,
)
from worldtree.app.tasks.task_choice import ChosenTask, choose_task
from worldtree.app.tasks.task_context import task_context
from worldtree.app.tasks.task_runner import TaskObserver, TaskRunner
from worldtree.app.tasks.task_source import TaskSource, read_task_source
from worldtree.app.tasks.task_state import RESUMABLE_STATUSES
from worldtree.core.errors import InputError, RefusedError
from worldtree.core.next_steps import APPLY_CHANGED, NextStep
from worldtree.core.settings import Settings
from worldtree.core.text import and_more
from worldtree.engine.prior_results import NodeHost, PriorResult, PriorResults
from worldtree.engine.resume_plan import RerunReason, ResumePlan, UncertainWork, plan_resume
from worldtree.plan.node_patterns import matches_pattern
from worldtree.plan.plan import Plan
from worldtree.results.fold import fold
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import ENDED_COMMANDS, TaskCommand
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.app.documents.document_service import DocumentService
    from worldtree.app.tasks.rollback import RollbackService
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store, TaskRecord

__all__ = [
    "DoubtAnswer",
    "Plan",
    "RerunSelection",
    "ResumeOptions",
    "ResumePlan",
    "ResumeService",
    "UncertainWork",
]

#: What to do with interrupted work that may have had its effect.
DoubtAnswer = Literal["rerun", "done", "fail"]
#: Most files, and most pieces of uncertain work, that a refusal names.
_MAX_FILES, _MAX_UNCERTAIN = 10, 5


@dataclass(frozen=True)
class RerunSelection:
    """Work to run again although it is done; no names select everything."""

    nodes: Collection[str] = ()
    hosts: Collection[str] = ()
    #: Run only that and its dependants; otherwise also everything that is not done.
    only: bool = False


@dataclass(frozen=True)
class ResumeOptions:
    """Options of a continuation."""

    rerun: RerunSelection = field(default_factory=RerunSelection)
    #: Answer for all uncertain work; None asks ``decide``.
    on_doubt: DoubtAnswer | None = None
    #: Gets what will be reused and what will run; returns False to refuse.
    confirm: Callable[[Plan, ResumePlan], bool] = lambda _plan, _outlook: True
    #: Answers for one piece of uncertain work; None where nobody can be asked.
    decide: Callable[[UncertainWork], DoubtAnswer] | None = None


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
        self._store = store
        self._runner = TaskRunner(settings, ports, store)

    def choose(self, task: str, clusters: Collection[str] | None) -> ChosenTask:
        """Return the task to continue; ``latest`` is the newest of ``clusters`` with changes.

        Raises ``UnknownTaskError``.
        """
        return choose_task(self._store(), task, clusters, ENDED_COMMANDS)

    def plan_of(self, task: str) -> Plan:
        """Return a task's plan. Raises ``UnknownTaskError``."""
        return self._store().plan(self._task(task).plan)

    def resume(
        self, task: str, observer: TaskObserver, how: ResumeOptions, *, is_current: bool = False
    ) -> TaskResult:
        """Continue ``task`` and return the result.

        ``is_current`` says that its plan was already compared with the document.
        Raises ``UnknownTaskError``, ``RefusedError`` when nothing is left to do, its document has
        changed or it was not confirmed, and what ``TaskRunner.run`` raises.
        """
        record = self._task(task)
        plan = self._store().plan(record.plan)
        self.refuse_unresumable(record, how.rerun)
        # A rollback undoes what was done, regardless of the current document.
        if not is_current and record.command != TaskCommand.ROLLBACK:
            self._refuse_changed(record, plan, read_task_source(record.directory))
        context = task_context(record, plan)
        asked = self._ask_before_lock(record, plan, observer, how)

        def before(store: Store, lease: Lease, executor: RunnerExecutor) -> PriorResults:
            refuse_orphaned_runs(store, plan.cluster, record.id, executor)
            finish_orphaned_runs(store, lease, record.id, context.bundle, executor, observer)
            if observer.cancellation.requested:
                store.set_status(record.id, TaskStatus.INTERRUPTED, "its process died")
                raise RefusedError(
                    f"cancelled; task {record.id} is unchanged", code="request-cancelled"
                )
            known = self._known(store, record, plan, observer, how, asked)
            store.audit("task-resumed", cluster=record.cluster, task=record.id)
            return known

        return self._runner.run(
            context,
            observer,
            before=before,
            then=lambda result: self._rollback.after(result, observer),
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
        refuse_finished(record, reruns=bool(rerun.nodes or rerun.hosts))
        self._rollback.refuse_rolled_back(record)
        self._rollback.refuse_replanned(record)
        if record.command is TaskCommand.ROLLBACK:
            self._rollback.refuse_overtaken_rollback(record)
        bundle = record.directory / "bundle"
        if not bundle.is_dir():
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
        self, record: TaskRecord, plan: Plan, observer: TaskObserver, how: ResumeOptions
    ) -> ResumeAnswers | None:
        """Ask while others may use the cluster; None where runs have to be ended first.

        What is left to do is known only after them.
        """
        store = self._store()
        if open_attempts(store, record.id):
            return None
        refuse_held_cluster(store, plan.cluster, record.id, observer)
        outlook = self._outlook(store, record, plan, how)
        return ask_to_resume(record.id, plan, outlook, observer, how)

    def _outlook(
        self, store: Store, record: TaskRecord, plan: Plan, how: ResumeOptions
    ) -> ResumePlan:
        result = fold(store.events(record.id))
        chosen = _selected_pairs(record.id, plan, how.rerun)
        withheld = withheld_values(store, plan, record.directory / "bundle")

        def to_set_again(reused: Collection[NodeHost]) -> set[NodeHost]:
            left_out = _left_out_pairs(plan, chosen, reused) if how.rerun.only else ()
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
        if not how.rerun.only:
            return outlook
        left_out = _left_out_pairs(plan, chosen, outlook.reused)
        return outlook.without(left_out - drawn_in(plan, outlook))

    def _known(
        self,
        store: Store,
        record: TaskRecord,
        plan: Plan,
        observer: TaskObserver,
        how: ResumeOptions,
        asked: ResumeAnswers | None,
    ) -> PriorResults:
        outlook = self._outlook(store, record, plan, how)
        if asked is None:
            asked = ask_to_resume(record.id, plan, outlook, observer, how)
        asked.refuse_other(outlook, record.id)
        # A task that was interrupted before its first event starts now.
        began = any(True for _ in store.events(record.id))
        return PriorResults(
            asked.known,
            left_out=outlook.left_out,
            again=outlook.repeated,
            history=(lambda: store.events(record.id)) if began else None,
            attempts=store.count_attempts(record.id),
        )


@dataclass(frozen=True, slots=True)
class ResumeAnswers:
    """What was confirmed and answered, and about which plan for the rest."""

    outlook: ResumePlan
    known: Mapping[NodeHost, PriorResult]

    def refuse_other(self, outlook: ResumePlan, task: str) -> None:
        """Raise ``RefusedError`` if another task has changed what is left to do."""
        if outlook != self.outlook:
            raise RefusedError(
                f"what is left to do of task {task} has changed since it was shown",
                code="plan-outdated",
                hint="another task worked on the cluster meanwhile; run the command again",
            )


def ask_to_resume(
    task: str, plan: Plan, outlook: ResumePlan, observer: TaskObserver, how: ResumeOptions
) -> ResumeAnswers:
    """Have a person confirm, and answer for uncertain work. Raises ``RefusedError``."""
    with observer.question():
        if not how.confirm(plan, outlook):
            raise RefusedError(f"continuing task {task} was not confirmed", code="not-confirmed")
        known = {**outlook.reused, **resolve_doubts(task, outlook.uncertain, how)}
    return ResumeAnswers(outlook, known)


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


def resolve_doubts(
    task: str, doubts: Collection[UncertainWork], how: ResumeOptions
) -> dict[NodeHost, PriorResult]:
    """Return results for all uncertain work. Raises ``RefusedError`` if nobody can be asked."""
    if doubts and how.on_doubt is None and how.decide is None:
        work = [f"{one.node} on {one.host} ({one.why})" for one in doubts]
        named = and_more(work, _MAX_UNCERTAIN, separator="; ")
        raise RefusedError(
            f"task {task} was interrupted in work that may already have taken effect: {named}",
            code="interrupted-work-uncertain",
            hint="check the hosts, then choose `--interrupted done`, `rerun` or `fail`; "
            "`policy: {onInterrupted: …}` in the document chooses in advance",
        )
    found: dict[NodeHost, PriorResult] = {}
    for doubt in doubts:
        answer = how.on_doubt or (how.decide(doubt) if how.decide else "fail")
        if answer == "done":
            why = "assumed done: it may already have taken effect"
            found[doubt.node, doubt.host] = PriorResult(HostStatus.CHANGED, why)
        elif answer == "fail":
            found[doubt.node, doubt.host] = PriorResult(HostStatus.FAILED, doubt.text)
    return found
