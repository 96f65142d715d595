"""A task without hosts is an error, or left out where it says so."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from worldtree.compile.compiler import PlanResult, plan_document
from worldtree.core.errors import InputError
from worldtree.spec.load import load_text

STEP = [{"command": "true"}]


def _plan(*tasks: dict[str, Any], **more: Any) -> PlanResult:
    head = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "c"}}
    spec = {
        "hosts": [{"name": "web1", "roles": ["web"]}],
        "modules": [{"name": "m", "tasks": list(tasks)}],
        **more,
    }
    (document,) = load_text(yaml.safe_dump({**head, "spec": spec}))
    return plan_document(document)


def test_a_task_without_hosts_is_left_out_and_named() -> None:
    """What needs it goes on with what it needs itself."""
    plan = _plan(
        {"name": "a", "steps": STEP},
        {"name": "b", "hosts": "canary", "onEmpty": "skip", "needs": ["a"], "steps": STEP},
        {"name": "c", "needs": ["b"], "steps": STEP},
    ).plan
    assert list(plan.graph.nodes) == ["create-cluster/m/a/command", "create-cluster/m/c/command"]
    (edge,) = plan.graph.edges
    assert (edge.before, edge.after) == tuple(plan.graph.nodes)
    assert plan.left_out == {"m/b": "no host matches `canary`"}


def test_an_empty_group_and_a_step_without_hosts_are_left_out_as_well() -> None:
    plan = _plan(
        {"name": "a", "hosts": ["edge", "role=db"], "onEmpty": "skip", "steps": STEP},
        {
            "name": "b",
            "hosts": "web:!canary",
            "onEmpty": "skip",
            "steps": [*STEP, {"command": "true", "hosts": "canary"}],
        },
        groups={"edge": {"members": []}},
    ).plan
    assert list(plan.graph.nodes) == ["create-cluster/m/b/command"]
    assert plan.left_out == {
        "m/a": "no host matches `edge, role=db`",
        "m/b/command-2": "no host matches `canary`",
    }


def test_a_plan_of_which_all_is_left_out_is_empty() -> None:
    """Hooks of what is left out are left out, too."""
    hook = {"name": "h", "target": "m", "step": {"command": "true"}}
    task = {"name": "a", "hosts": "canary", "onEmpty": "skip", "steps": STEP}
    plan = _plan(task, hooks={"before": [hook]}).plan
    assert (plan.layers, list(plan.left_out)) == ((), ["m/a"])


def test_it_is_an_error_otherwise() -> None:
    """A document that does not use the key keeps its digest."""
    with pytest.raises(InputError, match="unknown host or group `canary`"):
        _plan({"name": "b", "hosts": "canary", "steps": STEP})
    plain, said = (
        _plan({"name": "a", "steps": STEP, **more}).plan.digests["document"]
        for more in ({}, {"onEmpty": "error"})
    )
    assert plain == said
