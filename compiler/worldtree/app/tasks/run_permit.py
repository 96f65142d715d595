"""Lets the runs of a worker's task go on only while the task reaches the database.

Another machine takes the cluster of a task over once its worker was fenced and the task has been
silent for long. By then nothing of it may work: its runs end at a deadline that each heartbeat
moves (``runner/inside/run_deadline.py``), and its process ends with them.
"""

from __future__ import annotations

import math
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from worldtree.core.worker_times import uptime

if TYPE_CHECKING:
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store

_CHECK_SECONDS = 0.5
#: By how much runs may go on longer than the process of their task: it must not be there to take
#: the end of a run for a result. ``WorkerTimes`` has this in the time that a run needs to end.
_RUN_SECONDS = 1.0


class RunPermit:
    """The deadline of the runs of the task that holds a lease; at a terminal there is none."""

    def __init__(self, store: Store, lease: Lease, began: float) -> None:
        """``began`` is the time, as ``uptime``, before the lease was acquired.

        Raises ``OSError``.
        """
        from worldtree.runner.inside.run_deadline import remove_deadline

        self._store, self._lease, self._work = store, lease, store.work
        self._over = threading.Event()
        self._until = math.inf
        self._thread: threading.Thread | None = None
        if self._work is None:
            remove_deadline(store.home / "tasks" / lease.task)
            return
        self.renew(began)
        self._thread = threading.Thread(target=self._watch, name="run permit", daemon=True)
        self._thread.start()

    def renew(self, began: float) -> None:
        """Move the deadline: a heartbeat that began at ``began`` has succeeded.

        A deadline that was over may have ended runs, as on a machine that was stopped: then the
        process ends as well, and a worker continues the task from what was stored.
        Raises ``OSError``.
        """
        from worldtree.runner.inside.run_deadline import write_deadline

        if self._work is None:
            return
        before, self._until = self._until, began + self._work.times.outage
        for task in (self._lease.task, *tuple(self._lease.lent)):
            # What has no directory here has no runs here.
            with suppress(FileNotFoundError):
                write_deadline(self._store.home / "tasks" / task, self._until + _RUN_SECONDS)
        if uptime() > before:
            self._work.stop()

    def close(self) -> None:
        """End the deadline: the runs have ended, and the lease is released."""
        from worldtree.runner.inside.run_deadline import remove_deadline

        self._over.set()
        if self._thread is not None:
            self._thread.join()
            remove_deadline(self._store.home / "tasks" / self._lease.task)

    def _watch(self) -> None:
        while not self._over.wait(_CHECK_SECONDS):
            if self._work is not None and uptime() > self._until:
                self._work.stop()
                return
