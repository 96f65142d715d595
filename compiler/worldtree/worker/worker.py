"""A worker: takes rows of the queue and gives each to a process of its own."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.service import Application
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.process_identity import current_process
from worldtree.worker.duties import Duty, DutyList
from worldtree.worker.membership import Membership
from worldtree.worker.task_process import Assignment

if TYPE_CHECKING:
    from worldtree.app.tasks.work_queue import QueuedTask

_LOG = logging.getLogger(__name__)

#: Seconds between looks into the queue, and between looks for rows whose process is dead.
_POLL_INTERVAL = 0.25
_SETTLE_INTERVAL = 2.0
#: Seconds until the next look when the database does not answer.
_RETRY_INTERVAL = 2.0


class Worker:
    """Works on the queue from a thread until it is stopped.

    Processes of tasks go on when the worker stops; the next one finds them.
    """

    def __init__(
        self,
        application: Application,
        *,
        limit: int,
        policy: ServicePolicy,
        environ: Mapping[str, str],
        directory: Path,
        duties: Iterable[Duty] = (),
        tags: Collection[str] = (),
    ) -> None:
        """``limit`` is the number of tasks at a time, ``tags`` is what it can reach.

        ``duties`` is what it does besides; the rest is for the processes of tasks.
        """
        self._membership = Membership(application.workers, tags, limit)
        self._application, self._limit, self._policy = application, limit, policy
        self._environ, self._directory = environ, directory
        self._duties = DutyList(duties)
        self._stop = threading.Event()
        self._is_draining = False
        #: Why this machine can only cancel, as it was logged last.
        self._obstacle: str | None = None
        self._spare: subprocess.Popen[str] | None = None
        #: The processes of tasks, with the rows that they got.
        self._children: list[tuple[subprocess.Popen[str], QueuedTask]] = []
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Begin to take tasks."""
        self._membership.start()
        self._thread.start()

    def drain(self, seconds: float, hurry: threading.Event) -> bool:
        """Take no more tasks, and wait for those that run; return whether all have ended.

        After ``seconds``, and when ``hurry`` is set, the rest goes on in its processes.
        """
        self._is_draining = True
        self._membership.drain()
        end = time.monotonic() + seconds
        while self._working() and time.monotonic() < end and not hurry.is_set():
            hurry.wait(_POLL_INTERVAL)
        return not self._working()

    def _working(self) -> bool:
        return any(child.poll() is None for child, _ in tuple(self._children))

    def stop(self) -> None:
        """Take no more tasks. Those that run go on in their processes."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._membership.stop()
        if self._spare is not None and self._spare.stdin is not None:
            self._spare.stdin.close()
            self._spare.wait()
        for child, _ in self._children:
            if child.poll() is None:
                child.returncode = 0  # It goes on by itself, which is no leak of this process.

    def is_alive(self) -> bool:
        """Whether it takes tasks."""
        return self._thread.is_alive()

    def _run(self) -> None:
        looks = 0
        while not self._stop.is_set():
            interval = _POLL_INTERVAL
            try:
                if looks % round(_SETTLE_INTERVAL / _POLL_INTERVAL) == 0:
                    self._settle()
                    self._note(self._application.work_queue.obstacle())
                looks += 1
                self._take()
                self._duties.run_due()
            except WorldTreeError as trouble:
                # A database that is away for a while ends neither this worker nor its tasks.
                _LOG.warning("the queue cannot be read: %s", trouble.message)
                interval = _RETRY_INTERVAL
            except Exception:  # Tasks must be taken as long as the service lives.
                _LOG.exception("the worker failed and tries again")
                interval = _RETRY_INTERVAL
            self._stop.wait(interval)

    def _settle(self) -> None:
        ended = [one for one in self._children if one[0].poll() is not None]
        for child, row in ended:
            # Where it died before it took over its row, this process still has that.
            if self._application.work_queue.give_back(row):
                _LOG.warning("a process died (%s) before task %s began", child.poll(), row.task)
        self._children = [one for one in self._children if one not in ended]
        for row in self._application.work_queue.settle():
            _LOG.warning("the process of task %s died", row.task)

    def _take(self) -> None:
        worker = self._membership.id
        if self._is_draining or worker is None:
            return
        child = self._ready_child()
        while (row := self._next_row(worker)) is not None:
            _LOG.info("task %s of project %s begins", row.task, row.project)
            self._give(child, row)
            child = self._ready_child()

    def _next_row(self, worker: str) -> QueuedTask | None:
        """Take a row; None where none is in turn, or where this machine cannot do any work."""
        queue, tags = self._application.work_queue, self._membership.tags
        try:
            return queue.take(worker, self._limit, tags, self._policy)
        except RefusedError as obstacle:
            self._note(obstacle)
            return None

    def _note(self, obstacle: RefusedError | None) -> None:
        """Log why this machine can only cancel, and tell the others; None where it can work."""
        message = None if obstacle is None else obstacle.message
        if obstacle is not None and message != self._obstacle:
            _LOG.warning("no task is taken: %s; help: %s", message, obstacle.hint)
        self._obstacle = message
        self._membership.set_obstacle(message)

    def _ready_child(self) -> subprocess.Popen[str]:
        """Return a process that waits for a row."""
        if self._spare is None or self._spare.poll() is not None:
            self._spare = subprocess.Popen(
                [sys.executable, "-m", "worldtree.worker.task_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                text=True,
                cwd=self._directory,
                env=self._environ,
                start_new_session=True,
            )
        return self._spare

    def _give(self, child: subprocess.Popen[str], row: QueuedTask) -> None:
        self._spare = None
        self._children.append((child, row))
        assignment = Assignment(
            row.id,
            row.project,
            row.task,
            dict(row.request),
            row.actor,
            current_process(),
            self._policy,
        )
        if child.stdin is None:
            raise RuntimeError("the process has no standard input")
        # A process that has died gets nothing: its end is seen above.
        with suppress(BrokenPipeError), child.stdin:
            child.stdin.write(assignment.to_json() + "\n")
