"""What the database has of a task, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from worldtree.core.actor import Actor
from worldtree.core.errors import ExitCode, WorldTreeError
from worldtree.core.process_identity import ProcessIdentity
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand


class UnknownTaskError(WorldTreeError):
    """No task, or more than one, matches the id."""

    exit_code = ExitCode.INPUT


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One task; times are UTC epoch seconds."""

    id: str
    cluster: str
    pipeline: str
    command: TaskCommand
    status: TaskStatus
    message: str | None
    #: Digest of its plan; None until it begins.
    plan: str | None
    #: Its own directory: frozen bundle, attempts.
    directory: Path
    created: float
    started: float | None
    ended: float | None
    #: When it was asked for; ``created`` is when it began. None in what earlier ones imported.
    asked: float | None = None
    #: Digest of the document that was applied.
    document: str | None = None
    #: The task that this one rolls back or retries.
    parent: str | None = None
    #: When its cancel was requested.
    cancel_requested: float | None = None
    #: Who asked for it; None for tasks of earlier programs.
    actor: Actor | None = None
    #: What was asked for, as ``requests`` writes it.
    request: Mapping[str, Any] | None = None
    #: The process that works on it before it holds the cluster.
    process: ProcessIdentity | None = None
    #: Why it was refused, as ``problem_json`` writes it.
    problem: Mapping[str, Any] | None = None
    #: Digest of its frozen files; None where only its directory has them.
    files: str | None = None
    #: The W3C header of the request that asked for it.
    traceparent: str | None = None

    @property
    def in_order(self) -> float:
        """When it was asked for, or began where that is unknown: it never changes."""
        return self.created if self.asked is None else self.asked

    @property
    def has_begun(self) -> bool:
        """Whether it got a plan; nothing was done for a task without one."""
        return self.plan is not None


class HostCounts(NamedTuple):
    """The number of hosts of a task, and of those that changed or failed.

    Unreachable hosts count as failed, those that a cancel cut off do not.
    """

    hosts: int = 0
    changed: int = 0
    failed: int = 0
