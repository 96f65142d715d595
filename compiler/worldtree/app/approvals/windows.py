"""Begins tasks of plans when their windows begin; a duty of the worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from worldtree.app.approvals.plan_requests import window_over
from worldtree.app.approvals.plans import approved_work

if TYPE_CHECKING:
    from worldtree.store.store import Store


class PlanWindows:
    """Puts tasks into the queue when their windows begin, and refuses those that missed them.

    A task that waits has no row in the queue before, so that no worker takes it too early.
    """

    name = "windows of plans"
    interval = 2.0

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def run_once(self) -> None:
        """Do what is due now."""
        now = time.time()
        for project, record in self._store().waiting_for_windows():
            window, task = record.window, record.task
            if window is None or task is None or now < window["from"]:
                continue
            store = self._store().of_project(project)
            actor = store.task(task).actor or record.actor
            if now > window["until"]:
                store.refuse_task(task, record.cluster, window_over(), actor)
            else:
                store.open_window(task, approved_work(record), actor)
