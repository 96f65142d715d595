"""The states of hosts, nodes and tasks: one word, one meaning."""

from __future__ import annotations

from enum import StrEnum


class HostStatus(StrEnum):
    """The status of a node on one host."""

    OK = "ok"
    CHANGED = "changed"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    #: The operator cancelled the run while the host was in it.
    CANCELLED = "cancelled"
    #: Its precheck or condition reported that there is nothing to do.
    SKIPPED = "skipped"
    NOT_RUN = "not-run"
    #: In progress; the end of the run makes it one of the others.
    RUNNING = "running"

    @property
    def is_lost(self) -> bool:
        """Whether dependents on this host must not run."""
        return self in (HostStatus.FAILED, HostStatus.UNREACHABLE, HostStatus.CANCELLED)


class NodeStatus(StrEnum):
    """The status of a node within a task."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    #: Not run because of another node (``caused_by``) or because nothing was left to do.
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    ROLLED_BACK = "rolled-back"


class TaskStatus(StrEnum):
    """The status of a task."""

    #: Asked for; nothing was done yet.
    QUEUED = "queued"
    #: Asked for, and waiting for another task of its cluster.
    WAITING = "waiting"
    #: It ended before it began: the request was refused, or a check before the work failed.
    REFUSED = "refused"
    #: It has a plan and holds its cluster; no run has started.
    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    #: Failures were isolated or allowed and everything else is done.
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    ROLLED_BACK = "rolled-back"
