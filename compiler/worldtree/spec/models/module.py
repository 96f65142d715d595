"""``spec.modules``: the team's own work, as modules of tasks of steps; and hooks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from worldtree.spec.models.base import DocModel, describe, validation_problem
from worldtree.spec.models.policy import Policy, PolicyModel
from worldtree.spec.models.step import Step
from worldtree.spec.models.types import (
    Condition,
    HostSelector,
    PartName,
    Tags,
    Text,
    Vars,
    none_as_list,
)

Scope = Literal["barrier", "host", "soft"]


class Need(DocModel):
    """What has to be done before; text alone means a barrier."""

    task: Text | None = Field(
        default=None,
        description="A task of this module (`app`), or of another one (`shop/app`).",
        examples=["app", "shop/app"],
    )
    module: Text | None = Field(
        default=None, description="A whole module or component.", examples=["loadbalancer"]
    )
    scope: Scope = Field(
        default="barrier",
        description="`barrier` waits for all hosts, `host` lets each host go on by itself, `soft` "
        "is order only: a failure does not cross.",
        examples=["host"],
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"task": data}
        if not isinstance(data, dict):
            raise validation_problem(
                "wrong-type",
                f"a need must be the name of a task or module, or a mapping, not {describe(data)}",
                hint="write `- app`, or `{task: app, scope: host}`",
            )
        if ("task" in data) == ("module" in data):
            raise validation_problem(
                "need-target",
                "a need must set exactly one of `task` and `module`",
                hint="write `- app`, or `{task: app, scope: host}`",
            )
        return data

    @property
    def target(self) -> str:
        """The task or module that is needed, as written."""
        return self.task or self.module or ""


Needs = Annotated[tuple[Need, ...], BeforeValidator(none_as_list)]


class Task(DocModel):
    """One outcome on a set of hosts; its steps run in order, each host going on by itself."""

    name: PartName = Field(description="Name of the task, part of its id.", examples=["app"])
    hosts: HostSelector = Field(
        default="all",
        description="Where it runs: `all`, a host or group, a selector, or a list (their union).",
        examples=["all", "role=web,rack!=b", ["web1", "web2"]],
    )
    needs: Needs = Field(
        default=(),
        description="Tasks of this module, or `module/task` elsewhere, that come first; without "
        "needs, tasks run side by side.",
        examples=[["app"], [{"task": "app", "scope": "host"}]],
    )
    steps: Annotated[tuple[Step, ...], Field(min_length=1)] = Field(
        description="What is done, in order.",
        examples=[[{"role": "acme.shop"}, {"wait": {"port": 8080}}]],
    )
    tags: Tags = Field(
        default=(),
        description="Tags of all its steps, besides their own.",
        examples=[["deploy"]],
    )
    policy: Policy = Field(
        default=PolicyModel(),
        description="Policy of this task; what is unset comes from the module.",
        examples=[{"serial": "50%", "retries": 2}],
    )
    when: Condition | None = Field(
        default=None,
        description="Condition per host for every step.",
        examples=["shop_enabled | bool"],
    )


class Module(DocModel):
    """A team's own part of the cluster."""

    name: PartName = Field(description="Name of the module, part of its ids.", examples=["shop"])
    needs: Needs = Field(
        default=(),
        description="Modules and components that come first.",
        examples=[["loadbalancer"]],
    )
    vars: Vars = Field(
        default={},
        description="Variables offered to every role step; a step takes those its role declares.",
        examples=[{"shop_version": "1.4.2"}],
    )
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)] = Field(
        description="What the module does.",
        examples=[[{"name": "app", "hosts": "role=web", "steps": [{"role": "acme.shop"}]}]],
    )
    tags: Tags = Field(
        default=(),
        description="Tags of all its steps, besides their own.",
        examples=[["shop"]],
    )
    policy: Policy = Field(
        default=PolicyModel(),
        description="Policy of this module; what is unset comes from `spec.policy`.",
        examples=[{"onFailure": "fail-fast"}],
    )


class Hook(DocModel):
    """Work put before, after or in place of other work."""

    name: PartName = Field(description="Name of the hook, part of its ids.", examples=["drain"])
    target: Text = Field(
        default="",
        description="`module`, `module/task` or `module/task/step`; empty means everything.",
        examples=["shop/app"],
    )
    hosts: HostSelector | None = Field(
        default=None,
        description="Where it runs; by default where the target does.",
        examples=["role=loadbalancer"],
    )
    step: Step = Field(
        description="What is done.", examples=[{"command": {"argv": ["drain-node"]}}]
    )


_Hooks = Annotated[tuple[Hook, ...], BeforeValidator(none_as_list)]


class Hooks(DocModel):
    """Work put before, after or in place of other work."""

    before: _Hooks = Field(
        default=(),
        description="Run before their target.",
        examples=[
            [{"name": "drain", "target": "shop/app", "step": {"script": {"cmd": "drain.sh"}}}]
        ],
    )
    after: _Hooks = Field(
        default=(),
        description="Run after their target.",
        examples=[[{"name": "announce", "step": {"command": {"argv": ["logger", "done"]}}}]],
    )
    replace: _Hooks = Field(
        default=(),
        description="Run instead of their target, one for each. What is replaced goes with all "
        "that is in it, hooks too. In place of a step that runs `always`, the hook's step does so "
        "too, unless it says `always: false`.",
        examples=[
            [
                {
                    "name": "own-proxy",
                    "target": "loadbalancer/install",
                    "step": {"role": "acme.proxy"},
                }
            ]
        ],
    )
