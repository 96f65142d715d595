"""A node: one step bound to hosts and resolved variables."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from worldtree.core.errors import DocPath
from worldtree.plan.base_model import PlanModel
from worldtree.plan.outputs import Output, OutputUse
from worldtree.plan.policy import Policy
from worldtree.plan.specs import EdgeKind

#: Kind of the node that gathers facts.
FACTS_KIND = "facts"
#: ``reversible``: its own rollback restores the state before; ``compensable``: a rollback undoes
#: the effect as well as can be; ``irreversible``: nothing can be run; ``read-only``: nothing to
#: undo.
Reversibility = Literal["reversible", "compensable", "irreversible", "read-only"]


class Node(PlanModel):
    """One unit of the graph; its id is ``pipeline/module/task/step``."""

    id: str
    kind: str
    role: str | None = None
    entry: str = "main"
    params: dict[str, Any] = Field(default_factory=dict)
    #: Host names in document order; never empty in a linked graph.
    hosts: tuple[str, ...]
    vars: dict[str, Any] = Field(default_factory=dict)
    when: str | None = None
    tags: tuple[str, ...] = ()
    become: bool | None = None
    become_user: str | None = None
    environment: dict[str, str] = Field(default_factory=dict)
    no_log: bool | None = None
    #: A finaliser: runs whatever became of the work before it, once any of that was begun.
    always: bool = False
    #: Whether having it done twice is harmless: it looks for itself what is left to do.
    repeatable: bool = True
    #: Name -> value that it publishes.
    outputs: dict[str, Output] = Field(default_factory=dict)
    #: What it reads of other nodes' outputs: known after they have run.
    reads: tuple[OutputUse, ...] = ()
    #: Whether Ansible's check mode tells what it would change, and changes nothing.
    check_mode: bool = False
    #: Fully inherited: every field that has a default is set.
    policy: Policy = Policy()
    component: str | None = None
    reversibility: Reversibility = "irreversible"
    #: Place in the document, for diagnostics; excluded from digests.
    source: DocPath | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether work that was cut off on a host may be done again without being asked about."""
        return self.repeatable or self.policy.on_interrupted == "rerun"

    @property
    def module(self) -> str:
        """The module part of the id."""
        return self.id.split("/")[1]

    @property
    def task(self) -> str:
        """The task part of the id."""
        return self.id.split("/")[2]

    @property
    def step(self) -> str:
        """The step part of the id."""
        return self.id.split("/")[3]


class Edge(PlanModel):
    """``after`` depends on ``before`` in the way ``kind`` says."""

    before: str
    after: str
    kind: EdgeKind = "barrier"
