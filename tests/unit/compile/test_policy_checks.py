"""What policies ask for before anything is touched."""

from __future__ import annotations

import pytest

from worldtree.compile.policy_checks import irreversible, refuse_irreversible
from worldtree.core.errors import RefusedError
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node, Reversibility
from worldtree.plan.plan import Plan
from worldtree.plan.policy import OnFailure, OnIrreversible, Policy

KINDS: tuple[Reversibility, ...] = ("reversible", "compensable", "irreversible", "read-only")


def plan(on_irreversible: OnIrreversible | None, on_failure: OnFailure = "rollback") -> Plan:
    """Return a plan with a node of each kind."""
    nodes = {
        kind: Node(
            id=kind,
            kind="command",
            hosts=("h",),
            reversibility=kind,
            policy=Policy(on_failure=on_failure),
        )
        for kind in KINDS
    }
    return Plan(
        cluster="c",
        pipeline="p",
        policy=Policy(on_irreversible=on_irreversible),
        graph=ExecutionGraph(pipeline="p", nodes=nodes),
    )


@pytest.mark.parametrize("policy", ["refuse", "confirm"])
def test_only_what_cannot_be_undone_is_named(policy: OnIrreversible) -> None:
    assert irreversible(plan(policy)) == ("irreversible",)


@pytest.mark.parametrize("policy", ["allow", None])
def test_nothing_is_named_where_all_is_allowed(policy: OnIrreversible | None) -> None:
    assert irreversible(plan(policy)) == ()


def test_nothing_is_named_where_nothing_is_to_be_rolled_back() -> None:
    assert irreversible(plan("refuse", "fail-fast")) == ()


def test_refusing_names_the_nodes() -> None:
    with pytest.raises(RefusedError, match="cannot be undone: irreversible"):
        refuse_irreversible(plan("refuse"))
    refuse_irreversible(plan("confirm"))
