"""Modules are cut down to some of their hosts."""

from __future__ import annotations

import pytest

from unit.catalog.context import Cluster, host
from worldtree.catalog.builders import role_step
from worldtree.catalog.narrowing import narrowed, selected
from worldtree.plan.specs import ModuleSpec, Selector, TaskSpec

CONTEXT = Cluster((host("a", "web"), host("b", "web", "db"), host("c", "db"), host("k", "control")))


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("all", "a b c k"),
        ("all:!control", "a b c"),
        ("role=web", "a b"),
        ("a:c", "a c"),
        (("role=db", "a"), "b c a"),
    ],
)
def test_selectors_of_components_are_understood(selector: Selector, names: str) -> None:
    assert selected(selector, CONTEXT) == tuple(names.split())


def test_tasks_and_steps_without_a_host_that_stays_are_left_out() -> None:
    one = role_step("r", "main")
    elsewhere = role_step("r", "other", hosts="c")
    module = ModuleSpec(
        name="m",
        tasks=(
            TaskSpec(name="web", hosts="role=web", steps=(one, elsewhere)),
            TaskSpec(name="db", hosts="role=db", steps=(elsewhere,)),
            TaskSpec(name="control", hosts="k", steps=(one,)),
        ),
    )
    left = narrowed(module, ["a"], CONTEXT)
    assert [(task.name, task.hosts, len(task.steps)) for task in left.tasks] == [
        ("web", ("a",), 1),
        ("control", ("k",), 1),
    ]
