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
        if _end_of_blackout(store.of_project(project), cluster, now) is not None:
            found.update(tasks)
    return frozenset(found)


def held_until(store: Store, cluster: str, task: str, now: float) -> float | None:
    """Return until when a task waits for the end of a blackout; None for one that does not.

    ``store`` is that of its project. Infinity for a blackout without an end.
    """
    waiting = store.waiting_scheduled_tasks().get((store.project, cluster), [])
    return _end_of_blackout(store, cluster, now) if task in waiting else None


def _end_of_blackout(store: Store, cluster: str, now: float) -> float | None:
    try:
        windows = [read_window(one.body) for one in store.list_blackouts(cluster)]
        return blackout_end(windows, now)
    except (RefusedError, ValueError):
        return None  # Of another version, or in an unknown time zone: that holds nothing forever.
