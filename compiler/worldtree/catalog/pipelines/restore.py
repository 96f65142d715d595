"""The pipeline ``restore``."""

from __future__ import annotations

from pydantic import Field

from worldtree.catalog.pipeline import PipelineDefinition, PipelineParameters
from worldtree.catalog.pipelines.backup import ABSOLUTE
from worldtree.plan.pipeline_names import RESTORE


class RestoreParameters(PipelineParameters):
    """Which backup is restored, and what becomes of the data of before."""

    snapshot: str | None = Field(
        None,
        description="The backup: a path, or its name in `directory`; by default the newest.",
    )
    directory: str | None = Field(
        None,
        pattern=ABSOLUTE,
        description=(
            "Directory of the backups on the control side; that of the pipeline `backup` when not"
            " given."
        ),
    )
    delete_old: bool = Field(
        False,
        description="Whether the data of before are deleted once the restored cluster is healthy.",
    )


PIPELINE = PipelineDefinition(
    name=RESTORE,
    summary="Puts the services' data back to a backup; the data of before stay beside them.",
    parameters=RestoreParameters,
    team_entry="restore",
)
