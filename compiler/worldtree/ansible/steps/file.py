"""Step kind ``file``: sets a path's state and attributes, or links it."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind
from worldtree.ansible.steps.ownership import DIRECTORY_MODE, FILE_MODE, OwnedParams
from worldtree.ansible.steps.parameter_types import Flag, Name, Text
from worldtree.ansible.steps.state_snapshot import restore_tasks, snapshot_task, task_name
from worldtree.plan.node import Reversibility

_VERBS = {
    "absent": "Remove",
    "directory": "Create",
    "file": "Set the attributes of",
    "hard": "Link",
    "link": "Link",
    "touch": "Touch",
}


class FileParams(OwnedParams):
    """Parameters of ``file``, those of ``ansible.builtin.file``."""

    path: Name = Field(description="Absolute path on the host.", examples=["/var/lib/shop"])
    state: Literal["absent", "directory", "file", "hard", "link", "touch"] = Field(
        default="file", description="Wanted state of the path.", examples=["absent"]
    )
    src: Text | None = Field(default=None, description="Target of a link.")
    recurse: Flag | None = Field(default=None, description="Set attributes recursively.")
    follow: Flag | None = Field(default=None, description="Follow links (default true).")
    force: Flag | None = Field(default=None, description="Replace an existing path by a link.")

    @model_validator(mode="after")
    def _link_has_src(self) -> Self:
        if (self.state in ("link", "hard")) != (self.src is not None):
            msg = "`src` is required for the states `link` and `hard`, and for no other"
            raise ValueError(msg)
        return self


def file_tasks(params: FileParams, context: StepContext) -> tuple[PlayTask, ...]:
    """Return the tasks that record the path and bring it to its state."""
    args: dict[str, Any] = params.args("owner", "group", "mode")
    args.update(params.args(*(f for f in FileParams.model_fields if f not in ("owner", "group"))))
    mode = params.mode
    if mode is None and params.state in ("directory", "touch"):
        mode = DIRECTORY_MODE if params.state == "directory" else FILE_MODE
    if mode is not None:
        args["mode"] = mode
    if params.state == "touch":
        # Otherwise every run changes the times, and a second run reports a change.
        args.update(access_time="preserve", modification_time="preserve")
    task = PlayTask(
        task_name(_VERBS[params.state], params.path, "the path"), "ansible.builtin.file", args
    )
    if params.recurse is True:
        return (task,)
    # A removed directory is recorded with its content.
    what = {"trees" if params.state == "absent" else "files": [params.path]}
    return (snapshot_task(context, **what), task)


def _rollback(params: FileParams, context: StepContext) -> tuple[PlayTask, ...]:
    return () if params.recurse is True else restore_tasks(params, context)


def file_reversibility(params: FileParams) -> Reversibility:
    """Return what can be undone: recursive attributes are not recorded."""
    if params.recurse is True:
        return "irreversible"
    # A large tree is not recorded, and its restore reports that.
    return "compensable" if params.state == "absent" else "reversible"


KIND = StepKind(
    name="file",
    summary="Set a path's state and attributes, link it, or remove it.",
    params=FileParams,
    run=file_tasks,
    rollback=_rollback,
    reversibility=file_reversibility,
)
