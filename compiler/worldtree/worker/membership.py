"""The heartbeats of a worker, from a thread of its own: a long duty must not look like death."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection

from worldtree.app.tasks.worker_register import WorkerRegister
from worldtree.core.errors import WorldTreeError
from worldtree.core.worker_times import uptime

_LOG = logging.getLogger(__name__)


class Membership:
    """Registers a worker, sends its heartbeats, and fences the workers that have gone silent.

    A worker that was fenced registers anew: the processes of its tasks have noticed by themselves,
    or are its own again.
    """

    def __init__(self, register: WorkerRegister, tags: Collection[str], capacity: int) -> None:
        self._register, self._tags, self._capacity = register, frozenset(tags), capacity
        self._over = threading.Event()
        self._id: str | None = None
        #: Since when every heartbeat reached the database, as ``uptime``; None after one did not.
        self._contact: float | None = None
        self._is_draining = False
        #: Why it can only cancel.
        self._obstacle: str | None = None
        #: Of which worker the database has which obstacle.
        self._told: tuple[str | None, str | None] = (None, None)
        #: The heartbeats and the worker's own thread both tell it.
        self._telling = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    @property
    def id(self) -> str | None:
        """The worker's id; None until it is registered."""
        return self._id

    @property
    def tags(self) -> frozenset[str]:
        """What it can reach."""
        return self._tags

    def start(self) -> None:
        """Register, and begin the heartbeats."""
        self.beat()
        self._thread.start()

    def drain(self) -> None:
        """Tell the others that it takes no new work."""
        self._is_draining = True
        self._tell_draining()

    def set_obstacle(self, obstacle: str | None) -> None:
        """Tell the others why it can only cancel; None where it can do everything."""
        self._obstacle = obstacle
        self._tell_obstacle()

    def stop(self) -> None:
        """End the heartbeats, and tell the others that it has ended."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        worker, self._id = self._id, None
        if worker is not None:
            try:
                self._register.end(worker)
            except WorldTreeError as problem:  # It is fenced before long.
                _LOG.warning("the end of the worker is not stored: %s", problem.message)

    def beat(self) -> None:
        """Send one heartbeat, and look after the other workers. Raises nothing of the database."""
        began = uptime()
        try:
            self._beat()
        except WorldTreeError as problem:
            if self._contact is not None or self._id is None:
                _LOG.warning("the heartbeat of the worker failed: %s", problem.message)
            self._contact = None
            return
        if self._contact is None:
            self._contact = began
        # After an outage all heartbeats are old: the others get the time to send one.
        if uptime() - self._contact > self._register.times.silence:
            self._fence_others()

    def _beat(self) -> None:
        if self._id is not None and self._register.heartbeat(self._id):
            self._register.adopt(self._id)
            self._tell_obstacle()
            return
        if self._id is not None:
            _LOG.warning("worker %s was fenced, and registers anew", self._id)
        self._id, self._contact = None, None
        self._id = self._register.register(self._tags, self._capacity)
        _LOG.info("worker %s is registered", self._id)
        self._register.adopt(self._id)
        if self._is_draining:
            self._tell_draining()
        self._tell_obstacle()

    def _tell_draining(self) -> None:
        try:
            if self._id is not None:
                self._register.drain(self._id)
        except WorldTreeError as problem:
            _LOG.warning("that the worker is draining is not stored: %s", problem.message)

    def _tell_obstacle(self) -> None:
        """Store the obstacle unless the database has it; a failure is repaired by a heartbeat."""
        with self._telling:
            worker, obstacle = self._id, self._obstacle
            told = self._told[1] if self._told[0] == worker else None
            if worker is None or obstacle == told:
                return
            try:
                self._register.set_obstacle(worker, obstacle)
                self._told = (worker, obstacle)
            except WorldTreeError as problem:
                _LOG.warning("why the worker takes no tasks is not stored: %s", problem.message)

    def _fence_others(self) -> None:
        if self._id is None:
            return
        try:
            for one in self._register.fence_silent(self._id):
                _LOG.warning(
                    "worker %s (%s) is fenced: no heartbeat for %.0f s",
                    one.id,
                    one.process,
                    one.silent,
                )
        except WorldTreeError as problem:
            _LOG.warning("silent workers cannot be fenced: %s", problem.message)

    def _run(self) -> None:
        while not self._over.wait(self._register.times.heartbeat):
            try:
                self.beat()
            except Exception:  # A worker without heartbeats loses its work.
                _LOG.exception("the heartbeat of the worker failed, and is tried again")
