"""Reads logs of tasks by pages."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from worldtree.core.errors import ExitCode, WorldTreeError
from worldtree.store.event_order import OrderedPage
from worldtree.store.log_pages import LogLine, LogPage, LogQuery

if TYPE_CHECKING:
    from worldtree.store.store import Store

__all__ = ["LogLine", "LogPage", "LogQuery", "LogReader", "OrderedPage", "UnknownLogLineError"]


class UnknownLogLineError(WorldTreeError):
    """No line of the log has the number."""

    exit_code = ExitCode.INPUT


class LogReader:
    """Reads logs of the tasks of a project; an id may be abbreviated."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def task_id(self, task: str) -> str:
        """Return the whole id of a task. Raises ``UnknownTaskError``."""
        return self._store().task(task).id

    def page(self, task: str, query: LogQuery) -> LogPage:
        """Return the lines that ``query`` wants. Raises ``UnknownTaskError``."""
        store = self._store()
        return store.log_page(store.task(task).id, query)

    def line(self, task: str, number: int) -> LogLine:
        """Return a whole line. Raises ``UnknownTaskError`` and ``UnknownLogLineError``."""
        store = self._store()
        found = store.log_line(store.task(task).id, number)
        if found is None:
            raise UnknownLogLineError(
                f"the log of the task has no line {number}",
                code="log-line-unknown",
                hint="numbers of lines are those of events, and not every event is in the log",
            )
        return found

    def tail_start(self, task: str, lines: int) -> int:
        """Return the number after which the log has at most ``lines`` lines."""
        store = self._store()
        return store.tail_start(store.task(task).id, lines)

    def event_tail_start(self, task: str, events: int) -> int:
        """Return the number after which the task has at most ``events`` events."""
        store = self._store()
        return max(store.last_event(store.task(task).id) - events, 0)

    def ordered_page(self, after: int, limit: int, only: Collection[str] | None) -> OrderedPage:
        """Return events of all tasks of these projects (ids; None: of all) in one order."""
        store = self._store()
        store.number_events()
        return store.ordered_events(after, limit, only)

    def order_tail_start(self, numbers: int) -> int:
        """Return the number after which at most ``numbers`` events of all projects are."""
        return max(self._store().number_events() - numbers, 0)
