"""The pipeline ``garbage-collect``."""

from __future__ import annotations

from worldtree.catalog.pipeline import PipelineDefinition
from worldtree.plan.pipeline_names import GARBAGE_COLLECT

PIPELINE = PipelineDefinition(
    name=GARBAGE_COLLECT,
    summary="Deletes what no image of a registry refers to; pulls go on meanwhile.",
    team_entry="garbage_collect",
)
