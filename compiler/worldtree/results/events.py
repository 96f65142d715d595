"""Events: one fact from a run each; results are a pure fold of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class EventKind(StrEnum):
    """What happened."""

    TASK_STARTED = "task-started"
    TASK_FINISHED = "task-finished"
    NODE_STARTED = "node-started"
    NODE_FINISHED = "node-finished"
    NODE_SKIPPED = "node-skipped"
    #: An Ansible task began on a host.
    HOST_TASK_STARTED = "host-task-started"
    #: An Ansible task ended on a host; ``status`` says how.
    HOST_TASK_FINISHED = "host-task-finished"
    #: The run's own closing statistics arrived; without it the stream is incomplete.
    RUN_STATS = "run-stats"
    #: A message of Ansible itself (warning, syntax error) that belongs to no host.
    RUN_MESSAGE = "run-message"


class Event(BaseModel):
    """One immutable fact; times are UTC epoch seconds, durations seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Position within the task, from 1, without gaps; 0 until the recorder assigns it.
    seq: int = 0
    kind: EventKind
    time: float
    attempt: str | None = None
    node: str | None = None
    host: str | None = None
    #: Name of the Ansible task (a PlayTask).
    name: str | None = None
    #: Fully qualified Ansible action.
    action: str | None = None
    role: str | None = None
    #: File and line of the Ansible task, as Ansible reports it.
    path: str | None = None
    #: ok, changed, failed, unreachable, skipped; or a node or task status.
    status: str | None = None
    #: A failure that ``ignore_errors``, ``rescue`` or the like took back.
    ignored: bool = False
    delegated_to: str | None = None
    started: float | None = None
    ended: float | None = None
    message: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    caused_by: str | None = None
    #: The action's whole result, whatever its size.
    result: dict[str, Any] = Field(default_factory=dict)
