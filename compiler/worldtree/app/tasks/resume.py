"""Going on with a task that was cut off, was cancelled, or lost hosts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from worldtree.app.ports import Ports
from worldtree.app.tasks.apply import listed
from worldtree.app.tasks.change_detection import done_with_other_input
from worldtree.app.tasks.orphaned_runs import finish_orphaned_runs, refuse_orphaned_runs
from worldtree.app.tasks.task_context import task_context
from worldtree.app.tasks.task_runner import TaskObserver, TaskRunner
from worldtree.app.tasks.task_source import TaskSource, read_task_source
from worldtree.core.errors import InputError, RefusedError
from worldtree.core.settings import Settings
from worldtree.engine.prior_results import NodeHost, PriorResult, PriorResults
from worldtree.engine.resume_plan import ResumePlan, UncertainWork, plan_resume
from worldtree.plan.node_patterns import matches_pattern
from worldtree.plan.plan import Plan
from worldtree.results.fold import fold
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import READ_ONLY_COMMANDS, TaskCommand
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

#: What to do with work that may have had its effect.
DoubtAnswer = Literal["rerun", "done", "fail"]
#: Doubts named in a refusal before they are counted.
_NAMED = 5


@dataclass(frozen=True)
class RerunSelection:
    """What of a task is to be run again although nothing speaks for it; empty names mean any."""

    nodes: Collection[str] = ()
    hosts: Collection[str] = ()
    #: Only that, and what follows from it; otherwise all that is not done.
    only: bool = False


@dataclass(frozen=True)
class ResumeOptions:
    """How to go on."""

    rerun: RerunSelection = field(default_factory=RerunSelection)
    #: For all doubts at once; None asks ``decide``.
    on_doubt: DoubtAnswer | None = None
    #: Is told what will be reused and what runs; False refuses.
    confirm: Callable[[Plan, ResumePlan], bool] = lambda _plan, _outlook: True
    #: Is asked about one doubt; None where nobody can be asked.
    decide: Callable[[UncertainWork], DoubtAnswer] | None = None


class ResumeService:
    """Goes on with tasks; ids may be shortened, and ``latest`` is the newest one that did work."""

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

    def plan_of(self, task: str) -> Plan:
        """Return a task's plan. Raises ``UnknownTaskError``."""
        return self._store().plan(self._task(task).plan)

    def resume(
        self, task: str, observer: TaskObserver, how: ResumeOptions, *, is_current: bool = False
    ) -> TaskResult:
        """Go on with ``task`` to its end and return what became of it.

        ``is_current`` says that its plan was compared with a document already.
        Raises ``UnknownTaskError``, ``RefusedError`` when there is nothing to go on with, its
        document has changed or it was not confirmed, and what ``TaskRunner.carry`` raises.
        """
        record = self._task(task)
        plan = self._store().plan(record.plan)
        self.refuse_unresumable(record, how.rerun)
        # What a rollback undoes is what was done, whatever the document says by now.
        if not is_current and record.command != TaskCommand.ROLLBACK:
            self._refuse_changed(record, plan, read_task_source(record.directory))
        context = task_context(record, plan)

        def before(store: Store, lease: Lease, executor: RunnerExecutor) -> PriorResults:
            refuse_orphaned_runs(store, plan.cluster, record.id, executor)
            finish_orphaned_runs(store, lease, record.id, context.bundle, executor, observer)
            if observer.cancellation.requested:
                store.set_status(record.id, TaskStatus.INTERRUPTED, "its process was gone")
                raise RefusedError(f"cancelled; task {record.id} is as it was")
            with observer.question():
                known = self._known(store, record, plan, how)
            store.audit("task-resumed", cluster=record.cluster, task=record.id)
            return known

        return self._runner.run(
            context,
            observer,
            before=before,
            then=lambda result: self._rollback.after(result, observer),
        )

    def refuse_unresumable(self, record: TaskRecord, rerun: RerunSelection) -> None:
        """Raise ``RefusedError`` for a task that cannot be gone on with at all."""
        _refuse_finished(record, rerun)
        self._rollback.refuse_rolled_back(record)
        self._rollback.refuse_replanned(record)
        bundle = record.directory / "bundle"
        if not bundle.is_dir():
            raise RefusedError(
                f"task {record.id} cannot be gone on with: its bundle {bundle} is gone",
                hint="apply the document anew; `wt apply --changed` leaves out what is done",
            )

    def _refuse_changed(self, record: TaskRecord, plan: Plan, source: TaskSource | None) -> None:
        """Refuse to go on with what the document does not say any more.

        A document that is gone says nothing: the task goes on with what it has of it.
        """
        if source is None or source.file is None or not source.file.is_file():
            return
        try:
            changed = self._documents().changed_since(plan, source.file)
        except InputError as problem:
            raise RefusedError(
                f"{source.file}, which task {record.id} was made from, is not valid any more: "
                f"{problem.diagnostics[0].summary}",
                hint=f"`wt validate -f {source.file}` says everything that is wrong with it; "
                f"then `wt resume {record.id} --replan`, or put it back as it was",
            ) from problem
        if changed is None:
            raise RefusedError(
                f"{source.file} does not hold the cluster `{record.cluster}` any more, which task "
                f"{record.id} works on",
                hint="name the document with `--replan -f FILE`, or put it back as it was",
            )
        changed = [name for name in changed if not name.startswith("tool:")]
        if changed:
            raise RefusedError(
                f"changed since task {record.id} was made: {listed(changed)}",
                hint=f"`wt resume {record.id} --replan` shows the difference and goes on with what "
                "is there now; otherwise put it back as it was",
            )

    def _task(self, name: str) -> TaskRecord:
        return self._store().task(name, rather_than=READ_ONLY_COMMANDS)

    def _known(
        self,
        store: Store,
        record: TaskRecord,
        plan: Plan,
        how: ResumeOptions,
    ) -> PriorResults:
        chosen = _selected_pairs(plan, how.rerun)
        result = fold(store.events(record.id))
        overtaken = done_with_other_input(plan, store.successes(plan.cluster))
        outlook = plan_resume(plan, result, chosen=chosen, changed=overtaken)
        if not how.confirm(plan, outlook):
            raise RefusedError(f"going on with task {record.id} was not confirmed")
        reused = {**outlook.reused, **resolve_doubts(record.id, outlook.uncertain, how)}
        left_out: frozenset[NodeHost] = frozenset()
        if how.rerun.only:
            left_out = _left_out_pairs(plan, chosen, reused)
        return PriorResults(
            reused,
            left_out=left_out,
            # One that was cut off before its first event is begun now.
            history=(lambda: store.events(record.id)) if result.task_id else None,
            attempts=store.count_attempts(record.id),
        )


