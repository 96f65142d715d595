"""Step kind ``user``: creates, changes or removes an account on the host."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_types import Flag, Name, Number, Text
from worldtree.ansible.steps.state_snapshot import restore_tasks, snapshot_task, task_name
from worldtree.plan.node import Reversibility


class UserParams(StepParams):
    """Parameters of ``user``, those of ``ansible.builtin.user``."""

    name: Name = Field(description="Name of the account.", examples=["shop"])
    state: Literal["present", "absent"] = Field(default="present", description="Wanted state.")
    uid: Number | None = Field(default=None, description="User id.")
    group: Text | None = Field(default=None, description="Primary group.")
    groups: Text | list[Text] | None = Field(default=None, description="Further groups.")
    append: Flag | None = Field(
        default=None, description="Add to the further groups instead of setting them."
    )
    comment: Text | None = Field(default=None, description="Full name or remark.")
    home: Text | None = Field(default=None, description="Home directory.", examples=["/srv/shop"])
    create_home: Flag | None = Field(default=None, description="Make the home directory.")
    shell: Text | None = Field(default=None, examples=["/usr/sbin/nologin"], description="Shell.")
    system: Flag | None = Field(default=None, description="Make it a system account.")
    password: Text | None = Field(
        default=None, description="Hash of the password; give it as a secret reference."
    )
    update_password: Literal["always", "on_create"] | None = Field(
        default=None, description="When the password is set."
    )
    expires: float | None = Field(default=None, description="Expiry, seconds since 1970.")
    remove: Flag | None = Field(default=None, description="Remove the home with the account.")


def _run(params: UserParams, context: StepContext) -> tuple[PlayTask, ...]:
    args: dict[str, Any] = params.args()
    keywords: dict[str, Any] = {} if params.password is None else {"no_log": True}
    verb = "Remove the user" if params.state == "absent" else "Set up the user"
    task = PlayTask(task_name(verb, params.name), "ansible.builtin.user", args, keywords)
    return (snapshot_task(context, users=[params.name]), task)


def _reversibility(params: UserParams) -> Reversibility:
    # Neither a home nor an earlier password is recorded; a created home stays.
    kept = params.state == "absent" or params.password is not None
    return "reversible" if params.create_home is False and not kept else "compensable"


KIND = StepKind(
    name="user",
    summary="Set up or remove an account.",
    params=UserParams,
    run=_run,
    rollback=restore_tasks,
    reversibility=_reversibility,
    shorthand={str: "name"},
)
