"""The fragment algebra keeps its laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.plan.fragment import DuplicateNodeError, Fragment
from worldtree.plan.node import Edge, Node


def node(name: str, **changes: object) -> Node:
    return Node.model_validate({"id": name, "kind": "command", "hosts": ("h1",), **changes})


def fragments(names: str) -> st.SearchStrategy[Fragment]:
    """Random acyclic fragments over (a subset of) the given one-letter names."""

    @st.composite
    def build(draw: st.DrawFn) -> Fragment:
        chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=4))
        pairs = [(a, b) for i, a in enumerate(chosen) for b in chosen[i + 1 :]]
        edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
        return Fragment(
            {name: node(name) for name in chosen},
            frozenset(Edge(before=a, after=b) for a, b in edges),
        )

    return build()


def same(left: Fragment, right: Fragment) -> bool:
    return dict(left.nodes) == dict(right.nodes) and left.edges == right.edges


@given(fragments("abcd"), fragments("efgh"), fragments("ijkl"))
def test_both_operators_are_associative(a: Fragment, b: Fragment, c: Fragment) -> None:
    assert same((a >> b) >> c, a >> (b >> c))
    assert same((a | b) | c, a | (b | c))


@given(fragments("abcdef"), fragments("defghi"))
def test_beside_is_commutative_and_idempotent(a: Fragment, b: Fragment) -> None:
    assert same(a | b, b | a)
    assert same(a | a, a)


@given(fragments("abcd"))
def test_the_empty_fragment_is_the_identity(a: Fragment) -> None:
    empty = Fragment()
    assert same(a >> empty, a)
    assert same(empty >> a, a)
    assert same(a | empty, a)


@given(fragments("abcd"), fragments("efgh"))
def test_then_takes_its_ends_from_its_parts(a: Fragment, b: Fragment) -> None:
    both = a >> b
    if len(a):
        assert set(both.entries) == set(a.entries)
    if len(b):
        assert set(both.exits) == set(b.exits)


@given(st.lists(fragments("abcdefgh"), max_size=6))
def test_many_beside_at_once_equal_a_chain_of_two(parts: list[Fragment]) -> None:
    chained = Fragment()
    for part in parts:
        chained = chained | part
    assert same(Fragment.beside(parts), chained)


def test_one_id_for_two_different_nodes_is_refused() -> None:
    with pytest.raises(DuplicateNodeError, match="a") as caught:
        Fragment.of(node("a")) | Fragment.of(node("a", hosts=("h2",)))
    assert [n.hosts for n in caught.value.nodes] == [("h1",), ("h2",)]
