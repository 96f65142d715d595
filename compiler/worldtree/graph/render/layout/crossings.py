"""Orders the vertices of each layer so that few lines cross."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Neighbours = Sequence[Sequence[int]]

#: Sweeps over all layers, of which more rarely help, and visits of vertices after which big graphs
#: make do with fewer.
_SWEEPS, _VISITS = 24, 500_000
#: Sweeps without improvement after which the rest is left out.
_PATIENCE = 6
#: Graphs with more steps are not polished by swapping neighbours, which takes long.
_POLISHED_STEPS = 3000


def untangle(
    layers: Sequence[Sequence[int]], above: Neighbours, below: Neighbours
) -> list[list[int]]:
    """Return the layers in an order with few crossings : barycentre sweeps, then swaps.

    The given order is the first try and settles ties, so that equal input gives equal output.
    """
    order = _by_depth_first(layers, above, below)
    best, fewest = [list(layer) for layer in layers], crossings(layers, below)
    stale = 0
    for sweep in range(min(_SWEEPS, 4 + _VISITS // max(1, len(above)))):
        found = crossings(order, below)
        if found < fewest:
            best, fewest, stale = [list(layer) for layer in order], found, 0
        else:
            stale += 1
        if not fewest or stale > _PATIENCE:
            break
        _sweep(order, *((above, 1) if sweep % 2 == 0 else (below, -1)))
    if fewest and sum(map(len, below)) <= _POLISHED_STEPS:
        _polish(best, above, below)
    return best


def crossings(layers: Sequence[Sequence[int]], below: Neighbours) -> int:
    """Return how many pairs of steps cross, counted with a binary indexed tree."""
    total = 0
    for upper, lower in pairwise(layers):
        place = {vertex: index for index, vertex in enumerate(lower)}
        size = len(lower)
        tree = [0] * (size + 1)
        seen = 0
        for vertex in upper:
            ends = [place[child] for child in below[vertex]]
            for end in ends:
                index, left = end + 1, 0
                while index:
                    left += tree[index]
                    index &= index - 1
                total += seen - left
            for end in ends:
                index = end + 1
                while index <= size:
                    tree[index] += 1
                    index += index & -index
            seen += len(ends)
    return total


def _by_depth_first(
    layers: Sequence[Sequence[int]], above: Neighbours, below: Neighbours
) -> list[list[int]]:
    """Place what hangs together next to each other, the order a person would write it down in."""
    order: list[list[int]] = [[] for _ in layers]
    layer_of = {vertex: index for index, layer in enumerate(layers) for vertex in layer}
    seen: set[int] = set()
    for start in (vertex for layer in layers for vertex in layer if not above[vertex]):
        todo = [start]
        while todo:
            vertex = todo.pop()
            if vertex not in seen:
                seen.add(vertex)
                order[layer_of[vertex]].append(vertex)
                todo.extend(reversed(below[vertex]))
    return order


def _sweep(order: list[list[int]], towards: Neighbours, direction: int) -> None:
    place = {vertex: float(index) for layer in order for index, vertex in enumerate(layer)}
    for layer in order[::direction]:
        centre = {
            vertex: sum(place[n] for n in towards[vertex]) / len(towards[vertex])
            if towards[vertex]
            else place[vertex]
            for vertex in layer
        }
        layer.sort(key=centre.__getitem__)
        for index, vertex in enumerate(layer):
            place[vertex] = float(index)


def _polish(order: list[list[int]], above: Neighbours, below: Neighbours) -> None:
    """Swap neighbours in a layer for as long as that removes crossings."""
    place = {vertex: index for layer in order for index, vertex in enumerate(layer)}
    for _ in range(_SWEEPS):
        improved = False
        for layer in order:
            for left in range(len(layer) - 1):
                a, b = layer[left], layer[left + 1]
                gain = 0
                for side in (above, below):
                    ends_a = [place[n] for n in side[a]]
                    ends_b = [place[n] for n in side[b]]
                    gain += sum((x > y) - (x < y) for x in ends_a for y in ends_b)
                if gain > 0:
                    layer[left], layer[left + 1] = b, a
                    place[a], place[b] = left + 1, left
                    improved = True
        if not improved:
            break
