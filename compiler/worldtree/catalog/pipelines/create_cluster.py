"""The pipeline ``create-cluster``."""

from __future__ import annotations

from worldtree.catalog.pipeline import PipelineDefinition
from worldtree.plan.pipeline_names import CREATE_CLUSTER

PIPELINE = PipelineDefinition(
    name=CREATE_CLUSTER,
    summary="Brings the cluster to what the document says, starting from bare hosts.",
    has_hooks=True,
)
