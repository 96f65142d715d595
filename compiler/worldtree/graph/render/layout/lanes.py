"""Cuts edges that pass layers into steps from layer to layer, through lanes kept free for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worldtree.graph.render.layout.bundles import Bundle

#: ``(from, to)`` in neighbouring layers; vertices are nodes or lanes.
Step = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Strand:
    """The way of a bundle through the layers."""

    bundle: Bundle
    steps: tuple[Step, ...]
    #: Steps that are drawn through the point where a bundle with a hub meets; all of them lie
    #: between the same two layers.
    through_hub: tuple[Step, ...]


@dataclass(slots=True)
class Lanes:
    """A graph in which every step leads to the next layer; vertices from ``nodes`` on are lanes."""

    nodes: int
    layers: list[list[int]]
    strands: list[Strand]
    above: list[list[int]]
    below: list[list[int]]


def cut(layers: Sequence[Sequence[int]], bundles: Sequence[Bundle]) -> Lanes:
    """Return the graph with lanes; a bundle needs at most two lanes per layer that it passes."""
    depth = {node: index for index, layer in enumerate(layers) for node in layer}
    lanes = Lanes(len(depth), [list(layer) for layer in layers], [], [], [])
    total = len(depth)
    for bundle in bundles:
        gap = max(depth[source] for source in bundle.sources)
        if len(bundle.sources) > 1 and len(bundle.targets) == 1:
            gap = depth[bundle.targets[0]] - 1
        steps: dict[Step, None] = {}
        first = min(depth[source] for source in bundle.sources)
        last = max(depth[target] for target in bundle.targets)
        inner = range(first + 1, last)
        lane = dict(zip(inner, range(total, total + len(inner)), strict=True))
        for layer in inner:
            lanes.layers[layer].append(lane[layer])
        total += len(inner)
        for source in bundle.sources:
            if depth[source] < gap:
                steps[source, lane[depth[source] + 1]] = None
        for target in bundle.targets:
            if depth[target] > gap + 1:
                steps[lane[depth[target] - 1], target] = None
        steps.update({(lane[i], lane[i + 1]): None for i in inner if i != gap and i + 1 in lane})
        meeting = _meeting(bundle, depth, lane, gap)
        steps.update(dict.fromkeys(meeting))
        lanes.strands.append(Strand(bundle, tuple(steps), tuple(meeting) if bundle.has_hub else ()))
    lanes.above = [[] for _ in range(total)]
    lanes.below = [[] for _ in range(total)]
    for a, b in (step for strand in lanes.strands for step in strand.steps):
        lanes.below[a].append(b)
        lanes.above[b].append(a)
    return lanes


def _meeting(
    bundle: Bundle, depth: Mapping[int, int], lane: Mapping[int, int], gap: int
) -> list[Step]:
    """Return the steps across the gap, where everything from before meets everything after."""
    before = [source for source in bundle.sources if depth[source] == gap]
    after = [target for target in bundle.targets if depth[target] == gap + 1]
    if gap in lane and len(before) < len(bundle.sources):
        before.append(lane[gap])
    if gap + 1 in lane and len(after) < len(bundle.targets):
        after.append(lane[gap + 1])
    return [(a, b) for a in before for b in after]
