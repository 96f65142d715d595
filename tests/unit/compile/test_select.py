"""The select pass: by names, hosts and tags, and where tags come from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from unit.compile.build import diamond, module, step, task
from worldtree.ansible.content.roles import RoleIndex
from worldtree.compile.passes.link import link_fragment
from worldtree.compile.passes.select import select_nodes as select_with
from worldtree.compile.selection import Selection
from worldtree.compile.tag_selection import work_of
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.fragment import Fragment
from worldtree.plan.specs import HookSpec

Expanded = Callable[..., Fragment]


def select_nodes(graph: ExecutionGraph, selection: Selection, bag: DiagnosticBag) -> ExecutionGraph:
    """Select in a graph without roles."""
    graph, cut = select_with(graph, selection, bag, work_of(RoleIndex()))
    assert not cut
    return graph


def tagged(expanded: Expanded, bag: DiagnosticBag) -> ExecutionGraph:
    """A module, tasks and steps with tags."""
    modules = (
        module(
            "m",
            task("a", step("one"), step("two", tags=("b",)), tags=("a",)),
            task("b", step("one", tags=("b", "m")), needs=("a",)),
            task("c", step("watch", tags=("always",))),
            tags=("m",),
        ),
        module("plain", task("a")),
    )
    return link_fragment(expanded(*modules), "p", bag)


def test_parts_that_leave_nothing_together_are_an_error(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    select_nodes(tagged(expanded, bag), Selection(only=("m/a",), since=("m/b",)), bag)
    assert [d.slug for d in bag.items] == ["selection-matches-nothing"]


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("two", "did you mean `m/a/two`?"),
        ("one", "did you mean `m/a/one` or `m/b/one`?"),
        ("b", "did you mean `m/b`?"),
        ("t*o", "did you mean `m/a/two`?"),
        ("wacth", "did you mean `m/c/watch`?"),
        ("c/wacth", "did you mean `m/c/watch`?"),
        ("plian", "did you mean `plain`?"),
        ("p/m/a/twoo", "did you mean `m/a/two`?"),
        ("database", "`wt plan` lists the nodes"),
    ],
)
def test_a_pattern_without_a_match_gets_a_suggestion(
    pattern: str, hint: str, expanded: Expanded, bag: DiagnosticBag
) -> None:
    select_nodes(tagged(expanded, bag), Selection(only=(pattern,)), bag)
    assert [d.hint for d in bag.items] == [hint]


def test_tags_come_from_module_task_and_step_each_once(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    found = {name: node.tags for name, node in tagged(expanded, bag).nodes.items()}
    assert found == {
        "p/m/a/one": ("m", "a"),
        "p/m/a/two": ("m", "a", "b"),
        "p/m/b/one": ("m", "b"),
        "p/m/c/watch": ("m", "always"),
        "p/plain/a/run": (),
    }


def test_selecting_tags_takes_their_union_and_always(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    """Needs pull nothing in, as with `only`; order is kept across what is left out."""
    whole = tagged(expanded, bag)
    assert set(select_nodes(whole, Selection(tags=("a",)), bag).nodes) == {
        "p/m/a/one",
        "p/m/a/two",
        "p/m/c/watch",
    }
    both = select_nodes(whole, Selection(tags=("b", "a"), only=("m/a/one", "m/b")), bag)
    assert [(edge.before, edge.after) for edge in both.edges] == [("p/m/a/one", "p/m/b/one")]
    assert set(select_nodes(whole, Selection(tags=("always",)), bag).nodes) == {"p/m/c/watch"}
    assert not bag.items


def test_an_unknown_tag_is_an_error_with_the_nearest(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    bare = link_fragment(expanded(module("m", task("a"))), "p", bag)
    select_nodes(bare, Selection(tags=("x",)), bag)
    select_nodes(
        link_fragment(expanded(module("m", task("a"), tags=("deploy",))), "p", bag),
        Selection(tags=("deploi", "deploy")),
        bag,
    )
    assert [d.slug for d in bag.items] == ["unknown-tag"] * 2
    assert "Nothing in the document has tags." in bag.items[0].detail
    assert "`deploy`" in bag.items[1].hint


def test_hooks_have_the_tags_of_what_they_stand_at(expanded: Expanded, bag: DiagnosticBag) -> None:
    """Who selects the work means what belongs to it."""
    hooks = [
        HookSpec(name="drain", when="before", target=target, step=step("run", tags=("own",)))
        for target in ("", "m", "m/a", "m/a/one")
    ]
    whole = module("m", task("a", step("one", tags=("s",)), tags=("t",)), tags=("u",))
    graph = link_fragment(expanded(whole, hooks=tuple(hooks)), "p", bag)
    assert {name: node.tags for name, node in graph.nodes.items() if node.step != "one"} == {
        "p/hooks/before/drain": ("own",),
        "p/m/before/drain": ("u", "own"),
        "p/m/a/before-drain": ("u", "t", "own"),
        "p/m/a/before-one-drain": ("u", "t", "s", "own"),
    }


def test_nodes_left_out_are_named_with_what_comes_next_after_them(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    """So that what they learnt in an earlier task is known to those after them, and to no other."""
    graph = link_fragment(
        expanded(
            module(
                "m",
                task("a"),
                task("b", needs=("a",)),
                task("c", needs=("b",)),
                task("d", needs=("c",)),
                task("e", needs=("d",)),
                task("beside"),
            )
        ),
        "p",
        bag,
    )
    found = select_nodes(graph, Selection(only=("m/c", "m/d")), bag).left_out
    short = {
        name.split("/")[2]: [one.split("/")[2] for one in after] for name, after in found.items()
    }
    assert short == {"a": ["c"], "b": ["c"]}
    assert select_nodes(graph, Selection(), bag).left_out == {}


def test_selecting_keeps_the_order_across_what_is_left_out(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    graph = select_nodes(
        link_fragment(expanded(diamond()), "p", bag), Selection(only=("m/a", "m/d")), bag
    )
    assert [(e.before, e.after, e.kind) for e in graph.edges] == [
        ("p/m/a/run", "p/m/d/run", "barrier")
    ]


def test_selecting_since_and_until(expanded: Expanded, bag: DiagnosticBag) -> None:
    graph = link_fragment(expanded(diamond()), "p", bag)
    assert set(select_nodes(graph, Selection(since=("m/b",)), bag).nodes) == {
        "p/m/b/run",
        "p/m/d/run",
    }
    assert set(select_nodes(graph, Selection(until=("m/b",)), bag).nodes) == {
        "p/m/a/run",
        "p/m/b/run",
    }


def test_selecting_hosts_narrows_nodes(expanded: Expanded, bag: DiagnosticBag) -> None:
    graph = select_nodes(
        link_fragment(expanded(diamond()), "p", bag), Selection(hosts=("d1",)), bag
    )
    assert {node.hosts for node in graph.nodes.values()} == {("d1",)}
    assert "p/m/c/run" not in graph.nodes


def test_selecting_nothing_is_an_error(expanded: Expanded, bag: DiagnosticBag) -> None:
    select_nodes(
        link_fragment(expanded(diamond()), "p", bag), Selection(only=("m/x*",), hosts=("w9",)), bag
    )
    assert [d.slug for d in bag.items] == ["selection-matches-nothing"] * 2
