"""Step kind ``render``: renders a Jinja2 template to a file on the host."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.copy import written_path
from worldtree.ansible.steps.kind import Asset, StepContext, StepKind
from worldtree.ansible.steps.ownership import FILE_MODE, OwnedParams
from worldtree.ansible.steps.parameter_types import Flag, Name, Text
from worldtree.ansible.steps.state_snapshot import restore_tasks, snapshot_task, task_name
from worldtree.plan.node import Reversibility


class RenderParams(OwnedParams):
    """Parameters of ``render``, those of ``ansible.builtin.template``."""

    src: Name = Field(
        description="Template beside the document, in its `templates/`, or in `templatesPath`.",
        examples=["shop.conf.j2"],
    )
    dest: Name = Field(description="Absolute path on the host.", examples=["/etc/shop.conf"])
    validate_: Text | None = Field(
        default=None,
        alias="validate",
        description="Command that must accept the new file, named by `%s`, before it is installed.",
        examples=["nginx -t -c %s"],
    )
    backup: Flag | None = Field(default=None, description="Keep a copy of an overwritten file.")
    force: Flag | None = Field(
        default=None, description="Overwrite a file that differs (default true)."
    )
    newline_sequence: Text | None = Field(default=None, description="End of line: \\n or \\r\\n.")
    trim_blocks: Flag | None = Field(default=None, description="Drop the newline after a block.")
    lstrip_blocks: Flag | None = Field(default=None, description="Drop spaces before a block.")
    output_encoding: Text | None = Field(default=None, description="Encoding of the result.")


def _run(params: RenderParams, context: StepContext) -> tuple[PlayTask, ...]:
    args: dict[str, Any] = {"src": params.src, "dest": params.dest}
    for key in ("owner", "group"):
        if (value := getattr(params, key)) is not None:
            args[key] = value
    args["mode"] = params.mode or FILE_MODE
    if params.validate_ is not None:
        args["validate"] = params.validate_
    args.update(params.args("src", "dest", "owner", "group", "mode", "validate_"))
    task = PlayTask(task_name("Render", params.dest, "the file"), "ansible.builtin.template", args)
    path = written_path(params.dest, params.src)
    return (task,) if path is None else (snapshot_task(context, files=[path]), task)


def _rollback(params: RenderParams, context: StepContext) -> tuple[PlayTask, ...]:
    return () if written_path(params.dest, params.src) is None else restore_tasks(params, context)


def _reversibility(params: RenderParams) -> Reversibility:
    return "irreversible" if written_path(params.dest, params.src) is None else "reversible"


KIND = StepKind(
    name="render",
    summary="Render a Jinja2 template to a file on the host.",
    params=RenderParams,
    run=_run,
    rollback=_rollback,
    reversibility=_reversibility,
    assets=lambda params: (Asset(params.src, "templates"),),
)
