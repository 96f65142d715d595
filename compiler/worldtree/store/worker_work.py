"""For which worker a process uses the store, and which worker a row belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from worldtree.core.worker_times import WorkerTimes


@dataclass(frozen=True)
class WorkerWork:
    """The work that a process of a worker does; a process without it works at a terminal."""

    #: The row of the queue: without it the process gets no cluster.
    row: int
    times: WorkerTimes
    #: Ends the process at once, because it may not work any more.
    stop: Callable[[], None]


def owner(worker: str, number: int) -> str:
    """Return what the column ``worker`` of a row has whose number is ``number``.

    The number is the epoch of a lease, or the try of a row of the queue. Programs of earlier
    schemas change the number and leave the column, so that another one proves that they have it.
    """
    return f"{worker}:{number}"


def worker_of(text: str | None, number: int) -> str | None:
    """Return the id of the worker that a row belongs to; None for one of no worker."""
    worker, _, mark = (text or "").rpartition(":")
    return worker if worker and mark == str(number) else None
