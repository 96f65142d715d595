"""Gives every vertex a coordinate along its layer: long lines straight, nodes centred.

The method of Brandes and Köpf (2001): four extreme placements, each of which lines vertices up with
a median neighbour, are balanced into one. Lines through lanes come out straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor

from worldtree.graph.render.layout.compaction import settle

Neighbours = Sequence[Sequence[int]]


def place(
    layers: Sequence[Sequence[int]],
    above: Neighbours,
    below: Neighbours,
    size: Sequence[float],
    nodes: int,
    gap: float,
) -> list[float]:
    """Return the centre of every vertex; the smallest edge of all vertices is at 0.

    ``size`` is each vertex' extent along the layer; vertices from ``nodes`` on are lanes, which
    need half the ``gap`` to their neighbours.
    """
    count = len(size)
    if not count:
        return []
    gaps = [gap if vertex < nodes else gap / 2 for vertex in range(count)]
    banned = _crossing_lanes(layers, above, nodes)
    found: list[list[float]] = []
    for upwards in (True, False):
        for mirrored in (False, True):
            rows = [list(reversed(row)) if mirrored else list(row) for row in layers]
            rows = rows if upwards else rows[::-1]
            root = _align(rows, above if upwards else below, banned)
            at = _compact(rows, root, size, gaps)
            found.append([-x for x in at] if mirrored else at)

    def apart(a: int, b: int) -> float:
        return (size[a] + size[b] + gaps[a] + gaps[b]) / 2

    centre = settle(layers, above, below, _balance(found), apart)
    return _squeeze(centre, size, 1.5 * gap)


def _crossing_lanes(
    layers: Sequence[Sequence[int]], above: Neighbours, nodes: int
) -> set[tuple[int, int]]:
    """Return the steps that cross a step between two lanes: those must give way."""
    banned: set[tuple[int, int]] = set()
    for upper, lower in pairwise(layers):
        position = {vertex: index for index, vertex in enumerate(upper)}
        scanned, left = 0, 0
        for index, vertex in enumerate(lower):
            lane = -1
            if vertex >= nodes:
                lane = next((position[n] for n in above[vertex] if n >= nodes), -1)
            if lane < 0 and index < len(lower) - 1:
                continue
            right = lane if lane >= 0 else len(upper)
            for other in lower[scanned : index + 1]:
                for n in above[other]:
                    if not left <= position[n] <= right and not (n >= nodes and other >= nodes):
                        banned.add((n, other))
            scanned, left = index + 1, max(lane, 0)
    return banned


def _align(
    rows: Sequence[Sequence[int]], towards: Neighbours, banned: set[tuple[int, int]]
) -> list[int]:
    """Return for each vertex the first of the block it is lined up with."""
    root = list(range(len(towards)))
    position = {vertex: index for row in rows for index, vertex in enumerate(row)}
    for row in rows:
        reached = -1
        for vertex in row:
            near = sorted(towards[vertex], key=position.__getitem__)
            middle = (len(near) - 1) / 2
            for choice in near[floor(middle) : ceil(middle) + 1] if near else ():
                kept = not {(choice, vertex), (vertex, choice)} & banned
                if kept and position[choice] > reached:
                    root[vertex] = root[choice]
                    reached = position[choice]
                    break
    return root


def _compact(
    rows: Sequence[Sequence[int]], root: Sequence[int], size: Sequence[float], gaps: Sequence[float]
) -> list[float]:
    """Push all blocks to the left as far as they go, then back to what they hang on."""
    after: dict[int, dict[int, float]] = {}
    before: dict[int, dict[int, float]] = {}
    for row in rows:
        for a, b in pairwise(row):
            apart = (size[a] + size[b] + gaps[a] + gaps[b]) / 2
            left, right = root[a], root[b]
            apart = max(apart, after.setdefault(left, {}).get(right, 0.0))
            after[left][right] = before.setdefault(right, {})[left] = apart
    blocks = list(dict.fromkeys(root[vertex] for row in rows for vertex in row))
    waiting = {block: len(before.get(block, ())) for block in blocks}
    order = [block for block in blocks if not waiting[block]]
    for block in order:
        for other in after.get(block, ()):
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    at: dict[int, float] = {}
    for block in order:
        at[block] = max((at[b] + apart for b, apart in before.get(block, {}).items()), default=0.0)
    for block in reversed(order):
        if after.get(block):
            at[block] = max(at[block], min(at[b] - d for b, d in after[block].items()))
    return [at[block] for block in root]


def _balance(found: Sequence[Sequence[float]]) -> list[float]:
    """Lay the four placements over the narrowest and take the mean of the middle two."""
    spans = [(min(at), max(at)) for at in found]
    low, high = min(spans, key=lambda span: span[1] - span[0])
    shifts = [
        low - span[0] if index % 2 == 0 else high - span[1] for index, span in enumerate(spans)
    ]
    centre = []
    for choices in zip(*found, strict=True):
        four = sorted(x + shift for x, shift in zip(choices, shifts, strict=True))
        centre.append((four[1] + four[2]) / 2)
    return centre


def _squeeze(centre: Sequence[float], size: Sequence[float], widest: float) -> list[float]:
    """Narrow the stretches in which no vertex is, and begin at 0."""
    squeezed = list(centre)
    reached, shift = None, 0.0
    for vertex in sorted(range(len(size)), key=lambda v: centre[v] - size[v] / 2):
        low = centre[vertex] - size[vertex] / 2
        if reached is None:
            shift = -low
        elif low - reached > widest:
            shift -= low - reached - widest
        squeezed[vertex] += shift
        high = centre[vertex] + size[vertex] / 2
        reached = high if reached is None else max(reached, high)
    return squeezed
