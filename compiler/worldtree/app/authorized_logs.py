"""What a principal may read of logs and events: the source of streams and of pages of logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worldtree.app.permission_checks import requires
from worldtree.app.tasks.log_reader import LogLine, LogPage, LogQuery, LogReader
from worldtree.auth.principal import Principal

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
