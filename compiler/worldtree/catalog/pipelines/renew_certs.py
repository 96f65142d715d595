"""The pipeline ``renew-certs``."""

from __future__ import annotations

from pydantic import Field

from worldtree.catalog.pipeline import PipelineDefinition, PipelineParameters
from worldtree.plan.pipeline_names import RENEW_CERTS


class RenewCertsParameters(PipelineParameters):
    """Which certificates are renewed."""

    within_days: int = Field(
        90,
        ge=1,
        description=(
            "Certificates are renewed that end within so many days; 400 renews those of a year."
        ),
    )


PIPELINE = PipelineDefinition(
    name=RENEW_CERTS,
    summary="Renews certificates that end soon, one control plane after the other.",
    parameters=RenewCertsParameters,
    team_entry="renew_certs",
    facts_of_its_hosts=True,
)
