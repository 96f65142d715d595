"""Step kind ``directory``: creates a directory with owner and mode."""

from __future__ import annotations

from pydantic import Field

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.file import FileParams, file_reversibility, file_tasks
from worldtree.ansible.steps.kind import StepContext, StepKind
from worldtree.ansible.steps.ownership import OwnedParams
from worldtree.ansible.steps.parameter_types import Flag, Name
from worldtree.ansible.steps.state_snapshot import restore_tasks
from worldtree.plan.node import Reversibility


class DirectoryParams(OwnedParams):
    """Parameters of ``directory``: those of ``ansible.builtin.file`` for directories."""

    path: Name = Field(description="Absolute path on the host.", examples=["/var/lib/shop"])
    recurse: Flag | None = Field(default=None, description="Set attributes recursively.")


def _as_file(params: DirectoryParams) -> FileParams:
    return FileParams(state="directory", **params.args())


def _run(params: DirectoryParams, context: StepContext) -> tuple[PlayTask, ...]:
    return file_tasks(_as_file(params), context)


def _rollback(params: DirectoryParams, context: StepContext) -> tuple[PlayTask, ...]:
    return () if params.recurse is True else restore_tasks(params, context)


def _reversibility(params: DirectoryParams) -> Reversibility:
    return file_reversibility(_as_file(params))


KIND = StepKind(
    name="directory",
    summary="Create a directory with owner and mode.",
    params=DirectoryParams,
    run=_run,
    rollback=_rollback,
    reversibility=_reversibility,
    shorthand={str: "path"},
)
