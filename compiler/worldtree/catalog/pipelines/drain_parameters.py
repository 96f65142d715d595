"""Parameters of pipelines that drain members of Kubernetes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from worldtree.catalog.pipeline import PipelineParameters


def _separated(value: Any) -> Any:
    """Return a text with commas as a list, which is easier to type than JSON."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


#: Names of hosts: a list, or a text with commas between them.
HostNames = Annotated[
    tuple[Annotated[str, StringConstraints(pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$")], ...],
    BeforeValidator(_separated),
]


class DrainParameters(PipelineParameters):
    """How pods leave a member."""

    drain_timeout: int = Field(
        600,
        ge=1,
        description=(
            "Kubernetes: seconds that the pods of a member may take to leave it. Disruption"
            " budgets are respected as long; then the member stays, and takes pods again."
        ),
    )
    delete_unmanaged: bool = Field(
        False,
        description="Kubernetes: whether pods are deleted that nothing would make again.",
    )
