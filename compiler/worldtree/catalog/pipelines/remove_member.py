"""The pipeline ``remove-member``."""

from __future__ import annotations

from pydantic import Field

from worldtree.catalog.pipeline import PipelineDefinition, PipelineParameters
from worldtree.plan.pipeline_names import REMOVE_MEMBER


class RemoveMemberParameters(PipelineParameters):
    """Which member goes."""

    member: str = Field(
        pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Name of the member, a host of the document or a former one.",
    )


PIPELINE = PipelineDefinition(
    name=REMOVE_MEMBER,
    summary="Takes a member out of a running cluster of etcd, also one whose host is gone.",
    parameters=RemoveMemberParameters,
    # Work of the team is not about members.
    team_entry="remove_member",
)
