"""Step kind ``sysctl``: sets a kernel parameter, now and at boot."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_types import Flag, Name, Text
from worldtree.ansible.steps.state_snapshot import restore_tasks, snapshot_task, task_name

#: Default file of the parameters.
SYSCTL_FILE = "/etc/sysctl.d/90-worldtree.conf"


class SysctlParams(StepParams):
    """Parameters of ``sysctl``, those of ``ansible.posix.sysctl``."""

    name: Name = Field(description="The parameter.", examples=["net.ipv4.ip_forward"])
    value: Text | int | None = Field(default=None, description="Its value.", examples=["1"])
    state: Literal["present", "absent"] = Field(default="present", description="Wanted state.")
    sysctl_file: Text = Field(default=SYSCTL_FILE, description="File that keeps the parameter.")
    sysctl_set: Flag = Field(default=True, description="Set it in the running kernel too.")
    reload: Flag | None = Field(default=None, description="Reload the file after a change.")
    ignoreerrors: Flag | None = Field(default=None, description="Ignore unknown parameters.")

    @model_validator(mode="after")
    def _has_value(self) -> Self:
        if self.state == "present" and self.value is None:
            msg = "`value` is required unless `state` is `absent`"
            raise ValueError(msg)
        return self


def _run(params: SysctlParams, context: StepContext) -> tuple[PlayTask, ...]:
    args: dict[str, Any] = params.args()
    if params.value is not None and not isinstance(params.value, str):
        args["value"] = str(params.value)
    before = snapshot_task(context, files=[params.sysctl_file], sysctl=[params.name])
    return (
        before,
        PlayTask(
            task_name("Set", params.name, "the kernel parameter"), "ansible.posix.sysctl", args
        ),
    )


KIND = StepKind(
    name="sysctl",
    summary="Set a kernel parameter, now and at boot.",
    params=SysctlParams,
    run=_run,
    rollback=restore_tasks,
    reversibility=lambda _params: "reversible",
)
