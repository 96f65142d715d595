"""TaskResult ▸ NodeResult ▸ HostResult ▸ PlayTaskResult: what a fold of events yields."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from worldtree.results.status import HostStatus, NodeStatus, TaskStatus


class ResultModel(BaseModel):
    """Immutable result data; times are UTC epoch seconds, durations seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PlayTaskResult(ResultModel):
    """One Ansible task on one host."""

    name: str
    action: str | None = None
    status: str
    changed: bool = False
    ignored: bool = False
    started: float | None = None
    ended: float | None = None
    message: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    result: dict[str, Any] = Field(default_factory=dict)


class HostResult(ResultModel):
    """One node on one host."""

    status: HostStatus
    changed: bool = False
    message: str | None = None
    started: float | None = None
    ended: float | None = None
    tasks: tuple[PlayTaskResult, ...] = ()


class NodeResult(ResultModel):
    """One node."""

    id: str
    status: NodeStatus
    #: Node id that made this one be skipped.
    caused_by: str | None = None
    message: str | None = None
    started: float | None = None
    ended: float | None = None
    attempts: int = 0
    hosts: dict[str, HostResult] = Field(default_factory=dict)


class TaskResult(ResultModel):
    """One requested operation on one cluster."""

    task_id: str
    cluster: str
    pipeline: str
    status: TaskStatus
    started: float | None = None
    ended: float | None = None
    nodes: tuple[NodeResult, ...] = ()
