"""Step kind ``unarchive``: unpacks an archive on the host."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import Asset, StepContext, StepKind
from worldtree.ansible.steps.ownership import OwnedParams
from worldtree.ansible.steps.parameter_types import Flag, Name, Text
from worldtree.ansible.steps.state_snapshot import task_name


class UnarchiveParams(OwnedParams):
    """Parameters of ``unarchive``, those of ``ansible.builtin.unarchive``."""

    src: Name = Field(
        description="Archive beside the document or in its `files/` (`remote_src`: on the host).",
        examples=["/opt/app.tgz"],
    )
    dest: Name = Field(description="Directory that exists on the host.", examples=["/opt/app"])
    remote_src: Flag | None = Field(default=None, description="`src` is a path on the host.")
    creates: Text | None = Field(
        default=None, description="Path that exists once it is unpacked; then it is skipped."
    )
    extra_opts: list[Text] | None = Field(
        default=None, description="Options for the program.", examples=[["--strip-components=1"]]
    )
    include: list[Text] | None = Field(default=None, description="Only these members.")
    exclude: list[Text] | None = Field(default=None, description="All but these members.")
    keep_newer: Flag | None = Field(default=None, description="Leave files that are newer.")


def _run(params: UnarchiveParams, _context: StepContext) -> tuple[PlayTask, ...]:
    own = ("owner", "group", "mode")
    args: dict[str, Any] = {
        **params.args(*own),
        **{k: v for k, v in params.args().items() if k in own},
    }
    name = task_name("Unpack into", params.dest, "the directory")
    return (PlayTask(name, "ansible.builtin.unarchive", args),)


KIND = StepKind(
    name="unarchive",
    summary="Unpack an archive on the host.",
    params=UnarchiveParams,
    run=_run,
    # Overwritten files are not recorded, so removing the archive's members would undo only a part.
    assets=lambda params: () if params.remote_src else (Asset(params.src),),
)
