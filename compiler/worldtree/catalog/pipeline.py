"""What a pipeline is: data that says which modules it is made of and how they are ordered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class PipelineParameters(BaseModel):
    """Base of a pipeline's typed parameters: camelCase where they are given, snake_case here."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        # A plan is JSON, which has no infinity.
        allow_inf_nan=False,
    )


class ModuleOrder(StrEnum):
    """How the modules of a pipeline are ordered."""

    #: By the needs of modules and tasks, and by ``Component.after``.
    NEEDS = "needs"
    #: Against the needs of the pipeline ``PipelineDefinition.reverses``: dependents come first.
    REVERSED = "reversed"
    #: Side by side.
    NONE = "none"


@dataclass(frozen=True)
class PipelineDefinition:
    """A pipeline; ``catalog.pipeline_builder`` makes a ``PipelineSpec`` of it for a cluster."""

    #: What ``--pipeline`` and node ids call it; also the key in ``Component.pipelines`` of the
    #: builder that makes a component's part.
    name: str
    #: What it is for, one sentence.
    summary: str
    order: ModuleOrder = ModuleOrder.NEEDS
    #: With ``ModuleOrder.REVERSED``: the pipeline whose needs are reversed.
    reverses: str = ""
    #: Entry point that stands for a role's work: a team's module takes part with those role steps
    #: whose role has it. None: the team's modules take part whole.
    team_entry: str | None = None
    #: Whether the document's hooks belong to it.
    has_hooks: bool = False
    #: Types of its parameters.
    parameters: type[PipelineParameters] = PipelineParameters
    #: Whether builders may read ``PlanContext.previous``; it is then an input of the plan.
    takes_previous: bool = False
    #: Whether builders may read ``PlanContext.facts``; they are then an input of the plan.
    takes_facts: bool = False
    #: Whether facts are gathered only on hosts that it works on; of all hosts otherwise, as roles
    #: of the team may read their peers'.
    facts_of_its_hosts: bool = False
