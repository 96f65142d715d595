"""The pipeline ``verify``."""

from __future__ import annotations

from worldtree.catalog.pipeline import ModuleOrder, PipelineDefinition
from worldtree.plan.pipeline_names import VERIFY

PIPELINE = PipelineDefinition(
    name=VERIFY,
    summary="Checks that a running cluster is what the document says; changes nothing that stays.",
    order=ModuleOrder.NONE,
    team_entry="verify",
)
