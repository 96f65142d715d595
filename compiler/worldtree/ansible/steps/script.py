"""Step kind ``script``: copies a script of the document to the host and runs it there."""

from __future__ import annotations

import shlex
from typing import Any

from pydantic import Field

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.command import (
    RUN_EXPRESSIONS,
    RunParams,
    command_task,
    run_repeatable,
    run_reversibility,
)
from worldtree.ansible.steps.kind import Asset, StepContext, StepKind
from worldtree.ansible.steps.parameter_types import Name, Text
from worldtree.ansible.steps.precheck import unless_tasks
from worldtree.ansible.steps.state_snapshot import task_name


class ScriptParams(RunParams):
    """Parameters of ``script``: those of ``ansible.builtin.script`` and of ``RunParams``."""

    cmd: Name = Field(
        description="Path of the script (beside the document or in its `files/`), and arguments.",
        examples=["migrate.sh --all"],
    )
    executable: Text | None = Field(
        default=None, description="Program that runs the script.", examples=["/usr/bin/python3"]
    )


def _run(params: ScriptParams, _context: StepContext) -> tuple[PlayTask, ...]:
    args: dict[str, Any] = params.args("unless", "undo", "changed_when", "failed_when")
    ordered = {"cmd": args.pop("cmd"), **args}
    name = task_name("Run the script", _path(params))
    return (PlayTask(name, "ansible.builtin.script", ordered, params.outcome()),)


def _precheck(params: ScriptParams, _context: StepContext) -> tuple[PlayTask, ...]:
    return () if params.unless is None else unless_tasks(params.unless, params.chdir)


def _undo(params: ScriptParams, _context: StepContext) -> tuple[PlayTask, ...]:
    if params.undo is None:
        return ()
    return (command_task("Undo the script", params.undo, changed_when=True),)


def _path(params: ScriptParams) -> str:
    try:
        words = shlex.split(params.cmd)
    except ValueError:
        words = params.cmd.split()
    return words[0] if words else params.cmd


KIND = StepKind(
    name="script",
    summary="Copy a script to the host and run it there.",
    params=ScriptParams,
    run=_run,
    precheck=_precheck,
    rollback=_undo,
    reversibility=run_reversibility,
    repeatable=run_repeatable,
    expressions=RUN_EXPRESSIONS,
    shorthand={str: "cmd"},
    check_mode=False,
    assets=lambda params: (Asset(_path(params)),),
)
