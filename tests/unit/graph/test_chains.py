"""Chains cut a graph into its lines."""

from __future__ import annotations

import itertools

from hypothesis import given

from unit.graph.strategies import dags, pairs
from worldtree.graph import Dag


def joinable(_source: str, _target: str, kind: str) -> bool:
    return kind != "hint"


@given(dags)
def test_chains_partition_the_nodes_along_edges(dag: Dag) -> None:
    chains = dag.chains(joinable)
    assert sorted(node for chain in chains for node in chain) == list(dag.nodes)
    for chain in chains:
        for a, b in itertools.pairwise(chain):
            assert dag.successors(a) == (b,)
            assert dag.predecessors(b) == (a,)
            assert dag.kind(a, b) != "hint"


@given(dags)
def test_chains_are_maximal(dag: Dag) -> None:
    chains = dag.chains(joinable)
    first = {chain[0] for chain in chains}
    for chain in chains:
        after = dag.successors(chain[-1])
        assert not (
            len(after) == 1
            and after[0] in first
            and dag.predecessors(after[0]) == (chain[-1],)
            and dag.kind(chain[-1], after[0]) != "hint"
        )


@given(dags)
def test_joining_chains_never_makes_a_cycle(dag: Dag) -> None:
    chain_of = {node: chain[0] for chain in dag.chains() for node in chain}
    edges = {(chain_of[a], chain_of[b], kind) for a, b, kind in dag.edges}
    joined = Dag(set(chain_of.values()), [edge for edge in edges if edge[0] != edge[1]], merge=min)
    assert len(joined) == len(dag.chains())


def test_a_fork_and_a_join_end_a_chain() -> None:
    dag = Dag("abcdef", pairs("ab", "bc", "bd", "ce", "de", "ef"))
    assert dag.chains() == (("a", "b"), ("c",), ("d",), ("e", "f"))
