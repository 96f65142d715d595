"""Holding a cluster: while one task works on it, another waits or is refused."""

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

#: Seconds between signs of life, and between looks at a cluster that is waited for.
_HEARTBEAT_INTERVAL = 5.0
_POLL_INTERVAL = 1.0

#: The lease that the work under way holds.
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
    """Hold ``cluster`` for ``task``; whoever loses it meanwhile is cancelled.

    Where this process holds it already, for the task that this one follows from, that lends it.
    With ``wait`` this waits for another holder. ``tell`` gets words for people: who is waited for,
    and, from another thread, why no sign of life could be left. Raises ``LeaseHeldError``, and
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

    told = False
    while True:
        try:
            return store.acquire_lease(cluster, task, current_process(), proven_dead=is_dead)
        except LeaseHeldError as held:
            if not wait:
                raise
            if not told:
                notify(f"waiting for {held.held}")
                told = True
        if cancellation.requested:
            raise RefusedError(f"cancelled while waiting for `{cluster}`")
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
            # The next write says so to the user.
            cancellation.request()
            return
        except WorldTreeError as trouble:
            # A database that is away for a moment costs no task; its next write decides.
            notify(f"no sign of life could be left: {trouble}")
