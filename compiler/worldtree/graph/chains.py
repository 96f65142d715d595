"""Finds the chains of a graph: nodes in a line, which can run as one unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

#: Says whether two neighbours ``(source, target, kind)`` may be in one chain.
MayJoin = Callable[[str, str, str], bool]


def find_chains(
    order: Sequence[str],
    after: Mapping[str, Sequence[str]],
    before: Mapping[str, Sequence[str]],
    kinds: Mapping[str, Mapping[str, str]],
    may_join: MayJoin | None,
) -> tuple[tuple[str, ...], ...]:
    """Partition ``order`` (topological) into maximal chains, each begun by its first node."""
    chain_of: dict[str, list[str]] = {}
    chains: list[list[str]] = []
    for node in order:
        previous = before[node]
        if (
            len(previous) == 1
            and len(after[previous[0]]) == 1
            and (may_join is None or may_join(previous[0], node, kinds[previous[0]][node]))
        ):
            chain_of[node] = chain_of[previous[0]]
            chain_of[node].append(node)
        else:
            chain_of[node] = [node]
            chains.append(chain_of[node])
    return tuple(tuple(chain) for chain in chains)
