"""Warns before an apply about a rollback that was not finished."""

from __future__ import annotations

from collections.abc import Callable

from worldtree.core.settings import Settings
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import LOOKING_COMMANDS, TaskCommand


class UnfinishedRollbacks:
    """Warns about an unfinished rollback, once per cluster."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._told: set[str] = set()

    def warn(self, cluster: str, notify: Callable[[str], None]) -> None:
        """Warn if the last work on ``cluster`` is an unfinished rollback; creates no state."""
        from worldtree.store.store import Store

        if cluster in self._told:
            return
        self._told.add(cluster)
        found = Store.open_existing(self._settings.home, self._settings.database_url)
        if found is None:
            return
        with found as store:
            last = store.list_tasks(cluster, 1, leaving_out=LOOKING_COMMANDS, begun=True)
        for record in last:
            if record.command == TaskCommand.ROLLBACK and record.status is not TaskStatus.SUCCEEDED:
                notify(
                    f"warning: task {record.parent} is only partly rolled back: its rollback "
                    f"{record.id} is {record.status}; `wt resume {record.id}` continues it"
                )
