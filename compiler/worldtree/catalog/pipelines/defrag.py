"""The pipeline ``defrag``."""

from __future__ import annotations

from worldtree.catalog.pipeline import PipelineDefinition
from worldtree.plan.pipeline_names import DEFRAG

PIPELINE = PipelineDefinition(
    name=DEFRAG,
    summary="Gives the space of deleted data back to the file system, one member after the other.",
    team_entry="defrag",
)
