"""The pipeline ``upgrade``."""

from __future__ import annotations

from pydantic import Field

from worldtree.catalog.pipeline import PipelineDefinition
from worldtree.catalog.pipelines.backup import BackupParameters
from worldtree.catalog.pipelines.drain_parameters import DrainParameters
from worldtree.plan.pipeline_names import UPGRADE


# A backup is made first.
class UpgradeParameters(BackupParameters, DrainParameters):
    """Where the backup is kept that is made first, and how many members are away at once."""

    batch: int | str = Field(
        "10%",
        pattern=r"^([1-9][0-9]*|([1-9][0-9]?|100)%)$",
        description=(
            "Kubernetes: workers of each pool that are away at once, as a number or a percentage;"
            " rounded down, one at least, never all of several."
        ),
    )


PIPELINE = PipelineDefinition(
    name=UPGRADE,
    summary="Brings services to the versions of the document, one member after the other.",
    parameters=UpgradeParameters,
    team_entry="upgrade",
    # Which release runs says the document before.
    takes_previous=True,
)
