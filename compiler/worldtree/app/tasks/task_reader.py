"""Reads tasks page by page, for callers that see one project."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from worldtree.app.tasks.task_state import current_record, current_result, next_steps
from worldtree.app.tasks.wait_cause import wait_cause
from worldtree.app.views.page_positions import task_position
from worldtree.app.views.pages import event_page_view, task_page_view
from worldtree.app.views.result_diff import result_diff_view
from worldtree.app.views.tasks import queue_entry_view, task_view
from worldtree.core.list_order import TaskOrder
from worldtree.core.next_steps import NextStep
from worldtree.core.trace_context import task_trace
from worldtree.results.events import Event
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.task_record import UnknownTaskError

if TYPE_CHECKING:
    from worldtree.app.service import Application
    from worldtree.store.store import TaskRecord

#: Characters of output after which a page of events ends early.
_MAX_OUTPUT = 4_000_000
_Row = TypeVar("_Row")


def page_of(rows: Iterable[_Row], limit: int) -> tuple[list[_Row], bool]:
    """Return the first ``limit`` of ``rows``, and whether there are more."""
    found = list(islice(rows, limit + 1))
    return found[:limit], len(found) > limit


class TaskReader:
    """Reads the tasks of an application's project; every method returns JSON-ready data."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def find(self, task: str) -> TaskRecord:
        """Return the task whose id is, or uniquely begins with, ``task``.

        Raises ``UnknownTaskError``.
        """
        try:
            return self._application.store.task(task)
        except UnknownTaskError as problem:
            if problem.code != "task-unknown":
                raise
        # The store's own words name a directory of this machine.
        raise UnknownTaskError(
            f"unknown task `{task}`",
            code="task-unknown",
            next_steps=[NextStep("list-tasks", "", "see all tasks")],
        )

    def page(
        self,
        limit: int,
        cursor: str | None,
        *,
        cluster: str | None,
        status: TaskStatus | None,
        command: TaskCommand | None,
        details: bool = False,
        order: TaskOrder = "-asked",
    ) -> dict[str, Any]:
        """Return tasks in ``order``.

        With ``details`` also what was asked for and why it was refused. Raises ``RefusedError`` for
        a wrong cursor.
        """
        store = self._application.store
        found = store.task_page(
            limit + 1,
            after=None if cursor is None else task_position(cursor, order),
            cluster=cluster,
            status=status,
            command=command,
            payloads=details,
            order=order,
        )
        records, more = page_of(found, limit)
        counts = self._application.history.host_counts(records)
        shown = [(current_record(store, one), counts[one.id]) for one in records]
        return task_page_view(shown, more=more, details=details, order=order)

    def task(self, task: str, *, outputs: bool, details: bool = False) -> dict[str, Any]:
        """Return a task with its result; with ``outputs`` also Ansible tasks and their output.

        ``details`` are the places of failures, whether ``resume`` would continue the task, and the
        number of its last event.
        """
        store, record = self._application.store, self.find(task)
        current = current_record(store, record)
        if outputs or not record.has_begun or current.status is not record.status:
            result = current_result(store, record)
        else:
            result = store.result(record.id, keep_tasks=False)
        places = self._application.history.failure_places(result) if details else {}
        cause = wait_cause(store, current, self._application.policy)
        found = {
            **task_view(current, result, places, next_steps(store, current), cause),
            "queued": queue_entry_view(store.queue_entry(record.id)),
            "trace_id": task_trace(record.id, record.traceparent).trace_id,
            "document": record.document,
            "parent": record.parent,
            "cancel_requested": record.cancel_requested is not None,
        }
        if details:
            found["resumable"] = self._application.resume.is_resumable(result)
            found["last_event"] = store.last_event(record.id)
        return found

    def diff(self, old: str, new: str) -> dict[str, Any]:
        """Return in which hosts of which nodes the results of two tasks differ."""
        store = self._application.store
        before, after = (store.result(self.find(one).id, keep_tasks=False) for one in (old, new))
        return result_diff_view(before, after)

    def events(
        self, task: str, *, after: int, limit: int, outputs: bool, details: bool = False
    ) -> dict[str, Any]:
        """Return events with ``seq`` above ``after``; with ``details`` places of Ansible tasks."""
        record = self.find(task)
        found = self._application.store.events(record.id, after=after, outputs=outputs)
        events, more = _bounded(found, limit)
        places = None
        if details and record.has_begun:
            places = self._application.history.places(record.id)
        return event_page_view(events, more=more, places=places)


def _bounded(events: Iterable[Event], limit: int) -> tuple[list[Event], bool]:
    """Return at most ``limit`` events, fewer where they are large, and whether there are more."""
    found: list[Event] = []
    size = 0
    for event in events:
        if len(found) == limit or size > _MAX_OUTPUT:
            return found, True
        found.append(event)
        size += len(event.stdout or "") + len(event.stderr or "") + len(str(event.result or ""))
    return found, False
