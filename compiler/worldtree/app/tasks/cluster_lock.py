"""Locks a cluster for one task at a time: others wait or are refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from worldtree.core.errors import RefusedError
from worldtree.engine.cancellation import Cancellation

if TYPE_CHECKING:
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store

#: Seconds between heartbeats, and between attempts to lock a cluster that is held.
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
    waited for and, from another thread, why a heartbeat failed. Raises ``LeaseHeldError``, and
    ``RefusedError`` when the wait is cancelled.
    """
    held = _HELD_LEASE.get()
    if held is not None and held.cluster == cluster:
        with held.lend_to(task) as lease:
            yield lease
        return
    lease = _acquire(store, cluster, task, cancellation, wait, notify)
    over = threading.Event()
    beat = threading.Thread(
        target=_keep_alive, args=(lease, over, cancellation, notify), name="heartbeat", daemon=True
    )
    beat.start()
    outer = _HELD_LEASE.set(lease)
    try:
        yield lease
    finally:
        _HELD_LEASE.reset(outer)
        over.set()
        beat.join()
        lease.release()


def _acquire(
    store: Store,
    cluster: str,
    task: str,
    cancellation: Cancellation,
    wait: bool,
    notify: Callable[[str], None],
) -> Lease:
    from worldtree.core.process_identity import current_process, is_dead
    from worldtree.store.lease import LeaseHeldError

    notified = False
    while True:
        try:
            return store.acquire_lease(cluster, task, current_process(), proven_dead=is_dead)
        except LeaseHeldError as held:
            if not wait:
                raise
            if not notified:
                notify(f"waiting for {held.held}")
                notified = True
        if cancellation.requested:
            raise RefusedError(f"cancelled while waiting for cluster `{cluster}`")
        time.sleep(_POLL_INTERVAL)


def _keep_alive(
    lease: Lease,
    over: threading.Event,
    cancellation: Cancellation,
    notify: Callable[[str], None],
) -> None:
    from worldtree.core.errors import WorldTreeError
    from worldtree.store.lease import LeaseLostError

    while not over.wait(_HEARTBEAT_INTERVAL):
        try:
            lease.heartbeat()
        except LeaseLostError:
            # The next write raises the error that the user sees.
            cancellation.request()
            return
        except WorldTreeError as trouble:
            # A short outage of the database does not end the task; the next write may.
            notify(f"warning: heartbeat of the cluster's lease failed: {trouble}")
