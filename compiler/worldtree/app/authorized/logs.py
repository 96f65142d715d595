"""What a principal may read of logs and events: the source of streams and of pages of logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worldtree.app.permission_checks import requires
from worldtree.app.tasks.log_reader import (
    LogLine,
    LogPage,
    LogQuery,
    LogReader,
    OrderedPage,
)
from worldtree.auth.principal import ALL_PROJECTS, Principal

if TYPE_CHECKING:
    from worldtree.store.store import Store


class AuthorizedLogs:
    """Reads logs in a project (its id) for a principal."""

    def __init__(self, store: Store, principal: Principal, project: str) -> None:
        self.principal, self.project = principal, project
        self._reader = LogReader(lambda: store.of_project(project))

    @requires("task:get")
    def task_id(self, task: str) -> str:
        """Return the whole id of a task. Raises ``UnknownTaskError``."""
        return self._reader.task_id(task)

    @requires("task:get")
    def page(self, task: str, query: LogQuery) -> LogPage:
        """Return lines of a log. Raises ``UnknownTaskError``."""
        return self._reader.page(task, query)

    @requires("task:get")
    def line(self, task: str, number: int) -> LogLine:
        """Return a whole line. Raises ``UnknownTaskError`` and ``UnknownLogLineError``."""
        return self._reader.line(task, number)

    @requires("task:get")
    def tail_start(self, task: str, lines: int) -> int:
        """Return the number after which a log has at most ``lines`` lines."""
        return self._reader.tail_start(task, lines)

    @requires("task:get")
    def event_tail_start(self, task: str, events: int) -> int:
        """Return the number after which a task has at most ``events`` events."""
        return self._reader.event_tail_start(task, events)

    @requires("task:get")
    def event_scope(self, everywhere: bool) -> frozenset[str] | None:
        """Return the ids of the projects whose events may be read together; None for all.

        With ``everywhere`` these are all in which the principal may read tasks, else this one.
        """
        if not everywhere:
            return frozenset({self.project})
        if "task:get" in self.principal.allowed(ALL_PROJECTS):
            return None
        known = self.principal.permissions
        return frozenset(one for one in known if "task:get" in self.principal.allowed(one))

    @requires("task:get")
    def ordered_page(self, after: int, limit: int, everywhere: bool) -> OrderedPage:
        """Return events of all tasks of the project, or of all that may be read, in one order."""
        return self._reader.ordered_page(after, limit, self.event_scope(everywhere))

    @requires("task:get")
    def order_tail_start(self, numbers: int) -> int:
        """Return the number after which at most ``numbers`` events of all projects are."""
        return self._reader.order_tail_start(numbers)
