"""Heaviest paths: the minimum duration of the whole at unlimited parallelism."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Path(NamedTuple):
    """Nodes from first to last and the sum of their weights; empty for an empty graph."""

    nodes: tuple[str, ...]
    weight: float


def heaviest_path(
    order: Sequence[str],
    before: Mapping[str, Sequence[str]],
    weights: Mapping[str, float],
    default: float,
) -> Path:
    """Return the heaviest path; ``order`` is topological, a negative weight a ``ValueError``."""
    best: dict[str, float] = {}
    came_from: dict[str, str | None] = {}
    for node in order:
        weight = weights.get(node, default)
        if not weight >= 0:
            raise ValueError(f"weight of `{node}` is {weight}, it must be zero or more")
        previous = _heaviest(before[node], best)
        came_from[node] = previous
        best[node] = weight + (best[previous] if previous is not None else 0.0)
    last = _heaviest(order, best)
    if last is None:
        return Path((), 0.0)
    path = []
    node_or_none: str | None = last
    while node_or_none is not None:
        path.append(node_or_none)
        node_or_none = came_from[node_or_none]
    return Path(tuple(reversed(path)), best[last])


def _heaviest(nodes: Sequence[str], best: Mapping[str, float]) -> str | None:
    return min(nodes, key=lambda node: (-best[node], node), default=None)
