"""Begins tasks of plans when their windows begin; a duty of the worker."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from worldtree.app.approvals.plan_requests import window_over
from worldtree.app.approvals.plans import approved_work
from worldtree.core.private_directories import StoreError

if TYPE_CHECKING:
    from worldtree.store.proposals import ProposalRecord
    from worldtree.store.store import Store

_LOG = logging.getLogger(__name__)


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
            try:
                _open_or_refuse(self._store().of_project(project), record, now)
            except StoreError:
                raise
            except Exception:  # One that another version wrote must not stop the others.
                _LOG.exception("plan %s cannot begin", record.id)


def _open_or_refuse(store: Store, record: ProposalRecord, now: float) -> None:
    window, task = record.window, record.task
    if window is None or task is None or now < window["from"]:
        return
    actor = store.task(task).actor or record.actor
    if now > window["until"]:
        store.refuse_task(task, record.cluster, window_over(), actor)
    else:
        store.open_window(task, approved_work(record), actor)
