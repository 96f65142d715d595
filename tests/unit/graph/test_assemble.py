"""Everything wrong with raw input is found at once and named."""

from __future__ import annotations

import pytest

from worldtree.graph import (
    ConflictingEdgeError,
    CycleError,
    Dag,
    DanglingEdgeError,
    DuplicateNodeError,
    find_problems,
)


def test_a_sound_graph_has_no_problems() -> None:
    assert find_problems("ab", [("a", "b")]) == []


def test_every_problem_is_reported_in_one_go() -> None:
    edges = [("a", "z", ""), ("y", "y", ""), ("a", "b", "p"), ("a", "b", "q"), ("b", "a", "")]
    found = find_problems("aab", edges)
    assert [type(problem) for problem in found] == [
        DuplicateNodeError,
        ConflictingEdgeError,
        DanglingEdgeError,
        DanglingEdgeError,
        CycleError,
    ]
    assert [problem.message for problem in found] == [
        "duplicate node `a`",
        "edge `a` → `b` is both `p` and `q`",
        "edge `a` → `z` needs `z`, which does not exist",
        "edge `y` → `y` needs `y`, which does not exist",
        "cycle: a → b → a",
    ]


def test_building_raises_the_first_problem() -> None:
    with pytest.raises(DuplicateNodeError) as caught:
        Dag("aa", [("a", "z")])
    assert caught.value.node == "a"


def test_a_dangling_edge_names_both_ends_when_both_are_missing() -> None:
    with pytest.raises(DanglingEdgeError, match="needs `y` and `z`") as caught:
        Dag("a", [("y", "z")])
    assert (caught.value.source, caught.value.target) == ("y", "z")
    assert caught.value.missing == ("y", "z")


def test_an_edge_given_twice_counts_once() -> None:
    assert Dag("ab", [("a", "b", "x"), ("a", "b", "x")]).edges == (("a", "b", "x"),)


def test_merge_settles_an_edge_of_two_kinds() -> None:
    for edges in ([("a", "b", "x"), ("a", "b", "y")], [("a", "b", "y"), ("a", "b", "x")]):
        assert Dag("ab", edges, merge=max).kind("a", "b") == "y"
        with pytest.raises(ConflictingEdgeError) as caught:
            Dag("ab", edges)
        assert caught.value.kinds == ("x", "y")
