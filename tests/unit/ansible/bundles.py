"""Small plans and bundles for the tests of this package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from worldtree.ansible.bundle import Bundle, BundleSources, build_bundle
from worldtree.ansible.bundle.lower import lower, role_calls
from worldtree.ansible.content.roles import RoleIndex
from worldtree.ansible.model.inventory import InventorySpec, inventory_files
from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.ansible.steps import check, kinds, normalise, reversibility
from worldtree.core.errors import DiagnosticBag
from worldtree.graph import Dag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Edge, Node
from worldtree.plan.plan import Plan, PlanHost
from worldtree.plan.policy import DEFAULT_POLICY, Policy

HERE = PlanHost(name="here", address="here", connection="local")


def node(step: str, kind: str = "role", params: Any = None, **fields: Any) -> Node:
    """Return the node ``demo/app/main/<step>`` (or of a full id) on the host ``here``."""
    policy = fields.pop("policy", Policy()).inherit(DEFAULT_POLICY)
    given = normalise(kind, params) if kind != "role" else {}
    if kind != "role":
        assert check(kind, given, internal=True) == []
        fields.setdefault("reversibility", reversibility(kind, given))
    fields.setdefault("hosts", ("here",))
    name = step if "/" in step else f"demo/app/main/{step}"
    return Node(id=name, kind=kind, params=given, policy=policy, **fields)


def plan(
    nodes: Sequence[Node],
    edges: Sequence[tuple[str, str, str]] = (),
    hosts: Sequence[PlanHost] = (HERE,),
    groups: Mapping[str, tuple[str, ...]] | None = None,
) -> Plan:
    """Return a plan of ``nodes``; edges name steps of ``demo/app/main`` or whole ids."""
    whole = [(*(n if "/" in n else f"demo/app/main/{n}" for n in e[:2]), e[2]) for e in edges]
    graph = ExecutionGraph(
        pipeline="demo",
        nodes={n.id: n for n in nodes},
        edges=tuple(Edge(before=a, after=b, kind=k) for a, b, k in whole),
    )
    layers = Dag(graph.nodes, whole).layers(key=list(graph.nodes).index)
    return Plan(
        cluster="shop",
        pipeline="demo",
        hosts=tuple(hosts),
        groups=dict(groups or {}),
        graph=graph,
        layers=layers,
    )


def bundle(
    of: Plan,
    document: Path | None = None,
    *,
    builtin: Path | None = None,
    inventory: Mapping[str, Any] | None = None,
    **sources: Any,
) -> tuple[Bundle, DiagnosticBag]:
    """Return the bundle of a plan; roles are in ``document/roles``, overlays in ``sources``."""
    bag = DiagnosticBag()
    index = RoleIndex([Path("roles")], [Path("collections")], base=document, builtin=builtin)
    calls = role_calls(of, index, bag)
    bag.raise_if_errors()
    lowered = lower(of, calls.of, kinds())
    if inventory is None:
        inventory = inventory_files(InventorySpec(of.hosts, of.groups), with_lookups)
    made = BundleSources(
        index=index, calls=calls, document_dir=document, inventory=inventory, **sources
    )
    return build_bundle(of, lowered, made, bag), bag


def chain(*nodes: Node, kind: str = "host") -> Plan:
    """Return a plan in which each node waits for the one before."""
    ids = [n.id for n in nodes]
    return plan(nodes, [(a, b, kind) for a, b in pairwise(ids)])


__all__ = ["HERE", "bundle", "chain", "node", "plan"]
