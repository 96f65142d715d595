"""What a step does, as a spec and as a node have it: the same fields in both."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from worldtree.plan.base_model import PlanModel
from worldtree.plan.outputs import Output


class StepWork(PlanModel):
    """The work of a step, wherever it runs: an entry point of a role, or a built-in kind."""

    #: ``role`` or the name of a built-in kind (``command``, ``copy`` …).
    kind: str
    #: Role name or FQCN when kind is ``role``.
    role: str | None = None
    #: Entry point: ``tasks/<entry>.yml`` of the role.
    entry: str = "main"
    #: Parameters of a built-in kind, named as the ``ansible.builtin`` action of the same purpose.
    params: dict[str, Any] = Field(default_factory=dict)
    #: Variables of the play, or those that a team's role is called with.
    vars: dict[str, Any] = Field(default_factory=dict)
    #: Jinja condition, evaluated per host at run time.
    when: str | None = None
    tags: tuple[str, ...] = ()
    become: bool | None = None
    become_user: str | None = None
    environment: dict[str, str] = Field(default_factory=dict)
    #: Whether results are hidden; None = hidden only when a secret is passed.
    no_log: bool | None = None
    #: Whether it is a finalizer: it runs, once any of the work before it has begun, however that
    #: work ended.
    always: bool = False
    #: Name -> value that it publishes.
    outputs: dict[str, Output] = Field(default_factory=dict)
