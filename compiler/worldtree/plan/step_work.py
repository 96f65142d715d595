"""What a step does, as a spec and as a node have it: the same fields in both."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from worldtree.plan.base_model import PlanModel
from worldtree.plan.outputs import Output
from worldtree.plan.play_work import PlayWork


class StepWork(PlanModel):
    """The work of a step, wherever it runs: an entry point of a role, a built-in kind, a play."""

    #: ``role``, ``play`` or the name of a built-in kind (``command``, ``copy`` …).
    kind: str
    #: Role name or FQCN when kind is ``role``.
    role: str | None = None
    #: Entry point: ``tasks/<entry>.yml`` of the role.
    entry: str = "main"
    #: Parameters of a built-in kind, named as the ``ansible.builtin`` action of the same purpose.
    params: dict[str, Any] = Field(default_factory=dict)
    #: Variables of the play, or those that a team's role is called with.
    vars: dict[str, Any] = Field(default_factory=dict)
    #: Files of variables of the document, its module and its task, the nearest last; of an inner
    #: list, the first that exists is read.
    vars_files: tuple[str | tuple[str, ...], ...] = ()
    #: Jinja condition, evaluated per host at run time.
    when: str | None = None
    tags: tuple[str, ...] = ()
    #: A text is a template.
    become: bool | str | None = None
    become_user: str | None = None
    #: A mapping, a template of one, or a list of both.
    environment: dict[str, Any] | str | tuple[dict[str, Any] | str, ...] = Field(
        default_factory=dict
    )
    #: Whether results are hidden, or a template; None = hidden only when a secret is passed.
    no_log: bool | str | None = None
    #: Whether it is a finalizer: it runs, once any of the work before it has begun, however that
    #: work ended.
    always: bool = False
    #: Roles, tasks and keywords when kind is ``play``.
    play: PlayWork | None = None
    #: Name -> value that it publishes.
    outputs: dict[str, Output] = Field(default_factory=dict)

    @property
    def keyword_values(self) -> list[Any]:
        """The values of keywords that may be templates, other than conditions."""
        return [self.environment, self.become, self.become_user, self.no_log]

    @property
    def role_names(self) -> tuple[str, ...]:
        """The roles that it calls, as the document names them."""
        if self.play is not None:
            return tuple(dict.fromkeys(one.role for one in self.play.roles))
        return () if self.role is None else (self.role,)

    @property
    def calls_team_code(self) -> bool:
        """Whether it runs roles or Ansible tasks instead of a built-in kind."""
        return self.role is not None or self.play is not None

    @property
    def work_label(self) -> str:
        """What it does, for people: a kind, a role with its entry, or the parts of a play."""
        if self.play is not None:
            names = ", ".join(one.role for one in self.play.roles)
            tasks = any(name != "handlers" for name, _ in self.play.sections())
            return " + ".join(filter(None, [names, "tasks" if tasks else ""]))
        if self.role is None:
            return self.kind
        return self.role if self.entry == "main" else f"{self.role} : {self.entry}"
