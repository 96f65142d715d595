"""The pipeline ``destroy-cluster``."""

from __future__ import annotations

from worldtree.catalog.pipeline import ModuleOrder, PipelineDefinition
from worldtree.plan.pipeline_names import CREATE_CLUSTER, DESTROY_CLUSTER

PIPELINE = PipelineDefinition(
    name=DESTROY_CLUSTER,
    summary="Takes the cluster's services and their configuration off the hosts.",
    order=ModuleOrder.REVERSED,
    reverses=CREATE_CLUSTER,
    team_entry="remove",
)
