"""Runs what the queue has: the task of a row, as its request asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from worldtree.app.ports import Ports
from worldtree.app.tasks.queued_work import (
    ApprovedWork,
    CancelWork,
    ResumeWork,
    RollbackWork,
    RunWork,
    read_work,
)
from worldtree.app.tasks.resume_questions import ResumeQuestions
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.core.errors import Diagnostic, InputError, WorldTreeError
from worldtree.core.settings import Settings
from worldtree.results.task_command import TaskCommand
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.app.approvals.approved_runs import ApprovedRuns
    from worldtree.app.content.content_source import ContentOpener
    from worldtree.app.tasks.apply import ApplyService
    from worldtree.app.tasks.cancel import CancelService
    from worldtree.app.tasks.drift import DriftService
    from worldtree.app.tasks.isolated_runs import IsolatedRuns
    from worldtree.app.tasks.resume import ResumeService
    from worldtree.app.tasks.rollback import RollbackService
    from worldtree.store.store import Store


class QueuedTaskService:
    """Carries out rows of the queue, in the project of its store; nobody can be asked."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        store: Callable[[], Store],
        *,
        apply: Callable[[], ApplyService],
        resume: Callable[[], ResumeService],
        rollback: Callable[[], RollbackService],
        cancel: Callable[[], CancelService],
        drift: Callable[[], DriftService],
        approved: Callable[[], ApprovedRuns],
        contents: Callable[[], ContentOpener],
    ) -> None:
        self._settings, self._ports, self._store = settings, ports, store
        self._apply, self._resume, self._rollback = apply, resume, rollback
        self._cancel, self._drift, self._approved = cancel, drift, approved
        self._contents = contents

    def run(self, task: str, work: Mapping[str, Any], observer: TaskObserver) -> TaskResult:
        """Do ``work``, as the queue has it, with a task and return the result.

        A problem before the task begins, or goes on, is kept with it and raised.
        """
        try:
            match read_work(work):
                case RunWork(request=request) if request.command is TaskCommand.DRIFT:
                    return self._detect_drift(task, request, observer)
                case RunWork(request=request):
                    with self._isolated_runs().prepared(task, request) as prepared:
                        return self._apply().run(prepared, observer, queued=task)
                case ApprovedWork(proposal=proposal, request=request):
                    with self._approved().prepared(proposal, request) as prepared:
                        return self._apply().run(prepared, observer, queued=task)
                case RollbackWork(request=request):
                    return self._rollback().roll_back(request, observer, queued=task)
                case ResumeWork(request=request):
                    found = self._resume().resume(request, observer, ResumeQuestions())
                    self._store().keep_problem(task, None)
                    return found
                case CancelWork():
                    self._cancel().cancel(task, observer)
                    return self._store().result(task, keep_tasks=observer.keep_tasks)
        except WorldTreeError as problem:
            self.keep_problem(task, problem)
            raise

    def _detect_drift(self, task: str, request: TaskRequest, observer: TaskObserver) -> TaskResult:
        with self._isolated_runs().opened(task, request) as document:
            return self._drift().detect_queued(document.run(), document, observer, task)

    def keep_problem(self, task: str, problem: WorldTreeError) -> None:
        """Keep why a task does not begin or go on; one that has not begun is refused by it.

        What a process meets that has lost its row says nothing of the task.
        """
        store = self._store()
        if not store.has_work():
            return
        record = store.task(task)
        if isinstance(problem, InputError):
            problem = InputError([_in_document(one) for one in problem.diagnostics])
        if record.has_begun:
            store.keep_problem(task, problem)
        else:
            store.refuse_task(task, record.cluster, problem, self._ports.actor)

    def _isolated_runs(self) -> IsolatedRuns:
        # Imported here: it is slow, and a resume does not need it.
        from worldtree.app.tasks.isolated_runs import IsolatedRuns

        return IsolatedRuns(self._settings, self._contents, self._store)


def _in_document(found: Diagnostic) -> Diagnostic:
    """Return a diagnostic whose place names the document, not its file on this machine."""
    if found.mark is None:
        return found
    return found.located(replace(found.mark, file=PurePath(found.mark.file).name))
