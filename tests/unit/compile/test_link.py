"""The link pass orders nodes and shows a cycle as the path that a user wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from unit.compile.build import HOSTS, module, state, task
from worldtree.compile.passes.layer import layer
from worldtree.compile.passes.link import link_fragment
from worldtree.compile.passes.select import select_nodes
from worldtree.compile.selection import Selection
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.fragment import Fragment
from worldtree.plan.plan import PlanHost

Expanded = Callable[..., Fragment]


def linked(fragment: Fragment, bag: DiagnosticBag) -> ExecutionGraph:
    return link_fragment(fragment, "p", bag)


def diamond(expanded: Expanded, bag: DiagnosticBag) -> ExecutionGraph:
    return linked(
        expanded(
            module(
                "m",
                task("d", needs=("b", "c")),
                task("b", needs=("a",)),
                task("c", needs=("a",), hosts="w1"),
                task("a"),
            )
        ),
        bag,
    )


def test_nodes_come_in_topological_order(expanded: Expanded, bag: DiagnosticBag) -> None:
    graph = diamond(expanded, bag)
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
    start = state(graph=diamond(expanded, bag))
    inventory = replace(start.inventory, hosts=hosts)
    plan = layer(replace(start, inventory=inventory), bag).plan
    assert plan is not None
    assert [[n.split("/")[2] for n in layer] for layer in plan.layers] == [["a"], ["b", "c"], ["d"]]
    assert len(set(plan.node_digests.values())) == 4


def test_selecting_keeps_the_order_across_what_is_left_out(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    graph = select_nodes(diamond(expanded, bag), Selection(only=("m/a", "m/d")), bag)
    assert [(e.before, e.after, e.kind) for e in graph.edges] == [
        ("p/m/a/run", "p/m/d/run", "barrier")
    ]


def test_selecting_since_and_until(expanded: Expanded, bag: DiagnosticBag) -> None:
    graph = diamond(expanded, bag)
    assert set(select_nodes(graph, Selection(since=("m/b",)), bag).nodes) == {
        "p/m/b/run",
        "p/m/d/run",
    }
    assert set(select_nodes(graph, Selection(until=("m/b",)), bag).nodes) == {
        "p/m/a/run",
        "p/m/b/run",
    }


def test_selecting_hosts_narrows_nodes(expanded: Expanded, bag: DiagnosticBag) -> None:
    graph = select_nodes(diamond(expanded, bag), Selection(hosts=("d1",)), bag)
    assert {node.hosts for node in graph.nodes.values()} == {("d1",)}
    assert "p/m/c/run" not in graph.nodes


def test_selecting_nothing_is_an_error(expanded: Expanded, bag: DiagnosticBag) -> None:
    select_nodes(diamond(expanded, bag), Selection(only=("m/x*",), hosts=("w9",)), bag)
    assert [d.slug for d in bag.items] == ["selection-matches-nothing"] * 2
