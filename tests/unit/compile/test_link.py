"""The link pass orders nodes and shows a cycle as the path that a user wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from unit.compile.build import HOSTS, diamond, module, state, task
from worldtree.compile.passes.layer import layer
from worldtree.compile.passes.link import link_fragment
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.fragment import Fragment
from worldtree.plan.plan import PlanHost

Expanded = Callable[..., Fragment]


def linked(fragment: Fragment, bag: DiagnosticBag) -> ExecutionGraph:
    return link_fragment(fragment, "p", bag)


def test_nodes_come_in_topological_order(expanded: Expanded, bag: DiagnosticBag) -> None:
    graph = linked(expanded(diamond()), bag)
    assert [n.split("/")[2] for n in graph.nodes] == ["a", "b", "c", "d"]
    assert [e.before for e in graph.predecessors["p/m/d/run"]] == ["p/m/b/run", "p/m/c/run"]


def test_a_cycle_is_shown_as_a_path(expanded: Expanded, bag: DiagnosticBag) -> None:
    graph = linked(
        expanded(module("shop", task("app", needs=("db",)), task("db", needs=("app",)))), bag
    )
    (problem,) = bag.items
    assert problem.slug == "cycle"
    assert "shop/app → shop/db → shop/app" in problem.summary
    assert not graph.nodes


def test_a_cycle_through_modules_is_found(expanded: Expanded, bag: DiagnosticBag) -> None:
    linked(
        expanded(module("a", task("t"), needs=("b",)), module("b", task("t"), needs=("a",))), bag
    )
    assert [d.slug for d in bag.items] == ["cycle"]


def test_all_cycles_are_reported_at_once(expanded: Expanded, bag: DiagnosticBag) -> None:
    """Also those that share a part with another one; each once, however many tasks it runs over."""
    linked(
        expanded(
            module("a", task("t"), task("u"), needs=("b",)),
            module("b", task("t"), task("u"), needs=("a", "c")),
            module("c", task("t"), task("x", needs=("y",)), task("y", needs=("x",)), needs=("b",)),
        ),
        bag,
    )
    assert {d.slug for d in bag.items} == {"cycle"}
    assert [d.summary.partition(": ")[2] for d in bag.items] == [
        "a/t → b/t → a/t",
        "c/x → c/y → c/x",
        "b/t → c/t → b/t",
    ]


def test_layers_hold_no_path_within(expanded: Expanded, bag: DiagnosticBag) -> None:
    hosts = tuple(PlanHost(name=h, address=h) for h in HOSTS["all"])
    start = state(graph=linked(expanded(diamond()), bag))
    inventory = replace(start.inventory, hosts=hosts)
    plan = layer(replace(start, inventory=inventory), bag).plan
    assert plan is not None
    assert [[n.split("/")[2] for n in layer] for layer in plan.layers] == [["a"], ["b", "c"], ["d"]]
    assert len(set(plan.node_digests.values())) == 4
