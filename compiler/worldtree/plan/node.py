"""A node: one step bound to hosts and resolved variables."""

from __future__ import annotations

from typing import Literal

from worldtree.core.errors import DocPath
from worldtree.plan.base_model import PlanModel
from worldtree.plan.outputs import OutputUse
from worldtree.plan.policy import Policy
from worldtree.plan.specs import EdgeKind
from worldtree.plan.step_work import StepWork

#: Kind of the node that gathers facts.
FACTS_KIND = "facts"
#: ``reversible``: its own rollback restores the state before; ``compensable``: a rollback undoes
#: the effect as far as possible; ``irreversible``: nothing can be run; ``read-only``: nothing to
#: undo.
Reversibility = Literal["reversible", "compensable", "irreversible", "read-only"]


class Node(StepWork):
    """One unit of the graph: a step's work on its hosts; the id is ``pipeline/module/task/step``.

    ``vars`` and ``tags`` are complete: those of module and task are among them.
    """

    id: str
    #: Host names, of a host pattern in Ansible's order; never empty in a linked graph.
    hosts: tuple[str, ...]
    #: What the document says of them, as a host pattern of Ansible; None where no pattern says it.
    host_pattern: str | tuple[str, ...] | None = None
    #: Names in ``vars`` that the module gives to a team's role: they are variables of the play, and
    #: yield to the role's ``vars/main.yml``, which those of the step override.
    module_vars: tuple[str, ...] = ()
    #: Whether repeating it is harmless: it checks itself what is left to do.
    repeatable: bool = True
    #: What it reads of other nodes' outputs: known after they have run.
    reads: tuple[OutputUse, ...] = ()
    #: Whether Ansible's check mode reports what it would change, and changes nothing.
    check_mode: bool = False
    #: Fully inherited: every field that has a default is set.
    policy: Policy = Policy()
    component: str | None = None
    reversibility: Reversibility = "irreversible"
    #: Place in the document, for diagnostics; excluded from digests.
    source: DocPath | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether work that was interrupted on a host may be repeated without asking."""
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
