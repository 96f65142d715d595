"""The pipeline ``upgrade``."""

from __future__ import annotations

from worldtree.catalog.pipeline import PipelineDefinition
from worldtree.catalog.pipelines.backup import BackupParameters
from worldtree.plan.pipeline_names import UPGRADE

PIPELINE = PipelineDefinition(
    name=UPGRADE,
    summary="Brings services to the versions of the document, one member after the other.",
    # A backup is made first.
    parameters=BackupParameters,
    team_entry="upgrade",
)
