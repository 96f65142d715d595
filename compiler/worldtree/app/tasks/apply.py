"""Applies a document or a reviewed bundle: one task and its result."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.ansible.bundle import Bundle, read_plan
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.ports import Ports
from worldtree.app.tasks.change_detection import changed_inputs, changed_work, withheld_values
from worldtree.app.tasks.frozen_bundle import freeze_bundle, refuse_edited
from worldtree.app.tasks.orphaned_runs import refuse_orphaned_runs
from worldtree.app.tasks.run_modes import RunMode
from worldtree.app.tasks.run_reasons import Reasons, work_to_run
from worldtree.app.tasks.task_context import TaskContext
from worldtree.app.tasks.task_runner import TaskObserver, TaskRunner
from worldtree.app.tasks.task_source import TaskSource, task_source, write_task_source
from worldtree.app.tasks.unfinished_rollbacks import UnfinishedRollbacks
from worldtree.compile.policy_checks import refuse_irreversible
from worldtree.compile.selection import Selection
from worldtree.core.errors import Diagnostic, RefusedError
from worldtree.core.fsync import BackgroundSync
from worldtree.core.private_directories import make_private_directory
from worldtree.core.settings import Settings
from worldtree.core.text import and_more
from worldtree.engine.prior_results import NO_PRIOR_RESULTS, PriorResults
from worldtree.plan.node import FACTS_KIND
from worldtree.plan.pipeline_names import BUILTIN_PIPELINES
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.plan.plan import Plan
from worldtree.results.task_command import TaskCommand
from worldtree.results.tree import TaskResult
from worldtree.store.task_id import new_task_id

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
        self.unfinished_rollbacks = UnfinishedRollbacks(settings)

    def prepare(
        self,
        request: DocumentRequest,
        pipeline: PipelineRequest,
        selection: Selection,
    ) -> PreparedRun:
        """Compile one cluster; raises ``InputError``."""
        documents = self._documents()
        planned = documents.plan(request, pipeline, selection)
        compiled = documents.compile(planned)
        return PreparedRun(
            compiled.plan,
            compiled.bundle,
            compiled.diagnostics,
            request.file.read_text(encoding="utf-8"),
            task_source(compiled.planned, self._ports.working_directory / request.file, selection),
        )

    def whole_plan(self, file: Path, part: Plan, pipeline: PipelineRequest) -> Plan:
        """Return all of ``pipeline`` for the document of ``part``; raises ``InputError``."""
        documents = self._documents()
        return documents.plan(DocumentRequest.again(part, file), pipeline).plan

    def left_out_pairs(self, file: Path, part: Plan) -> tuple[int, int]:
        """Return how many nodes on hosts ``part`` lacks of its pipeline, and how many that has."""
        whole = _work_pairs(self.whole_plan(file, part, part.request))
        return len(whole - _work_pairs(part)), len(whole)

    def prepare_bundle(self, directory: Path, document: Path | None) -> PreparedRun:
        """Load a reviewed bundle.

        Raises ``RefusedError`` for edited files and for inputs that changed since in ``document``
        (if given), and ``InputError`` when the document is no longer valid.
        """
        refuse_edited(directory)
        plan = read_plan(directory)
        now = None if document is None else self._current(plan, document)
        if document is None or now is None:
            return PreparedRun(plan, directory, source=TaskSource(None, plan.pipeline, Selection()))
        return PreparedRun(
            plan,
            directory,
            document=document.read_text(encoding="utf-8"),
            source=replace(
                task_source(now, self._ports.working_directory / document, Selection()),
                whole=_pairs(plan) == _pairs(now.plan),
            ),
        )

    def run(
        self,
        prepared: PreparedRun,
        observer: TaskObserver,
        *,
        command: TaskCommand = TaskCommand.APPLY,
        only_changed: bool = False,
        mode: RunMode | None = None,
        on_reasons: Callable[[Reasons], None] = lambda _reasons: None,
    ) -> TaskResult:
        """Run ``prepared`` and return the result.

        With ``only_changed``, work whose input is unchanged since its last success is skipped, and
        ``on_reasons`` gets why the rest runs before it starts.
        Raises what ``TaskRunner.run`` raises, ``InputError`` for a mode that does not fit the plan,
        and ``RefusedError`` when the bundle was edited in the meantime, when a run of an earlier
        task is still alive, where ``onIrreversible`` is ``refuse``, and when a selection leaves out
        a node whose values are needed and were not written down.
        """
        plan = prepared.plan
        mode = mode or RunMode()
        mode.check(plan)
        if mode.command is None:
            refuse_irreversible(plan)
        task = new_task_id()
        directory = self._settings.home / "tasks" / task
        make_private_directory(directory)

        def before(store: Store, _lease: Lease, executor: RunnerExecutor) -> PriorResults:
            refuse_orphaned_runs(store, plan.cluster, task, executor)
            _refuse_other_previous(store, prepared)
            on_disk.wait()
            if mode.command is None:
                self.unfinished_rollbacks.warn(plan.cluster, observer.notify)
            withheld = withheld_values(store, plan, prepared.bundle)
            done, why = NO_PRIOR_RESULTS, None
            if only_changed:
                done, why = changed_work(
                    store, plan, prepared.bundle, self._settings.home, withheld
                )
            if mode.command is None:
                withheld.refuse_left_out(done.results)
            known = mode.known(plan, done)
            if why is not None:
                on_reasons(why.of(work_to_run(plan, known.results)))
            task_command = mode.command or command
            store.create_task(plan, task_command, name=task, document=prepared.document)
            return known

        try:
            bundle = freeze_bundle(prepared.bundle, directory, self._settings.home)
            base = None
            if prepared.source is not None:
                write_task_source(directory, prepared.source)
                base = None if isinstance(prepared.bundle, Path) else prepared.source.base
            context = TaskContext(plan, task, directory, bundle, base)
            # After a power failure, every task in the database has its directory on disk.
            on_disk = BackgroundSync(directory)
            return self._runner.run(
                context,
                observer,
                before=before,
                mode=mode,
                then=lambda result: self._rollback().after(result, observer),
            )
        finally:
            self._forget(task, directory)

    def _forget(self, task: str, directory: Path) -> None:
        """Delete the directory of a task that was not created."""
        if self._store().has_task(task):
            return
        shutil.rmtree(directory, ignore_errors=True)

    def _current(self, plan: Plan, document: Path) -> PlanResult | None:
        """Return the plan that ``document`` gives; raises ``RefusedError`` if inputs changed.

        None when it does not contain the cluster.
        """
        now = self._documents().plan_again(plan, document)
        if now is not None and (changed := changed_inputs(plan, now.plan, document)):
            raise RefusedError(
                f"the bundle is stale, changed since: {and_more(changed, _MAX_NAMED)}",
                hint="compile and review it again: `wt compile --dir DIR`",
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
            hint="run the command again",
        )
