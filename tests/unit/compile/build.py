"""Small builders of specs and states, so that a case shows only what it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from worldtree.catalog.pipeline_registry import pipelines
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.specs import ModuleSpec, Need, PipelineSpec, Selector, StepSpec, TaskSpec
from worldtree.spec.load import load_text
from worldtree.spec.resolve import resolve
from worldtree.spec.validate import validate

HOSTS = {"web": ("w1", "w2"), "db": ("d1",), "all": ("w1", "w2", "d1"), "none": ()}


_DOCUMENT = """
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: c}
spec: {hosts: [{name: w1, connection: local}]}
"""


def state(**changes: Any) -> CompileState:
    """Return the state of a small document before the first pass, with ``changes``."""
    (document,) = load_text(_DOCUMENT)
    model = validate(document).model
    assert model is not None
    cluster = resolve(model, document, DiagnosticBag())
    start = CompileState.of(document, model, cluster, pipelines()["create-cluster"])
    return replace(start, **changes)


def step(name: str, **more: object) -> StepSpec:
    return StepSpec.model_validate({"name": name, "kind": "command", **more})


def task(
    name: str, *steps: str | StepSpec, needs: tuple[str, ...] = (), **more: object
) -> TaskSpec:
    made = tuple(step(s) if isinstance(s, str) else s for s in steps or ("run",))
    wanted = tuple(Need(target=need) for need in needs)
    return TaskSpec.model_validate({"name": name, "steps": made, "needs": wanted, **more})


def module(name: str, *tasks: TaskSpec, needs: tuple[str, ...] = (), **more: object) -> ModuleSpec:
    wanted = tuple(Need(target=need) for need in needs)
    return ModuleSpec.model_validate({"name": name, "tasks": tasks, "needs": wanted, **more})


def pipeline(*modules: ModuleSpec, **more: object) -> PipelineSpec:
    return PipelineSpec.model_validate({"name": "p", "modules": modules, **more})


def hosts_of(selector: Selector) -> tuple[str, ...]:
    if isinstance(selector, str):
        return HOSTS.get(selector, (selector,))
    return tuple(dict.fromkeys(host for part in selector for host in hosts_of(part)))


def diamond() -> ModuleSpec:
    """A module of four tasks: after ``a`` come ``b`` and ``c``, of which the latter is on one host;
    ``d`` is after both.
    """
    return module(
        "m",
        task("d", needs=("b", "c")),
        task("b", needs=("a",)),
        task("c", needs=("a",), hosts="w1"),
        task("a"),
    )
