"""The pipeline ``backup``."""

from __future__ import annotations

from pydantic import Field

from worldtree.catalog.pipeline import PipelineDefinition, PipelineParameters
from worldtree.plan.pipeline_names import BACKUP

#: Absolute, or in the home directory: a bundle may be run from anywhere.
ABSOLUTE = r"^(/|~/)"


class BackupParameters(PipelineParameters):
    """Where backups are kept, and how many of them."""

    directory: str | None = Field(
        None,
        pattern=ABSOLUTE,
        description=(
            "Directory on the control side; `backups/CLUSTER` beside the program's own state when"
            " not given."
        ),
    )
    keep: int = Field(
        7, ge=0, description="Backups that stay, the new one included; 0 keeps all of them."
    )
    host_directory: str | None = Field(
        None,
        pattern="^/",
        description="Directory on the host that the backup is made on, where a copy of it stays.",
    )


PIPELINE = PipelineDefinition(
    name=BACKUP,
    summary="Makes backups of the services' data, and proves that they can be restored.",
    parameters=BackupParameters,
    team_entry="backup",
)
