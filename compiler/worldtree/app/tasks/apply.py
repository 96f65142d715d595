"""Applies a document or a reviewed bundle: one task and its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.ansible.bundle import Bundle, read_plan
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.ports import Ports
from worldtree.app.tasks.change_detection import changed_inputs, changed_work, withheld_values
from worldtree.app.tasks.frozen_bundle import freeze_bundle, refuse_edited
from worldtree.app.tasks.new_task import NewTasks
from worldtree.app.tasks.orphaned_runs import refuse_orphaned_runs
from worldtree.app.tasks.run_modes import RunMode, run_mode
from worldtree.app.tasks.run_reasons import work_to_run
from worldtree.app.tasks.task_context import TaskContext
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.app.tasks.task_runner import TaskObserver, TaskRunner
from worldtree.app.tasks.task_source import TaskSource, task_source, write_task_source
from worldtree.app.tasks.unfinished_rollbacks import UnfinishedRollbacks
from worldtree.compile.policy_checks import refuse_irreversible
from worldtree.compile.selection import Selection
from worldtree.core.errors import Diagnostic, RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.core.settings import Settings
from worldtree.core.text import and_more
from worldtree.engine.prior_results import NO_PRIOR_RESULTS, PriorResults
from worldtree.plan.node import FACTS_KIND
from worldtree.plan.pipeline_names import BUILTIN_PIPELINES
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.plan.plan import Plan
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.app.documents.document_service import DocumentService
    from worldtree.app.tasks.rollback import RollbackService
    from worldtree.compile.compiler import PlanResult
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store

#: Most files that a refusal names.
_MAX_NAMED = 10


@dataclass(frozen=True)
class PreparedRun:
    """A plan that is ready to run; nothing was changed yet."""

    plan: Plan
    #: In memory after compiling, or the directory of a reviewed bundle.
    bundle: Bundle | Path
    diagnostics: tuple[Diagnostic, ...] = ()
    #: The text of the document if it was compiled, or compared with the bundle, now.
    document: str | None = None
    #: Where the plan comes from.
    source: TaskSource | None = None
    #: What was asked for.
    request: TaskRequest = field(kw_only=True)
    #: Raises ``WorldTreeError`` where it must not run any more; asked when the cluster is held.
    guard: Callable[[Store], None] | None = None


class ApplyService:
    """Runs plans as tasks and stores their events and results."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        store: Callable[[], Store],
        documents: Callable[[], DocumentService],
        rollback: Callable[[], RollbackService],
    ) -> None:
        self._settings, self._ports = settings, ports
        self._rollback = rollback
        self._store = store
        self._documents = documents
        self._runner = TaskRunner(settings, ports, store)
        self._new_tasks = NewTasks(settings, ports, store)
        self.unfinished_rollbacks = UnfinishedRollbacks(settings)

    def prepare(self, request: TaskRequest) -> PreparedRun:
        """Compile one cluster, or load a reviewed bundle.

        Raises ``InputError`` for what is wrong in the document or does not fit the mode, and for a
        bundle ``RefusedError`` for edited files and for inputs that changed since in the document.
        """
        if request.bundle is not None:
            document = None if request.document is None else request.document.file
            found = self._prepare_bundle(request.bundle, document, request)
        elif request.document is not None:
            found = self._compile(request.document, request)
        else:
            raise ValueError("a request needs a document or a bundle")
        run_mode(request.mode).check(found.plan)
        return found

    def _compile(self, document: DocumentRequest, request: TaskRequest) -> PreparedRun:
        documents = self._documents()
        planned = documents.plan(document, request.pipeline, request.selection)
        compiled = documents.compile(planned)
        file = self._ports.working_directory / document.file
        return PreparedRun(
            compiled.plan,
            compiled.bundle,
            compiled.diagnostics,
            document.file.read_text(encoding="utf-8"),
            task_source(compiled.planned, file, request.selection),
            request=request,
        )

    def whole_plan(self, file: Path, part: Plan, pipeline: PipelineRequest) -> Plan:
        """Return all of ``pipeline`` for the document of ``part``; raises ``InputError``."""
        documents = self._documents()
        return documents.plan(DocumentRequest.again(part, file), pipeline).plan

    def left_out_pairs(self, file: Path, part: Plan) -> tuple[int, int]:
        """Return how many nodes on hosts ``part`` lacks of its pipeline, and how many that has."""
        whole = _work_pairs(self.whole_plan(file, part, part.request))
        return len(whole - _work_pairs(part)), len(whole)

    def _prepare_bundle(
        self, directory: Path, document: Path | None, request: TaskRequest
    ) -> PreparedRun:
        refuse_edited(directory)
        plan = read_plan(directory)
        now = None if document is None else self._current(plan, document)
        if document is None or now is None:
            source = TaskSource(None, plan.pipeline, Selection())
            return PreparedRun(plan, directory, source=source, request=request)
        return PreparedRun(
            plan,
            directory,
            document=document.read_text(encoding="utf-8"),
            source=replace(
                task_source(now, self._ports.working_directory / document, Selection()),
                whole=_pairs(plan) == _pairs(now.plan),
            ),
            request=request,
        )

    def run(
        self,
        prepared: PreparedRun,
        observer: TaskObserver,
        *,
        mode: RunMode | None = None,
        queued: str | None = None,
    ) -> TaskResult:
        """Run ``prepared`` and return the result; ``mode`` replaces that of the request.

        ``queued`` is the id of the task if it has a row from the queue.
        Of a request for what has changed, ``observer`` gets why the rest runs before it starts.
        Raises what ``TaskRunner.run`` raises, and ``RefusedError`` when the bundle was edited in
        the meantime, when a run of an earlier task is still alive, where ``onIrreversible`` is
        ``refuse``, and when a selection leaves out a node whose values are needed and were not
        written down.
        """
        plan, request = prepared.plan, prepared.request
        mode = mode or run_mode(request.mode, observer.console)
        command = mode.command or request.command
        with self._new_tasks.new(plan, command, request, queued=queued) as task:
            if mode.command is None:
                refuse_irreversible(plan)
            bundle = freeze_bundle(prepared.bundle, task.directory, self._settings.home)
            base = None
            if prepared.source is not None:
                write_task_source(task.directory, prepared.source)
                base = None if isinstance(prepared.bundle, Path) else prepared.source.base
            task.start_sync()

            def before(store: Store, _lease: Lease, executor: RunnerExecutor) -> PriorResults:
                refuse_orphaned_runs(store, plan.cluster, task.id, executor)
                _refuse_other_previous(store, prepared)
                if prepared.guard is not None:
                    prepared.guard(store)
                known = self._known(store, prepared, mode, observer)
                task.begin(document=prepared.document)
                return known

            return self._runner.run(
                TaskContext(plan, task.id, task.directory, bundle, base),
                observer,
                asked=task.ask,
                before=before,
                mode=mode,
                expects_work=not request.only_changed,
                then=lambda result: self._rollback().after(result, observer),
                # A queued task may be of others, who must not have this machine download.
                fetches=queued is None,
            )

    def _known(
        self, store: Store, prepared: PreparedRun, mode: RunMode, observer: TaskObserver
    ) -> PriorResults:
        """Return what is done already, and what the mode leaves out."""
        plan = prepared.plan
        if mode.command is None:
            self.unfinished_rollbacks.warn(plan.cluster, observer.notify)
        withheld = withheld_values(store, plan, prepared.bundle)
        done, why = NO_PRIOR_RESULTS, None
        if prepared.request.only_changed:
            done, why = changed_work(store, plan, prepared.bundle, self._settings.home, withheld)
        if mode.command is None:
            withheld.refuse_left_out(done.results)
        known = mode.known(plan, done)
        if why is not None:
            observer.on_reasons(why.of(work_to_run(plan, known.results)))
        return known

    def _current(self, plan: Plan, document: Path) -> PlanResult | None:
        """Return the plan that ``document`` gives; raises ``RefusedError`` if inputs changed.

        None when it does not contain the cluster.
        """
        now = self._documents().plan_again(plan, document)
        if now is not None and (changed := changed_inputs(plan, now.plan, document)):
            raise RefusedError(
                f"the bundle is stale, changed since: {and_more(changed, _MAX_NAMED)}",
                code="bundle-stale",
                next_steps=[
                    NextStep("compile", str(document), "compile and review it again", {"dir": None})
                ],
            )
        return now


