"""Step kind ``artifact``: brings a file of ``spec.artifacts`` to the host, and installs it."""

from __future__ import annotations

import re
from typing import Any, Self

from pydantic import Field, model_validator

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind, StepParams
from worldtree.ansible.steps.ownership import OwnedParams
from worldtree.ansible.steps.parameter_types import Name, Number, Text
from worldtree.ansible.steps.state_snapshot import restore_tasks, snapshot_task, task_name
from worldtree.plan.node import Reversibility


class ArtifactLink(StepParams):
    """A link that is changed when everything else is there."""

    path: Name = Field(
        description="Absolute path of the link.", examples=["/usr/local/bin/shopctl"]
    )
    to: Text | None = Field(
        default=None,
        description="What it leads to; a relative path is one in `unpack`. By default `dest`.",
        examples=["bin/shopctl"],
    )


class ArtifactParams(OwnedParams):
    """Parameters of ``artifact``, those of the module ``worldtree.core.artifact``."""

    name: Name = Field(description="Name of an artifact of `spec.artifacts`.", examples=["shop"])
    version: Text | None = Field(
        default=None,
        description="Its version; needed where there are several of this name.",
        examples=["1.2"],
    )
    unpack: Name | None = Field(
        default=None,
        description="Directory that the archive becomes, as a whole; nothing else is in it.",
        examples=["/opt/shop/1.2"],
    )
    strip: Number | None = Field(
        default=None,
        description="Leading directories of the names in the archive that are dropped.",
        examples=[1],
    )
    dest: Name | None = Field(
        default=None,
        description="Path of the file itself, for what is no archive.",
        examples=["/usr/local/bin/shop"],
    )
    links: list[ArtifactLink] | None = Field(
        default=None,
        description="Links that are changed at once when everything else is there.",
        examples=[[{"path": "/usr/local/bin/shopctl", "to": "bin/shopctl"}]],
    )

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.unpack is None) == (self.dest is None):
            msg = "give either `unpack` or `dest`"
            raise ValueError(msg)
        if self.unpack is None and self.strip is not None:
            msg = "`strip` is for `unpack`"
            raise ValueError(msg)
        return self


def _run(params: ArtifactParams, context: StepContext) -> tuple[PlayTask, ...]:
    own = ("owner", "group", "mode", "links")
    args: dict[str, Any] = params.args(*own)
    args.update({k: v for k, v in params.args().items() if k in own[:-1]})
    if params.links:
        args["links"] = [link.args() for link in params.links]
    name = task_name("Bring the artifact", params.name)
    task = PlayTask(name, "worldtree.core.artifact", args)
    kept = [link.path for link in params.links or ()]
    if params.dest is not None:
        kept.insert(0, params.dest)
    return (snapshot_task(context, files=kept), task) if kept else (task,)


def _reversibility(params: ArtifactParams) -> Reversibility:
    """A directory is not recorded: links lead back to the former one, if it has another path."""
    if params.dest is not None:
        return "reversible"
    is_of_a_version = params.version is not None and _names(params.unpack or "", params.version)
    return "reversible" if params.links and is_of_a_version else "irreversible"


def _names(path: str, version: str) -> bool:
    """Whether a path has a version: `1.2` is not in `/opt/shop/1.2.3`, nor in `/opt/shop/11.2`."""
    return re.search(rf"(?<![0-9.]){re.escape(version)}(?![0-9]|\.[0-9])", path) is not None


KIND = StepKind(
    name="artifact",
    summary="Bring a file of `spec.artifacts` to the host, and install it.",
    params=ArtifactParams,
    run=_run,
    rollback=lambda params, context: (
        restore_tasks(params, context) if _reversibility(params) == "reversible" else ()
    ),
    reversibility=_reversibility,
)
