"""From a document or a bundle to a task and its result."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.ansible.bundle import Bundle, emit, read_plan, verify_bundle
from worldtree.app.ports import Ports
from worldtree.app.tasks.change_detection import unchanged_work
from worldtree.app.tasks.orphaned_runs import refuse_orphaned_runs
from worldtree.app.tasks.run_modes import RunMode
from worldtree.app.tasks.task_context import TaskContext
from worldtree.app.tasks.task_runner import TaskObserver, TaskRunner
from worldtree.app.tasks.task_source import TaskSource, write_task_source
from worldtree.app.tasks.unfinished_rollbacks import UnfinishedRollbacks
from worldtree.compile.policy_checks import refuse_irreversible
from worldtree.compile.selection import Selection
from worldtree.core.errors import Diagnostic, RefusedError
from worldtree.core.fsync import BackgroundSync
from worldtree.core.private_directories import make_private_directory
from worldtree.core.settings import Settings
from worldtree.engine.prior_results import NO_PRIOR_RESULTS, PriorResults
from worldtree.plan.plan import Plan
from worldtree.results.task_command import TaskCommand
from worldtree.results.tree import TaskResult
from worldtree.store.task_id import new_task_id

if TYPE_CHECKING:
    from worldtree.app.documents.document_service import DocumentService
    from worldtree.app.tasks.rollback import RollbackService
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store

#: Files named in a refusal before they are counted.
_NAMED = 10


@dataclass(frozen=True)
class PreparedRun:
    """A plan that can be run: checked, and nothing touched yet."""

    plan: Plan
    #: In memory after compiling, or the directory of a reviewed bundle.
    bundle: Bundle | Path
    diagnostics: tuple[Diagnostic, ...] = ()
    #: The document's text, where it was compiled now.
    document: str | None = None
    #: What it was made from.
    source: TaskSource | None = None


class ApplyService:
    """Runs plans, one task at a time, and keeps what happened."""

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
        self, file: Path, cluster: str | None, pipeline: str, selection: Selection
    ) -> PreparedRun:
        """Compile one cluster of ``file``; raises ``InputError``."""
        documents = self._documents()
        compiled = documents.compile(documents.plan(file, cluster, pipeline, selection))
        return PreparedRun(
            compiled.plan,
            compiled.bundle,
            compiled.diagnostics,
            file.read_text(encoding="utf-8"),
            TaskSource(self._ports.working_directory / file, pipeline, selection),
        )

    def prepare_bundle(self, directory: Path, document: Path | None) -> PreparedRun:
        """Take a reviewed bundle as it is.

        Raises ``RefusedError`` naming the files that were edited, or the inputs that have changed
        since in ``document`` (when given), and ``InputError`` when that is not valid any more.
        """
        _refuse_edited(directory)
        plan = read_plan(directory)
        known = document is not None and self._is_current(plan, document)
        file = self._ports.working_directory / document if known and document is not None else None
        return PreparedRun(plan, directory, source=TaskSource(file, plan.pipeline, Selection()))

    def run(
        self,
        prepared: PreparedRun,
        observer: TaskObserver,
        *,
        command: TaskCommand = TaskCommand.APPLY,
        only_changed: bool = False,
        mode: RunMode | None = None,
    ) -> TaskResult:
        """Carry ``prepared`` out to its end and return what became of it.

        ``mode`` is how, when not simply. With ``only_changed``, work whose input is what it was at
        its last success is not done again. Raises what ``TaskRunner.run`` raises, ``InputError``
        for a mode that does not fit the plan, and ``RefusedError`` when the bundle was edited
        meanwhile, when a run of an earlier task goes on, and where ``onIrreversible`` is to refuse.
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
            on_disk.wait()
            if mode.command is None:
                self.unfinished_rollbacks.warn(plan.cluster, observer.notify)
            told = mode.command or command
            store.create_task(plan, told, name=task, document=prepared.document)
            done = (
                unchanged_work(plan, store.successes(plan.cluster))
                if only_changed
                else NO_PRIOR_RESULTS
            )
            return mode.known(plan, done)

        try:
            bundle = freeze_bundle(prepared.bundle, directory / "bundle")
            base = None
            if prepared.source is not None:
                write_task_source(directory, prepared.source)
                base = None if isinstance(prepared.bundle, Path) else prepared.source.base
            context = TaskContext(plan, task, directory, bundle, base)
            # A task that is there after a power failure has what it runs from.
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
        """Leave nothing of a task that never came to be."""
        if self._store().has_task(task):
            return
        shutil.rmtree(directory, ignore_errors=True)

    def _is_current(self, plan: Plan, document: Path) -> bool:
        """Whether ``document`` says anything of the plan's cluster; refuse what changed since."""
        changed = self._documents().changed_since(plan, document)
        if changed:
            msg = f"the bundle is stale: {listed(changed)} changed since it was compiled"
            raise RefusedError(msg, hint="compile and review it again: wt compile --dir DIR")
        return changed is not None


def freeze_bundle(bundle: Bundle | Path, target: Path) -> Path:
    """Put the bundle where nobody else writes, and make sure that it is whole there."""
    if isinstance(bundle, Path):
        shutil.copytree(bundle, target, symlinks=True)
        _refuse_edited(target)
    else:
        emit(bundle, target)
    return target


def _refuse_edited(directory: Path) -> None:
    problems = verify_bundle(directory)
    if problems:
        msg = f"{directory} is not as it was compiled: {listed([str(p) for p in problems])}"
        raise RefusedError(msg, hint="compile it again, or put the files back")


def listed(names: list[str]) -> str:
    """Return the names in one line, the rest counted when they are many."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
