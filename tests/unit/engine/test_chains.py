"""Which nodes may share a run."""

from __future__ import annotations

import pytest

from worldtree.engine.chains import fusible_successors
from worldtree.plan.policy import Policy

from .plans import node_id, plan

ONE, TWO = ("h1",), ("h1", "h2")


def fused(
    edges: list[tuple[str, str, str]],
    hosts: tuple[str, ...] = TWO,
    policies: dict[str, Policy] | None = None,
) -> dict[str, str]:
    """Return the map by short names for nodes a to d."""
    found = fusible_successors(plan(dict.fromkeys("abcd", hosts), edges, policies).graph)
    return {a[-1]: b[-1] for a, b in found.items()}


def test_line_of_host_edges() -> None:
    assert fused([("a", "b", "host"), ("b", "c", "host")]) == {"a": "b", "b": "c"}


@pytest.mark.parametrize("kind", ["barrier", "soft"])
def test_other_edges_between_several_hosts_split(kind: str) -> None:
    assert fused([("a", "b", kind)]) == {}


def test_on_a_single_host_a_barrier_is_as_good() -> None:
    assert fused([("a", "b", "barrier")], ONE) == {"a": "b"}
    assert fused([("a", "b", "soft")], ONE) == {}


def test_forks_and_joins_split() -> None:
    assert fused([("a", "b", "host"), ("a", "c", "host")]) == {}
    assert fused([("a", "c", "host"), ("b", "c", "host")]) == {}


def test_an_edge_that_the_line_says_already_does_not_split() -> None:
    edges = [("a", "b", "host"), ("b", "c", "host"), ("a", "c", "host")]
    assert fused(edges) == {"a": "b", "b": "c"}


def test_policies_must_be_equal_and_without_a_timeout() -> None:
    edges = [("a", "b", "host")]
    assert fused(edges, policies={"a": Policy(retries=1)}) == {}
    same = {"a": Policy(mutex="m"), "b": Policy(mutex="m")}
    assert fused(edges, policies=same) == {"a": "b"}
    limited = {"a": Policy(timeout=5), "b": Policy(timeout=5)}
    assert fused(edges, policies=limited) == {}


def test_hosts_must_be_the_same() -> None:
    wanted = plan({"a": TWO, "b": ONE}, [("a", "b", "host")])
    assert fusible_successors(wanted.graph) == {}
    turned = plan({"a": TWO, "b": TWO[::-1]}, [("a", "b", "host")])
    assert fusible_successors(turned.graph) == {node_id("a"): node_id("b")}
