"""Step kind ``facts``: gathers facts; only the compiler creates steps of this kind."""

from __future__ import annotations

from pydantic import Field

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_types import Number, Text


class FactsParams(StepParams):
    """Parameters of ``facts``, those of ``ansible.builtin.setup``."""

    gather_subset: list[Text] | None = Field(default=None, description="Subsets to gather.")
    gather_timeout: Number | None = Field(default=None, description="Seconds for slow facts.")
    filter: list[Text] | None = Field(default=None, description="Only facts with these names.")
    fact_path: Text | None = Field(default=None, description="Directory of local facts.")


def _run(params: FactsParams, _context: StepContext) -> tuple[PlayTask, ...]:
    return (PlayTask("Gather facts", "ansible.builtin.setup", params.args()),)


KIND = StepKind(
    name="facts",
    summary="Gather facts of every host.",
    params=FactsParams,
    run=_run,
    reversibility=lambda _params: "read-only",
    internal=True,
)
