"""Step kind ``service``: starts, stops, enables or restarts a service."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_types import Flag, Name
from worldtree.ansible.steps.state_snapshot import restore_tasks, snapshot_task, task_name
from worldtree.plan.node import Reversibility

_VERBS = {"started": "Start", "stopped": "Stop", "restarted": "Restart", "reloaded": "Reload"}


class ServiceParams(StepParams):
    """Parameters of ``service``, those of ``ansible.builtin.service`` and ``daemon_reload``."""

    name: Name = Field(description="Name of the service.", examples=["nginx"])
    state: Literal["started", "stopped", "restarted", "reloaded"] | None = Field(
        default=None, description="Wanted state; the last two act on every run."
    )
    enabled: Flag | None = Field(default=None, description="Whether it starts at boot.")
    daemon_reload: Flag | None = Field(
        default=None, description="Let systemd reload its unit files first."
    )


def _run(params: ServiceParams, context: StepContext) -> tuple[PlayTask, ...]:
    systemd = params.daemon_reload is not None
    action = "ansible.builtin.systemd_service" if systemd else "ansible.builtin.service"
    verb = _VERBS.get(params.state or "", "Set up")
    name = task_name(f"{verb} the service", params.name)
    return (snapshot_task(context, services=[params.name]), PlayTask(name, action, params.args()))


def _reversibility(params: ServiceParams) -> Reversibility:
    # A restart cannot be undone, but the former state (running or not) can be restored.
    return "compensable" if params.state in ("restarted", "reloaded") else "reversible"


KIND = StepKind(
    name="service",
    summary="Start, stop, enable or restart a service.",
    params=ServiceParams,
    run=_run,
    rollback=restore_tasks,
    reversibility=_reversibility,
)
