"""The pipeline ``remove-hosts``."""

from __future__ import annotations

from pydantic import Field

from worldtree.catalog.pipeline import PipelineDefinition
from worldtree.catalog.pipelines.drain_parameters import DrainParameters, HostNames
from worldtree.plan.pipeline_names import REMOVE_HOSTS


class RemoveHostsParameters(DrainParameters):
    """Which hosts go."""

    hosts: HostNames = Field(
        min_length=1,
        description="Names of hosts of the document, or of former ones, with commas between them.",
    )


PIPELINE = PipelineDefinition(
    name=REMOVE_HOSTS,
    summary="Takes hosts out of a running cluster of Kubernetes, also those that are gone.",
    parameters=RemoveHostsParameters,
    # Work of the team is not about members.
    team_entry="remove_hosts",
    facts_of_its_hosts=True,
)
