"""TaskResult ▸ NodeResult ▸ HostResult ▸ PlayTaskResult: the result of a fold of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from worldtree.results.host_reason import HostReason
from worldtree.results.node_status import is_success
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus


class ResultModel(BaseModel):
    """Immutable result data; times are UTC epoch seconds, durations seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class PlayTaskResult(ResultModel):
    """One Ansible task on one host."""

    name: str
    action: str | None = None
    role: str | None = None
    path: str | None = None
    status: str
    changed: bool = False
    #: The failure was ignored or rescued.
    ignored: bool = False
    delegated_to: str | None = None
    started: float | None = None
    ended: float | None = None
    message: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    result: dict[str, Any] = Field(default_factory=dict)

    @property
    def is_lost(self) -> bool:
        """Whether it failed or was unreachable, and nothing ignored or rescued that."""
        return HostStatus(self.status).is_lost and not self.ignored


class FailurePlace(ResultModel):
    """Where a failure is, as Ansible reported it: ``file:line:column`` as far as they are known."""

    #: The Ansible task.
    task: str | None = None
    #: What is wrong, such as a line of a template.
    error: str | None = None


class HostResult(ResultModel):
    """One node on one host."""

    status: HostStatus
    changed: bool = False
    message: str | None = None
    #: Why, where that is not the result of an Ansible task; ``message`` has it as text.
    reason: HostReason | None = None
    #: Where the Ansible task is whose failure is the reason.
    failure: FailurePlace | None = None
    #: Id of the node that is the root cause of its not running here.
    caused_by: str | None = None
    started: float | None = None
    ended: float | None = None
    #: It did not reach its end: cut off ``within`` an Ansible task, or between two.
    cut_off: Literal["within", "between"] | None = None
    #: Attempts on this host.
    attempts: int = 0
    #: The Ansible tasks of the last attempt.
    tasks: tuple[PlayTaskResult, ...] = ()


class NodeResult(ResultModel):
    """One node."""

    id: str
    status: NodeStatus
    #: Id of the node because of which this one was skipped.
    caused_by: str | None = None
    message: str | None = None
    started: float | None = None
    ended: float | None = None
    #: Runs it took part in.
    attempts: int = 0
    hosts: dict[str, HostResult] = Field(default_factory=dict)

    @property
    def lost_hosts(self) -> tuple[str, ...]:
        """The hosts that the node itself lost, without those that were left out."""
        return tuple(name for name, host in self.hosts.items() if _is_lost_here(host))


def _is_lost_here(host: HostResult) -> bool:
    if host.status is HostStatus.NOT_RUN:
        is_left_out = host.caused_by is not None or host.message == HostReason.NOT_SELECTED.text
        return not is_left_out
    return host.status is not HostStatus.RUNNING and not is_success(host.status)


class ModuleCalls(ResultModel):
    """How the calls of modules were carried out, in runs that came to their end."""

    #: By a server on the host, in a fork of its own.
    warm: int = 0
    #: By starting Python on the host: why not by the server -> calls.
    ordinary: dict[str, int] = Field(default_factory=dict)

    def plus(self, more: Mapping[str, Any]) -> ModuleCalls:
        """Return these calls and those that a RUN_STATS event counted."""
        ordinary = dict(self.ordinary)
        for reason, calls in more.get("ordinary", {}).items():
            ordinary[reason] = ordinary.get(reason, 0) + calls
        return ModuleCalls(warm=self.warm + more.get("warm", 0), ordinary=ordinary)


class TaskResult(ResultModel):
    """One requested operation on one cluster."""

    task_id: str
    cluster: str
    pipeline: str
    status: TaskStatus
    message: str | None = None
    started: float | None = None
    ended: float | None = None
    nodes: tuple[NodeResult, ...] = ()
    #: ``module/task`` (or one of its steps) that was left out since it has no host -> why.
    left_out: dict[str, str] = Field(default_factory=dict)
    #: Parameters of the pipeline, by their names in camelCase; none in events of earlier versions.
    parameters: dict[str, Any] = Field(default_factory=dict)
    #: Nodes that did not run as a whole, since tags selected some of their tasks -> these options.
    cut: dict[str, str] = Field(default_factory=dict)
    #: Hosts that may have been in a task when the work was cut off.
    interrupted_hosts: tuple[str, ...] = ()
    module_calls: ModuleCalls = ModuleCalls()
