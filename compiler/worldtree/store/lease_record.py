"""Who holds a cluster, and the errors of those who do not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.next_steps import NextStep
from worldtree.core.process_identity import ProcessIdentity


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """The holder of a cluster; times are UTC epoch seconds."""

    cluster: str
    epoch: int
    task: str
    holder: ProcessIdentity
    acquired: float
    heartbeat: float
    #: None while it is held.
    released: float | None
    #: The worker that the holder belongs to, as the column has it (``worker_work.owner``).
    worker: str | None = None

    def __str__(self) -> str:
        quiet = max(0, round(time.time() - self.heartbeat))
        return (
            f"task {self.task} ({self.holder}), since {_utc_text(self.acquired)}, "
            f"last heartbeat {quiet} s ago"
        )


class LeaseHeldError(RefusedError):
    """Another task holds the cluster."""

    def __init__(self, held: LeaseRecord) -> None:
        super().__init__(
            f"`{held.cluster}` is locked by {held}",
            code="cluster-locked",
            next_steps=[
                NextStep("wait", held.cluster, "wait for it"),
                NextStep("cancel", held.task, "cancel it"),
                NextStep("unlock", held.cluster, "release the lock when its process is dead"),
            ],
        )
        self.held = held


class LeaseLostError(WorldTreeError):
    """Another task holds the cluster now; nothing more of this task is written."""

    def __init__(self, cluster: str, task: str, now: LeaseRecord | None) -> None:
        by = f"; it is held by {now}" if now is not None and now.released is None else ""
        super().__init__(
            f"this task has lost the lock of `{cluster}`{by}",
            code="lock-lost",
            hint="its work so far is recorded",
            next_steps=[
                NextStep("list-tasks", cluster, "see the tasks of the cluster"),
                NextStep("resume", task, "continue it once the cluster is free"),
            ],
        )
        self.now = now


def _utc_text(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
