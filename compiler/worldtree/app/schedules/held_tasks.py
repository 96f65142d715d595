"""Tasks of schedules that must not begin now, although they wait in the queue.

A task may be due before a blackout and get its turn within it: it waits until the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worldtree.app.schedules.blackout_windows import blackout_end, read_window
from worldtree.core.errors import RefusedError

if TYPE_CHECKING:
    from worldtree.store.store import Store


def held_tasks(store: Store, now: float) -> frozenset[str]:
    """Return the tasks of schedules that have not begun and whose cluster has a blackout."""
    found = set()
    for (project, cluster), tasks in store.waiting_scheduled_tasks().items():
        blackouts = store.of_project(project).list_blackouts(cluster)
        try:
            windows = [read_window(one.body) for one in blackouts]
            end = blackout_end(windows, now)
        except (RefusedError, ValueError):
            continue  # Of another version, or in an unknown time zone: that holds nothing forever.
        if end is not None:
            found.update(tasks)
    return frozenset(found)