def _work_pairs(plan: Plan) -> set[tuple[str, str]]:
    """Return the nodes on hosts, without those that gather facts."""
    nodes = (node for node in plan.graph.nodes.values() if node.kind != FACTS_KIND)
    return {(node.id, host) for node in nodes for host in node.hosts}


def _pairs(plan: Plan) -> dict[str, frozenset[str]]:
    """Return the hosts of each node: fewer than the document asks for where a part was selected."""
    return {name: frozenset(node.hosts) for name, node in plan.graph.nodes.items()}


def _refuse_other_previous(store: Store, prepared: PreparedRun) -> None:
    """Raise ``RefusedError`` if a plan was compared with a document that is not the last any more.

    Another task may have ended while a person was asked; now the cluster is locked.
    """
    plan, source = prepared.plan, prepared.source
    if source is None or source.file is None or plan.pipeline in BUILTIN_PIPELINES:
        return
    from worldtree.app.documents.pipeline_inputs import previous_task

    if (found := previous_task(store, plan.pipeline, plan.cluster)) != source.previous:
        raise RefusedError(
            f"the plan is out of date: task {found} applied another document to `{plan.cluster}`"
            " in the meantime"
            if found
            else f"the plan is out of date: `{plan.cluster}` was removed in the meantime",
            code="plan-outdated",
            hint="run the command again",
        )
