"""Puts requests into the queue: the task has a row, and a worker does the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from worldtree.app.approvals.approval_rules import refuse_unapproved, refuse_unapproved_again
from worldtree.app.documents.wanted_documents import WantedDocuments
from worldtree.app.ports import Ports
from worldtree.app.tasks.finished_tasks import refuse_not_begun
from worldtree.app.tasks.queued_work import ResumeWork, RollbackWork, RunWork
from worldtree.app.tasks.run_modes import run_mode
from worldtree.app.tasks.task_requests import ResumeRequest, RollbackRequest, TaskRequest
from worldtree.core.errors import RefusedError
from worldtree.engine.rollback_plan import ROLLBACK_PIPELINE
from worldtree.results.task_command import TaskCommand
from worldtree.store.task_id import new_task_id

if TYPE_CHECKING:
    from worldtree.app.content.content_source import ContentOpener
    from worldtree.app.documents.document_text import CheckedDocument
    from worldtree.core.actor import Actor
    from worldtree.store.store import Store, TaskRecord
    from worldtree.store.task_queue import NewQueuedTask


def new_run(cluster: str, request: TaskRequest, actor: Actor) -> NewQueuedTask:
    """Return a new task for a pipeline of a stored document, for the queue."""
    new = new_queued_task(cluster, request, actor, RunWork(request=request).model_dump(mode="json"))
    # It is compiled by its worker; a plan has the files in its bundle.
    return replace(new, archive=None if request.content is None else request.content.archive)


def new_queued_task(
    cluster: str, request: TaskRequest, actor: Actor, work: Mapping[str, object]
) -> NewQueuedTask:
    """Return a new task for a pipeline, whose work is ``work``, for the queue."""
    from worldtree.store.task_queue import NewQueuedTask

    return NewQueuedTask(
        new_task_id(),
        cluster,
        request.pipeline.name,
        run_mode(request.mode).command or request.command,
        actor,
        request.model_dump(mode="json"),
        work,
    )


class SubmissionService:
    """Asks for tasks on behalf of the actor of its ports, in the project of its store."""

    def __init__(
        self,
        ports: Ports,
        store: Callable[[], Store],
        contents: Callable[[], ContentOpener],
    ) -> None:
        self._ports, self._store, self._contents = ports, store, contents

    def submit(self, cluster: str, request: TaskRequest, *, priority: int = 0) -> TaskRecord:
        """Ask for a pipeline of a stored document and return the queued task.

        Raises ``RefusedError`` where the project requires approvals, and for content that its
        policy does not allow.
        """
        if request.stored_document is None:
            raise ValueError("a queued request needs a stored document")
        store, new = self._store(), new_run(cluster, request, self._ports.actor)
        refuse_unapproved(
            store, cluster, TaskCommand(new.command), request.stored_document, request.content
        )
        self._contents().check(request.content)
        return self._ask(store, replace(new, priority=priority))

    def submit_document(
        self,
        cluster: str,
        document: CheckedDocument,
        expected: Collection[str] | None,
        request: Callable[[str], TaskRequest],
    ) -> TaskRecord:
        """Store a document and ask for a pipeline of it, both or neither; return the queued task.

        ``request`` gets the digest of the document, ``expected`` is that of
        ``WantedDocuments.replace``. With check mode the wanted document stays. Raises
        ``RefusedError`` where the project requires approvals, and as ``replace``.
        """
        store, actor = self._store(), self._ports.actor
        before = store.wanted_document(cluster)
        known = before.digest if before is not None and before.body == document.text else ""
        probe = new_run(cluster, request(known), actor)
        content = request(known).content
        refuse_unapproved(store, cluster, TaskCommand(probe.command), known, content)
        self._contents().check(content)

        def new_task(digest: str) -> NewQueuedTask:
            made = new_run(cluster, request(digest), actor)
            return replace(made, task=probe.task, traceparent=self._ports.traceparent)

        WantedDocuments(store, actor).replace_with_task(
            cluster, document, expected, new_task, is_wanted=not request(known).mode.check
        )
        return store.task(probe.task)

    def roll_back(self, request: RollbackRequest, *, priority: int = 0) -> TaskRecord:
        """Ask for the rollback of a task and return the new, queued task.

        Raises ``UnknownTaskError``, and ``RefusedError`` for a task that has not begun.
        """
        from worldtree.store.task_queue import NewQueuedTask

        store = self._store()
        undone = store.task(request.task)
        refuse_not_begun(undone)
        refuse_unapproved_again(store, undone, repeats=False)
        request = request.model_copy(update={"task": undone.id})
        new = NewQueuedTask(
            new_task_id(),
            undone.cluster,
            ROLLBACK_PIPELINE,
            TaskCommand.ROLLBACK,
            self._ports.actor,
            request.model_dump(mode="json"),
            RollbackWork(request=request).model_dump(mode="json"),
            parent=undone.id,
            priority=priority,
        )
        return self._ask(store, new)

    def resume(self, request: ResumeRequest, *, priority: int = 0) -> TaskRecord:
        """Ask to continue a task, also to repeat parts of it, and return the task.

        Raises ``UnknownTaskError``, and ``RefusedError`` for a task that has not begun, and for one
        that is in the queue.
        """
        store = self._store()
        record = store.task(request.task)
        refuse_not_begun(record)
        refuse_unapproved_again(store, record, repeats=request.rerun.only)
        request = request.model_copy(update={"task": record.id})
        work = ResumeWork(request=request).model_dump(mode="json")
        queued = store.enqueue_work(
            record.id, work, actor=self._ports.actor, priority=priority, entry="task-continued"
        )
        if not queued:
            raise RefusedError(f"task {record.id} is in the queue already", code="task-queued")
        return record

    def _ask(self, store: Store, new: NewQueuedTask) -> TaskRecord:
        store.enqueue_task(replace(new, traceparent=self._ports.traceparent))
        return store.task(new.task)