def _refuse_finished(record: TaskRecord, rerun: RerunSelection) -> None:
    if record.command in READ_ONLY_COMMANDS:
        # Going on would do what it only looked at.
        again_with = "wt drift" if record.command is TaskCommand.DRIFT else "wt apply --check"
        raise RefusedError(
            f"task {record.id} only looked: there is nothing to go on with",
            hint=f"look anew with `{again_with}`",
        )
    if record.status is TaskStatus.SUCCEEDED and not rerun.nodes and not rerun.hosts:
        raise RefusedError(
            f"task {record.id} is done: there is nothing to go on with",
            hint="run nodes again with `wt retry TASK --node NODE`, or apply the document anew",
        )
    if record.status is TaskStatus.ROLLED_BACK:
        raise RefusedError(f"task {record.id} was rolled back", hint="apply the document anew")


def _selected_pairs(plan: Plan, rerun: RerunSelection) -> set[NodeHost]:
    """Return the pairs asked for by node, by host, or by both. Raises ``RefusedError``."""
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
            "no node of the task matches", hint="`wt tasks show TASK` lists its nodes and hosts"
        )
    return found


def _left_out_pairs(
    plan: Plan, chosen: Collection[NodeHost], reused: Mapping[NodeHost, PriorResult]
) -> frozenset[NodeHost]:
    """Return the pairs that are neither done nor chosen nor follow from what is chosen."""
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


def resolve_doubts(
    task: str, doubts: Collection[UncertainWork], how: ResumeOptions
) -> dict[NodeHost, PriorResult]:
    """Settle every doubt. Raises ``RefusedError`` naming them where nobody can be asked."""
    if doubts and how.on_doubt is None and how.decide is None:
        named = "; ".join(f"{d.node} on {d.host} ({d.why})" for d in list(doubts)[:_NAMED])
        more = f" and {len(doubts) - _NAMED} more" if len(doubts) > _NAMED else ""
        raise RefusedError(
            f"task {task} was cut off in work that may have had its effect: {named}{more}",
            hint="look at the hosts, then say what holds: --interrupted done, rerun or fail; "
            "`policy: {onInterrupted: …}` says it beforehand",
        )
    found: dict[NodeHost, PriorResult] = {}
    for doubt in doubts:
        answer = how.on_doubt or (how.decide(doubt) if how.decide else "fail")
        if answer == "done":
            why = "taken for done: it may have had its effect"
            found[doubt.node, doubt.host] = PriorResult(HostStatus.CHANGED, why)
        elif answer == "fail":
            found[doubt.node, doubt.host] = PriorResult(HostStatus.FAILED, doubt.text)
    return found
