"""Specs and plans are data: what is written reads back equal, digests do not depend on order."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from worldtree.plan.digests import digest
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Edge, Node
from worldtree.plan.plan import Plan, PlanHost
from worldtree.plan.policy import DEFAULT_POLICY, Policy
from worldtree.plan.specs import HookSpec, ModuleSpec, Need, PipelineSpec, StepSpec, TaskSpec

STEP = StepSpec(name="binary", kind="role", role="etcd", entry="install", vars={"x": [1, None]})
PIPELINE = PipelineSpec(
    name="create-cluster",
    modules=(
        ModuleSpec(
            name="etcd",
            component="etcd",
            needs=(Need(target="pki", scope="host"),),
            tasks=(TaskSpec(name="install", hosts=("role=etcd", "lb1"), steps=(STEP,)),),
        ),
    ),
    hooks=(HookSpec(name="note", when="before", target="etcd/install", step=STEP),),
    policy=Policy(serial=(1, "50%")),
)


def test_a_pipeline_survives_json() -> None:
    assert PipelineSpec.model_validate_json(PIPELINE.model_dump_json()) == PIPELINE


def test_a_plan_survives_json() -> None:
    first = Node(id="p/m/t/a", kind="command", hosts=("h1",), params={"argv": ["true"]})
    second = first.model_copy(update={"id": "p/m/t/b"})
    plan = Plan(
        cluster="shop",
        pipeline="p",
        hosts=(PlanHost(name="h1", address="10.0.0.1"),),
        graph=ExecutionGraph(
            pipeline="p",
            nodes={n.id: n for n in (first, second)},
            edges=(Edge(before=first.id, after=second.id, kind="host"),),
        ),
        layers=((first.id,), (second.id,)),
    )
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_specs_are_immutable_and_strict() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        STEP.name = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        StepSpec.model_validate({"name": "a", "kind": "command", "colour": "red"})


def test_a_policy_inherits_what_it_does_not_say() -> None:
    merged = Policy(retries=3).inherit(Policy(retries=1, mutex="apt")).inherit(DEFAULT_POLICY)
    assert (merged.retries, merged.mutex, merged.on_failure) == (3, "apt", "ignore")


def test_digests_ignore_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": [1, 2]}) != digest({"a": [2, 1]})


def test_digests_refuse_what_has_no_canonical_form() -> None:
    with pytest.raises(TypeError, match="object has no canonical form"):
        digest({"a": object()})
