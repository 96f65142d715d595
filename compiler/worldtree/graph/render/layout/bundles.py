"""Gathers edges that can be drawn as one: every source of a bundle is joined to every target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Bundle(NamedTuple):
    """Edges of one kind from each of ``sources`` to each of ``targets``."""

    kind: str
    sources: tuple[int, ...]
    targets: tuple[int, ...]

    @property
    def has_hub(self) -> bool:
        """Whether the edges meet in one point between many sources and many targets."""
        return len(self.sources) > 1 and len(self.targets) > 1


def gather(edges: Sequence[tuple[int, int, str]]) -> list[Bundle]:
    """Return bundles that hold every edge once; a drawing of them says nothing that is not so.

    Targets that follow exactly the same sources become a hub when it takes fewer lines than the
    edges would; each other edge goes to its busier end.
    """
    sources_of: dict[tuple[int, str], list[int]] = {}
    for source, target, kind in sorted(edges):
        sources_of.setdefault((target, kind), []).append(source)
    alike: dict[tuple[tuple[int, ...], str], list[int]] = {}
    for (target, kind), found in sources_of.items():
        alike.setdefault((tuple(found), kind), []).append(target)
    bundles: list[Bundle] = []
    loose: list[tuple[int, int, str]] = []
    for (sources, kind), targets in alike.items():
        if len(sources) * len(targets) > len(sources) + len(targets):
            bundles.append(Bundle(kind, sources, tuple(sorted(targets))))
        else:
            loose.extend((source, target, kind) for target in targets for source in sources)
    return bundles + _fans(loose)


def _fans(edges: Sequence[tuple[int, int, str]]) -> list[Bundle]:
    out: dict[tuple[int, str], int] = {}
    into: dict[tuple[int, str], int] = {}
    for source, target, kind in edges:
        out[source, kind] = out.get((source, kind), 0) + 1
        into[target, kind] = into.get((target, kind), 0) + 1
    fans: dict[tuple[str, int, str], list[int]] = {}
    for source, target, kind in sorted(edges):
        if into[target, kind] > out[source, kind]:
            fans.setdefault(("into", target, kind), []).append(source)
        else:
            fans.setdefault(("out", source, kind), []).append(target)
    return [
        Bundle(kind, tuple(ends), (root,)) if way == "into" else Bundle(kind, (root,), tuple(ends))
        for (way, root, kind), ends in fans.items()
    ]
