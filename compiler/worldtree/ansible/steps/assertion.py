"""Step kind ``assert``: conditions that must hold."""

from __future__ import annotations

from pydantic import Field

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_types import Flag, Name, Text


class AssertParams(StepParams):
    """Parameters of ``assert``, those of ``ansible.builtin.assert``."""

    that: Name | list[Name] = Field(
        description="Jinja conditions, without braces, that must all be true.",
        examples=["shop_port | int > 1024"],
    )
    fail_msg: Text | None = Field(default=None, description="Message when one is false.")
    success_msg: Text | None = Field(default=None, description="Message when all are true.")
    quiet: Flag = Field(default=True, description="Do not list the conditions that hold.")


def _run(params: AssertParams, _context: StepContext) -> tuple[PlayTask, ...]:
    args = params.args()
    args["that"] = [params.that] if isinstance(params.that, str) else list(params.that)
    return (PlayTask("Check the conditions", "ansible.builtin.assert", args),)


KIND = StepKind(
    name="assert",
    summary="Fail where a condition does not hold.",
    params=AssertParams,
    run=_run,
    reversibility=lambda _params: "read-only",
    expressions=("that",),
    shorthand={str: "that", list: "that"},
)
