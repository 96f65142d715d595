"""Step kind ``copy``: copies a file of the document, or text, to the host."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any, Self

from pydantic import Field, model_validator

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import Asset, StepContext, StepKind
from worldtree.ansible.steps.ownership import FILE_MODE, OwnedParams
from worldtree.ansible.steps.parameter_types import Flag, Mode, Name, Text, has_template
from worldtree.ansible.steps.state_snapshot import restore_tasks, snapshot_task, task_name
from worldtree.plan.node import Reversibility


class CopyParams(OwnedParams):
    """Parameters of ``copy``, those of ``ansible.builtin.copy``."""

    src: Name | None = Field(
        default=None,
        description="File or directory beside the document or in its `files/`.",
        examples=["motd"],
    )
    content: Text | dict[str, Any] | list[Any] | None = Field(
        default=None,
        description="The text itself; data becomes JSON.",
        examples=["hello\n"],
    )
    dest: Name = Field(description="Absolute path on the host.", examples=["/etc/motd"])
    directory_mode: Mode | None = Field(default=None, description="Mode of new directories.")
    backup: Flag | None = Field(default=None, description="Keep a copy of an overwritten file.")
    force: Flag | None = Field(
        default=None, description="Overwrite a file that differs (default true)."
    )
    validate_: Text | None = Field(
        default=None,
        alias="validate",
        description="Command that must accept the new file, named by `%s`, before it is installed.",
        examples=["visudo -cf %s"],
    )
    remote_src: Flag | None = Field(default=None, description="`src` is a path on the host.")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.src is None) == (self.content is None):
            msg = "give either `src` or `content`"
            raise ValueError(msg)
        return self


def written_path(dest: str, src: str | None) -> str | None:
    """Return the path that is written, or None when it is not known or is a directory tree."""
    if src is not None and src.endswith("/"):
        return None
    if not dest.endswith("/"):
        return dest
    if src is None or has_template(src):
        return None
    return dest + PurePosixPath(src).name


def _run(params: CopyParams, context: StepContext) -> tuple[PlayTask, ...]:
    found = params.args("mode", "content", "validate_", "owner", "group", "directory_mode")
    args: dict[str, Any] = {}
    if params.content is not None:
        text = params.content
        args["content"] = text if isinstance(text, str) else json.dumps(text, indent=2) + "\n"
    args.update(found)
    for key in ("owner", "group"):
        if (value := getattr(params, key)) is not None:
            args[key] = value
    args["mode"] = params.mode or FILE_MODE
    if params.directory_mode or (params.src or "").endswith("/"):
        args["directory_mode"] = params.directory_mode or "0755"
    if params.validate_ is not None:
        args["validate"] = params.validate_
    task = PlayTask(task_name("Write", params.dest, "the file"), "ansible.builtin.copy", args)
    path = written_path(params.dest, params.src)
    return (task,) if path is None else (snapshot_task(context, files=[path]), task)


def _rollback(params: CopyParams, context: StepContext) -> tuple[PlayTask, ...]:
    return () if written_path(params.dest, params.src) is None else restore_tasks(params, context)


def _reversibility(params: CopyParams) -> Reversibility:
    return "irreversible" if written_path(params.dest, params.src) is None else "reversible"


def _assets(params: CopyParams) -> tuple[Asset, ...]:
    return () if params.src is None or params.remote_src else (Asset(params.src),)


KIND = StepKind(
    name="copy",
    summary="Copy a file or text to the host.",
    params=CopyParams,
    run=_run,
    rollback=_rollback,
    reversibility=_reversibility,
    assets=_assets,
)
