"""``spec.modules`` (modules, their tasks and steps) and ``spec.hooks``."""

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
from worldtree.spec.models.vars_files import VarsFiles

Scope = Literal["barrier", "host", "soft"]


class Need(DocModel):
    """A dependency; a string is short for a task with a barrier."""

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
        description="`barrier` waits for all hosts, `host` lets each host continue independently, "
        "`soft` only orders the work: failures do not propagate.",
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
        """The required task or module, as written."""
        return self.task or self.module or ""


Needs = Annotated[tuple[Need, ...], BeforeValidator(none_as_list)]


class Task(DocModel):
    """One outcome on a set of hosts; its steps run in order, independently on each host."""

    name: PartName = Field(description="Name of the task, part of its id.", examples=["app"])
    hosts: HostSelector = Field(
        default="all",
        description="Hosts: `all`, a host or group, a host pattern of Ansible (`web:!canary`), a "
        "selector (`role=web`), or a list (their union).",
        examples=["all", "web:!canary", "role=web,rack!=b", ["web1", "web2"]],
    )
    on_empty: Literal["error", "skip"] = Field(
        default="error",
        description="What to do if no host matches: `error`, or `skip` to leave the task out. With "
        "`skip`, its hosts and those of its steps may name groups that do not exist, so that one "
        "document serves several environments.",
        examples=["skip"],
    )
    needs: Needs = Field(
        default=(),
        description="Tasks of this module, or `module/task` of others, that must complete first; "
        "tasks without `needs` run in parallel.",
        examples=[["app"], [{"task": "app", "scope": "host"}]],
    )
    steps: Annotated[tuple[Step, ...], Field(min_length=1)] = Field(
        description="Steps, in order.",
        examples=[[{"role": "acme.shop"}, {"wait": {"port": 8080}}]],
    )
    tags: Tags = Field(
        default=(),
        description="Tags of all its steps, in addition to their own.",
        examples=[["deploy"]],
    )
    policy: Policy = Field(
        default=PolicyModel(),
        description="Policy of this task; unset keys are inherited from the module.",
        examples=[{"serial": "50%", "retries": 2}],
    )
    vars_files: VarsFiles = Field(
        default=(),
        description="Files of variables for all its steps; they win over those of the module.",
        examples=[["vars/app.yml"]],
    )
    when: Condition | None = Field(
        default=None,
        description="Condition of all its steps, evaluated per host.",
        examples=["shop_enabled | bool"],
    )


class Module(DocModel):
    """A module: tasks of your own."""

    name: PartName = Field(description="Name of the module, part of its ids.", examples=["shop"])
    needs: Needs = Field(
        default=(),
        description="Modules and components that must complete first.",
        examples=[["loadbalancer"]],
    )
    vars: Vars = Field(
        default={},
        description="Variables for all role steps; each step takes those that its role declares.",
        examples=[{"shop_version": "1.4.2"}],
    )
    vars_files: VarsFiles = Field(
        default=(),
        description="Files of variables for all its steps; they win over `spec.varsFiles`.",
        examples=[["vars/shop.yml"]],
    )
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)] = Field(
        description="Tasks of the module.",
        examples=[[{"name": "app", "hosts": "role=web", "steps": [{"role": "acme.shop"}]}]],
    )
    tags: Tags = Field(
        default=(),
        description="Tags of all its steps, in addition to their own.",
        examples=[["shop"]],
    )
    policy: Policy = Field(
        default=PolicyModel(),
        description="Policy of this module; unset keys are inherited from `spec.policy`.",
        examples=[{"onFailure": "fail-fast"}],
    )


class Hook(DocModel):
    """A step to run before, after or instead of other work."""

    name: PartName = Field(description="Name of the hook, part of its ids.", examples=["drain"])
    target: Text = Field(
        default="",
        description="`module`, `module/task` or `module/task/step`; empty for the whole plan.",
        examples=["shop/app"],
    )
    hosts: HostSelector | None = Field(
        default=None,
        description="Hosts; by default those of the target.",
        examples=["role=loadbalancer"],
    )
    step: Step = Field(
        description="The step to run.", examples=[{"command": {"argv": ["drain-node"]}}]
    )


_Hooks = Annotated[tuple[Hook, ...], BeforeValidator(none_as_list)]


class Hooks(DocModel):
    """Steps to run before, after or instead of other work."""

    before: _Hooks = Field(
        default=(),
        description="Hooks that run before their target.",
        examples=[
            [{"name": "drain", "target": "shop/app", "step": {"script": {"cmd": "drain.sh"}}}]
        ],
    )
    after: _Hooks = Field(
        default=(),
        description="Hooks that run after their target.",
        examples=[[{"name": "announce", "step": {"command": {"argv": ["logger", "done"]}}}]],
    )
    replace: _Hooks = Field(
        default=(),
        description="Hooks that run instead of their target, at most one per target. The target is "
        "removed with everything in it, hooks included. If the target is a step with `always`, the "
        "hook's step also runs always, unless it sets `always: false`.",
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
