"""Locks a cluster for one task at a time: others wait or are refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

from worldtree.app.tasks.run_permit import RunPermit
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.next_steps import NextStep
from worldtree.core.private_directories import StoreError
from worldtree.core.worker_times import uptime
from worldtree.engine.cancellation import Cancellation

if TYPE_CHECKING:
    from worldtree.app.tasks.task_runner import TaskObserver
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store

#: Seconds between heartbeats, and between attempts to lock a cluster that is held and looks at
#: whether the task is to be cancelled.
_HEARTBEAT_INTERVAL = 5.0
_POLL_INTERVAL = 1.0

#: The lease that the current task holds.
_HELD_LEASE: ContextVar[Lease | None] = ContextVar("held", default=None)


@contextmanager
def hold_cluster(
    store: Store,
    cluster: str,
    task: str,
    *,
    cancellation: Cancellation,
    wait: bool = False,
    notify: Callable[[str], None],
) -> Iterator[Lease]:
    """Hold the lease of ``cluster`` for ``task``; a lost lease requests ``cancellation``.

    If this process already holds it for a parent task, that lease is lent to ``task``. With
    ``wait`` this waits for another holder. ``notify`` gets messages for people: which holder is
    waited for and, from another thread, why a heartbeat failed. Raises ``LeaseHeldError``,
    ``RefusedError`` when the wait is cancelled, and ``WorldTreeError`` when the heartbeats ended by
    themselves.
    """
    held = _HELD_LEASE.get()
    if held is not None and held.cluster == cluster:
        with held.lend_to(task) as lease:
            yield lease
        return
    lease, began = _acquire(store, cluster, task, cancellation, wait, notify)
    permit = RunPermit(store, lease, began)
    interval = min(_HEARTBEAT_INTERVAL, store.times.heartbeat)
    heartbeat = _Heartbeat(lease, cancellation, notify, permit, interval)
    heartbeat.start()
    outer = _HELD_LEASE.set(lease)
    try:
        yield lease
    finally:
        _HELD_LEASE.reset(outer)
        heartbeat.stop()
        permit.close()
        lease.release()
    heartbeat.raise_failure()


def refuse_held_cluster(store: Store, cluster: str, task: str, observer: TaskObserver) -> None:
    """Raise ``LeaseHeldError`` while another task holds the cluster, or wait for it as asked.

    For questions that are asked before the cluster is locked.
    """
    with hold_cluster(
        store,
        cluster,
        task,
        cancellation=observer.cancellation,
        wait=observer.wait,
        notify=observer.notify,
    ):
        pass


def _acquire(
    store: Store,
    cluster: str,
    task: str,
    cancellation: Cancellation,
    wait: bool,
    notify: Callable[[str], None],
) -> tuple[Lease, float]:
    """Return the lease, and the time (``uptime``) before it was acquired."""
    from worldtree.core.process_identity import current_process, is_dead
    from worldtree.store.lease import LeaseHeldError

    notified = False
    while True:
        began = uptime()
        try:
            found = store.acquire_lease(cluster, task, current_process(), proven_dead=is_dead)
            return found, began
        except LeaseHeldError as held:
            if not wait:
                raise
            if not notified:
                notify(f"waiting for {held.held}")
                store.set_waiting(task, "cluster")
                notified = True
        if cancellation.requested or store.is_cancel_requested(task):
            raise RefusedError(
                f"cancelled while waiting for cluster `{cluster}`", code="request-cancelled"
            )
        time.sleep(_POLL_INTERVAL)


class _Heartbeat:
    """Keeps a lease alive from a thread, and heeds requests to cancel its task.

    What ends the thread early cancels the task.
    """

    def __init__(
        self,
        lease: Lease,
        cancellation: Cancellation,
        notify: Callable[[str], None],
        permit: RunPermit,
        interval: float,
    ) -> None:
        self._lease, self._permit, self._interval = lease, permit, interval
        self._cancellation = cancellation
        self._notify = notify
        self._over = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin the heartbeats."""
        self._thread.start()

    def stop(self) -> None:
        """End the heartbeats."""
        self._over.set()
        self._thread.join()

    def raise_failure(self) -> None:
        """Raise ``WorldTreeError`` if the heartbeats ended by themselves."""
        if self._failure is not None:
            raise WorldTreeError(
                f"the heartbeat of the lease of cluster `{self._lease.cluster}` stopped, so the "
                f"task was cancelled: {type(self._failure).__name__}: {self._failure}",
                code="heartbeat-failed",
                next_steps=[NextStep("resume", self._lease.task, "continue it")],
            ) from self._failure

    def _run(self) -> None:
        try:
            self._keep_alive()
        except Exception as failure:
            # Without heartbeats another task would take the cluster from a task that works on.
            self._failure = failure
            self._cancellation.request()

    def _keep_alive(self) -> None:
        from worldtree.store.lease import LeaseLostError

        next_heartbeat = time.monotonic() + self._interval
        while not self._over.wait(min(_POLL_INTERVAL, self._interval)):
            try:
                self._heed_cancel()
                if time.monotonic() >= next_heartbeat:
                    next_heartbeat = time.monotonic() + self._interval
                    began = uptime()
                    self._lease.heartbeat()
                    self._permit.renew(began)
            except LeaseLostError:
                # The next write raises the error that the user sees.
                self._cancellation.request()
                return
            except WorldTreeError as trouble:
                # A short outage of the database does not end the task; the next write may. Neither
                # does a message that nobody can read any more.
                with suppress(OSError):
                    self._notify(f"warning: heartbeat of the cluster's lease failed: {trouble}")

    def _heed_cancel(self) -> None:
        """Cancel the task if that was requested; the next heartbeat reports an outage."""
        requested = False
        with suppress(StoreError):
            requested = not self._cancellation.requested and self._lease.is_cancel_requested()
        if requested:
            with suppress(OSError):
                self._notify("its cancel was requested: ending the task, also on its hosts")
            self._cancellation.request()
