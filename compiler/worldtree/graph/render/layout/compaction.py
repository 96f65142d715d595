"""Takes slack out of a placement: lines that are straight move as a whole towards their ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import inf

Neighbours = Sequence[Sequence[int]]
#: A neighbour in the layer and the distance to keep from it.
_Fence = tuple[int, float]

#: Rounds at most, and visits of vertices after which big drawings make do with fewer.
_ROUNDS, _VISITS = 40, 400_000
#: Vertices nearer than this are on one straight line.
_SAME = 0.01
#: Rounds end when no line moves further than this.
_STILL = 0.5


def settle(
    layers: Sequence[Sequence[int]],
    above: Neighbours,
    below: Neighbours,
    centre: Sequence[float],
    apart: Callable[[int, int], float],
) -> list[float]:
    """Return shorter lines for a placement that keeps ``apart(left, right)`` between neighbours.

    Each straight line goes to the mean of what it is joined to, as far as its neighbours in the
    layers let it; order, straightness and distances stay.
    """
    lines = _straight(layers, above, centre)
    at = list(centre)
    fences = _fences(layers, lines, apart)
    ends = [_ends(line, above, below) for line in lines]
    for _ in range(min(_ROUNDS, 4 + _VISITS // max(1, len(at)))):
        furthest = 0.0
        for line, joined, (left, right) in zip(lines, ends, fences, strict=True):
            low = max([at[vertex] + room for vertex, room in left], default=-inf)
            high = min([at[vertex] - room for vertex, room in right], default=inf)
            here = at[line[0]]
            if joined:
                wanted = sum(at[n] for n in joined) / len(joined)
            else:
                wanted = low if low > -inf else high if high < inf else here
            there = max(low, min(wanted, high))
            if low <= high and there != here:
                furthest = max(furthest, abs(there - here))
                for vertex in line:
                    at[vertex] = there
        if furthest < _STILL:
            break
    return at


def _ends(line: Sequence[int], above: Neighbours, below: Neighbours) -> list[int]:
    """Return what a line is joined to, apart from itself."""
    own = set(line)
    return [n for vertex in line for n in (*above[vertex], *below[vertex]) if n not in own]


def _fences(
    layers: Sequence[Sequence[int]],
    lines: Sequence[Sequence[int]],
    apart: Callable[[int, int], float],
) -> list[tuple[list[_Fence], list[_Fence]]]:
    """Return what keeps each line from going to the left and to the right."""
    left: dict[int, _Fence] = {}
    right: dict[int, _Fence] = {}
    for layer in layers:
        for a, b in pairwise(layer):
            left[b], right[a] = (a, apart(a, b)), (b, apart(a, b))
    return [
        ([left[v] for v in line if v in left], [right[v] for v in line if v in right])
        for line in lines
    ]


def _straight(
    layers: Sequence[Sequence[int]], above: Neighbours, centre: Sequence[float]
) -> list[list[int]]:
    """Return the vertices by the straight lines they are on, each once, from the top."""
    line_of: dict[int, list[int]] = {}
    lines: list[list[int]] = []
    continued: set[int] = set()
    for vertex in (vertex for layer in layers for vertex in layer):
        for before in above[vertex]:
            if before not in continued and abs(centre[before] - centre[vertex]) < _SAME:
                continued.add(before)
                line_of[vertex] = line_of[before]
                line_of[vertex].append(vertex)
                break
        else:
            line_of[vertex] = [vertex]
            lines.append(line_of[vertex])
    return lines
