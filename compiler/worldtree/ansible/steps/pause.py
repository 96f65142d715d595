"""Step kind ``pause``: waits for a fixed time; it never prompts."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_types import Number


class PauseParams(StepParams):
    """Parameters of ``pause``: those of ``ansible.builtin.pause`` without a prompt."""

    seconds: Number | None = Field(default=None, description="Seconds to wait.", examples=[10])
    minutes: Number | None = Field(default=None, description="Minutes to wait.")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.seconds is None) == (self.minutes is None):
            msg = "give either `seconds` or `minutes`"
            raise ValueError(msg)
        return self


def _run(params: PauseParams, _context: StepContext) -> tuple[PlayTask, ...]:
    return (PlayTask("Pause", "ansible.builtin.pause", params.args()),)


KIND = StepKind(
    name="pause",
    summary="Wait for a fixed time.",
    params=PauseParams,
    run=_run,
    reversibility=lambda _params: "read-only",
    check_mode=False,
    shorthand={int: "seconds"},
)
