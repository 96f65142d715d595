"""The pipelines are put together from components and a team's own modules."""

from __future__ import annotations

from typing import Any

import pytest

from unit.catalog.context import Cluster, host
from worldtree.catalog.builders import entry_module, needs, role_step
from worldtree.catalog.component import Component, ComponentConfig
from worldtree.catalog.pipeline_builder import build_pipeline
from worldtree.catalog.pipeline_registry import pipeline_named
from worldtree.core.errors import InputError
from worldtree.plan.pipeline_names import BUILTIN_PIPELINES
from worldtree.plan.specs import HookSpec, ModuleSpec, Need, PipelineSpec, StepSpec, TaskSpec


class Config(ComponentConfig):
    """Nothing to configure."""


def made(name: str, *needed: str, after: tuple[str, ...] = ()) -> Component[Config]:
    """Return a component whose only task needs ``needed``."""

    def create(_config: Config, _context: object) -> ModuleSpec:
        task = TaskSpec(name="main", needs=needs(*needed), steps=(role_step(name, "main"),))
        return ModuleSpec(name=name, component=name, tasks=(task,))

    def single(entry: str) -> Any:
        return lambda _config, _context: entry_module(name, entry, "all", {})

    pipelines = {
        "create-cluster": create,
        "verify": single("verify"),
        "destroy-cluster": single("remove"),
    }
    return Component(name, name, Config, "all", pipelines, after=after)


def build(name: str, *components: Component[Any], active: str = "", **more: Any) -> PipelineSpec:
    """Build pipeline ``name``; every component is active unless ``active`` lists those that are."""
    known = {component.name: component for component in components}
    configs = {c: Config() for c in (active.split() or known)}
    return build_pipeline(pipeline_named(name), Cluster((host("h1"),), configs), known, **more)


def edges(pipeline: PipelineSpec) -> set[tuple[str, str, str]]:
    """Return every need as (who, what, scope)."""
    found = {(m.name, n.target, n.scope) for m in pipeline.modules for n in m.needs}
    return found | {
        (f"{m.name}/{t.name}", n.target, n.scope)
        for m in pipeline.modules
        for t in m.tasks
        for n in t.needs
    }


def own(name: str, *roles: str) -> ModuleSpec:
    """Return a team's module of one task."""
    steps = tuple(role_step(role, "main", name=f"{role}-{i}") for i, role in enumerate(roles))
    waits = (Need(target="other", scope="host"),)
    return ModuleSpec(name=name, tasks=(TaskSpec(name="app", needs=waits, steps=steps),))


def test_only_active_components_take_part() -> None:
    pipeline = build("create-cluster", made("a"), made("b"), active="b")
    assert [module.name for module in pipeline.modules] == ["b"]


def test_a_component_that_two_others_need_is_planned_once() -> None:
    found = build("create-cluster", made("base"), made("one", "base"), made("two", "base"))
    assert sorted(module.name for module in found.modules) == ["base", "one", "two"]


def test_needs_of_a_component_on_absent_parts_are_dropped() -> None:
    pipeline = build("create-cluster", made("a", "b/main", "b/other", "c/main"), made("b"))
    assert edges(pipeline) == {("a/main", "b/main", "host")}


def test_after_waits_for_the_whole_other_component() -> None:
    pipeline = build("create-cluster", made("a", after=("b", "absent")), made("b"))
    assert edges(pipeline) == {("a", "b", "barrier")}


def test_needs_of_a_team_stay_as_written_so_that_a_dangling_one_is_reported() -> None:
    pipeline = build("create-cluster", made("a"), modules=[own("shop", "app")])
    assert ("shop/app", "other", "host") in edges(pipeline)


def test_destroy_takes_down_in_reverse_and_lets_no_failure_cross() -> None:
    chain = (made("a", "b/main"), made("b", "c/main"), made("c"))
    assert edges(build("destroy-cluster", *chain)) == {("b", "a", "soft"), ("c", "b", "soft")}


def test_destroy_removes_the_teams_work_before_what_it_stood_on() -> None:
    shop = own("shop", "app").model_copy(update={"needs": (Need(target="a"),)})
    pipeline = build(
        "destroy-cluster", made("a"), modules=[shop], role_entries=lambda _: {"remove"}
    )
    assert edges(pipeline) == {("a", "shop", "soft")}


@pytest.mark.parametrize(("name", "entry"), [("verify", "verify"), ("destroy-cluster", "remove")])
def test_own_roles_take_part_with_the_entry_of_the_pipeline(name: str, entry: str) -> None:
    entries = {"app": {"main", entry}, "bare": {"main"}}
    pipeline = build(
        name,
        made("a"),
        modules=[own("shop", "app", "bare", "app"), own("none", "bare")],
        role_entries=entries.__getitem__,
    )
    assert [module.name for module in pipeline.modules] == ["a", "shop"]
    (task,) = pipeline.modules[1].tasks
    assert [(step.role, step.entry) for step in task.steps] == [("app", entry)]


def test_hooks_belong_to_creation() -> None:
    hook = HookSpec(name="h", when="before", step=StepSpec(name="s", kind="pause"))
    assert build("create-cluster", made("a"), hooks=[hook]).hooks == (hook,)
    assert build("verify", made("a"), hooks=[hook]).hooks == ()


def test_an_unknown_pipeline_is_an_error() -> None:
    with pytest.raises(InputError) as caught:
        pipeline_named("verfy")
    (problem,) = caught.value.diagnostics
    assert (problem.slug, problem.hint) == ("unknown-pipeline", "did you mean `verify`?")


@pytest.mark.parametrize("name", BUILTIN_PIPELINES)
def test_every_pipeline_of_an_empty_cluster_is_empty(name: str) -> None:
    assert build(name).modules == ()
