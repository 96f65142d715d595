"""The pipeline ``add-hosts``."""

from __future__ import annotations

from pydantic import Field

from worldtree.catalog.pipeline import PipelineDefinition, PipelineParameters
from worldtree.catalog.pipelines.drain_parameters import HostNames
from worldtree.plan.pipeline_names import ADD_HOSTS


class AddHostsParameters(PipelineParameters):
    """Which hosts come."""

    hosts: HostNames = Field(
        (),
        description=(
            "Names of hosts of the document, with commas between them; by default those that the"
            " document before did not have."
        ),
    )


PIPELINE = PipelineDefinition(
    name=ADD_HOSTS,
    summary="Makes further hosts members of a running cluster of Kubernetes, and touches no other.",
    parameters=AddHostsParameters,
    # Work of the team is not about members.
    team_entry="add_hosts",
    takes_previous=True,
    facts_of_its_hosts=True,
)
