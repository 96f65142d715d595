"""PipelineSpec ▸ ModuleSpec ▸ TaskSpec ▸ StepSpec: pure, serialisable data, no behaviour."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from worldtree.core.errors import DocPath
from worldtree.plan.base_model import PlanModel
from worldtree.plan.policy import Policy
from worldtree.plan.step_work import StepWork

#: ``barrier``: all hosts of the one before any of the other; ``host``: each host goes on by itself;
#: ``soft``: order only, a failure does not cross.
EdgeKind = Literal["barrier", "host", "soft"]

#: A label selector, a host name, ``all``, or a list of these (their union).
Selector = str | tuple[str, ...]

HookWhen = Literal["before", "after", "replace"]


class Need(PlanModel):
    """A dependency: task ``app`` of the same module, module ``etcd``, or task ``etcd/start``."""

    target: str
    scope: EdgeKind = "barrier"
    #: Place in the document, for diagnostics.
    source: DocPath | None = None


class StepSpec(StepWork):
    """The smallest idempotent unit: its work, and where and how it runs."""

    #: Unique within its task; part of the node id.
    name: str
    #: Whether it only reads, as a gate or a health check does: there is nothing to undo.
    read_only: bool = False
    #: Hosts, when narrower than the task's.
    hosts: Selector | None = None
    policy: Policy = Policy()
    source: DocPath | None = None


class TaskSpec(PlanModel):
    """One outcome on a set of hosts; its steps run in order, each host going on by itself."""

    name: str
    hosts: Selector = "all"
    #: What to do where no host matches.
    on_empty: Literal["error", "skip"] = "error"
    #: Tasks of the same module, or ``module`` / ``module/task`` elsewhere.
    needs: tuple[Need, ...] = ()
    steps: tuple[StepSpec, ...]
    #: Of all its steps, besides their own.
    tags: tuple[str, ...] = ()
    policy: Policy = Policy()
    source: DocPath | None = None


class ModuleSpec(PlanModel):
    """A component's or team's part; its tasks run side by side unless ``needs`` orders them."""

    name: str
    #: The component that built it; None for a team's own module.
    component: str | None = None
    needs: tuple[Need, ...] = ()
    tasks: tuple[TaskSpec, ...]
    #: Offered to every role step of the module; a step takes those its entry point declares.
    vars: dict[str, Any] = Field(default_factory=dict)
    #: Of all its steps, besides their own.
    tags: tuple[str, ...] = ()
    policy: Policy = Policy()
    source: DocPath | None = None


class HookSpec(PlanModel):
    """Work before, after or in place of a pipeline, module, task or step."""

    name: str
    when: HookWhen
    #: ``""`` is the pipeline; else ``module``, ``module/task`` or ``module/task/step``.
    target: str = ""
    hosts: Selector | None = None
    step: StepSpec
    #: Whether it is a finalizer where what it replaces is one; its step does not say.
    inherits_always: bool = False
    source: DocPath | None = None


class PipelineSpec(PlanModel):
    """A user-visible goal such as ``create-cluster``."""

    name: str
    modules: tuple[ModuleSpec, ...]
    hooks: tuple[HookSpec, ...] = ()
    policy: Policy = Policy()
