"""From a document or a bundle to a task and its result."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.ansible.bundle import Bundle, emit, read_plan, verify_bundle
from worldtree.app.tasks.change_detection import unchanged
from worldtree.app.tasks.orphaned_runs import refuse_abandoned
from worldtree.app.tasks.run_modes import Mode
from worldtree.app.tasks.task_runner import Carrier, Watch
from worldtree.app.tasks.task_source import Origin, write_origin
from worldtree.app.tasks.unfinished_work import Unfinished
from worldtree.app.tasks.work import Work
from worldtree.compile.policy_checks import refuse_irreversible
from worldtree.compile.selection import Selection
from worldtree.core.errors import Diagnostic, RefusedError
from worldtree.core.fsync import OnDisk
from worldtree.core.private_directories import make_private
from worldtree.core.settings import Settings
from worldtree.engine.prior_results import NOTHING, Known
from worldtree.plan.plan import Plan
from worldtree.results.tree import TaskResult
from worldtree.store.task_id import new_task_id

if TYPE_CHECKING:
    from worldtree.app.documents.authoring import Authoring
    from worldtree.app.tasks.rollback import Undoing
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store

#: Files named in a refusal before they are counted.
_NAMED = 10


@dataclass(frozen=True)
class Prepared:
    """A plan that can be run: checked, and nothing touched yet."""

    plan: Plan
    #: In memory after compiling, or the directory of a reviewed bundle.
    bundle: Bundle | Path
    diagnostics: tuple[Diagnostic, ...] = ()
    #: The document's text, where it was compiled now.
    document: str | None = None
    #: What it was made from.
    origin: Origin | None = None


class Running:
    """Runs plans, one task at a time, and keeps what happened."""

    def __init__(
        self,
        settings: Settings,
        store: Callable[[], Store],
        authoring: Callable[[], Authoring],
        undoing: Callable[[], Undoing],
    ) -> None:
        self._settings = settings
        self._undoing = undoing
        self._store = store
        self._authoring = authoring
        self._carrier = Carrier(settings, store)
        self.unfinished = Unfinished(settings)

    def prepare(
        self, file: Path, cluster: str | None, pipeline: str, selection: Selection
    ) -> Prepared:
        """Compile one cluster of ``file``; raises ``InputError``."""
        authoring = self._authoring()
        compiled = authoring.compile(authoring.plan(file, cluster, pipeline, selection))
        return Prepared(
            compiled.plan,
            compiled.bundle,
            compiled.diagnostics,
            file.read_text(encoding="utf-8"),
            Origin(file.absolute(), pipeline, selection),
        )

    def prepare_bundle(self, directory: Path, document: Path | None) -> Prepared:
        """Take a reviewed bundle as it is.

        Raises ``RefusedError`` naming the files that were edited, or the inputs that have changed
        since in ``document`` (when given), and ``InputError`` when that is not valid any more.
        """
        _refuse_edited(directory)
        plan = read_plan(directory)
        known = document is not None and self._is_current(plan, document)
        file = document.absolute() if known and document is not None else None
        return Prepared(plan, directory, origin=Origin(file, plan.pipeline, Selection()))

    def run(
        self,
        prepared: Prepared,
        watch: Watch,
        *,
        command: str = "apply",
        only_changed: bool = False,
        mode: Mode | None = None,
    ) -> TaskResult:
        """Carry ``prepared`` out to its end and return what became of it.

        ``mode`` is how, when not simply. With ``only_changed``, work whose input is what it was at
        its last success is not done again. Raises what ``Carrier.carry`` raises, ``InputError`` for
        a mode that does not fit the plan, and ``RefusedError`` when the bundle was edited
        meanwhile, when a run of an earlier task goes on, and where ``onIrreversible`` is to refuse.
        """
        plan = prepared.plan
        mode = mode or Mode()
        mode.check(plan)
        if mode.command is None:
            refuse_irreversible(plan)
        task = new_task_id()
        directory = self._settings.home / "tasks" / task
        make_private(directory)

        def before(store: Store, _lease: Lease, executor: RunnerExecutor) -> Known:
            refuse_abandoned(store, plan.cluster, task, executor)
            on_disk.wait()
            if mode.command is None:
                self.unfinished.tell(plan.cluster, watch.tell)
            told = mode.command or command
            store.create_task(plan, told, name=task, document=prepared.document)
            done = unchanged(plan, store.successes(plan.cluster)) if only_changed else NOTHING
            return mode.known(plan, done)

        try:
            bundle = frozen(prepared.bundle, directory / "bundle")
            base = None
            if prepared.origin is not None:
                write_origin(directory, prepared.origin)
                base = None if isinstance(prepared.bundle, Path) else prepared.origin.base
            work = Work(plan, task, directory, bundle, base)
            # A task that is there after a power failure has what it runs from.
            on_disk = OnDisk(directory)
            return self._carrier.carry(
                work,
                watch,
                before=before,
                mode=mode,
                then=lambda result: self._undoing().after(result, watch),
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
        changed = self._authoring().changed_since(plan, document)
        if changed:
            msg = f"the bundle is stale: {listed(changed)} changed since it was compiled"
            raise RefusedError(msg, hint="compile and review it again: wt compile --dir DIR")
        return changed is not None


def frozen(bundle: Bundle | Path, target: Path) -> Path:
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
