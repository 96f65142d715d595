"""Finds the places in a document that make a cycle: the `needs` between its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from worldtree.core.errors import DocPath
from worldtree.spec.cluster import Cluster
from worldtree.spec.document import Document


class WrittenNeed(NamedTuple):
    """A need in a document; both sides are a module or ``module/task``."""

    own: str
    target: str
    place: DocPath
    line: int

    @property
    def is_of_itself(self) -> bool:
        """Whether it could never be met."""
        return f"{self.own}/".startswith(f"{self.target}/")


def written_needs(cluster: Cluster, document: Document) -> tuple[WrittenNeed, ...]:
    """Return all needs of the modules and tasks of a document, in its order."""
    return tuple(
        WrittenNeed(own, target, place, document.mark(place).line)
        for own, target, place in _needs(cluster)
    )


def needs_of_cycle(needs: Sequence[WrittenNeed], path: Sequence[str]) -> list[WrittenNeed]:
    """Return those of ``needs`` that a closed path of node ids follows, in its order."""
    found = [
        need
        for before, after in pairwise(path)
        for need in needs
        if _is_in(after, need.own) and _is_in(before, need.target) and not _is_in(before, need.own)
    ]
    return list(dict.fromkeys(found))


def needs_itself(needs: Sequence[WrittenNeed], path: Sequence[str]) -> bool:
    """Whether a cycle is that of a part that needs itself, which the check of needs reports."""
    if len({name.split("/")[1] for name in path}) > 1:
        return False
    return any(need.is_of_itself and any(_is_in(n, need.own) for n in path) for need in needs)


def _needs(cluster: Cluster) -> Iterator[tuple[str, str, DocPath]]:
    for module in cluster.modules:
        for need in module.needs:
            yield module.name, need.target, need.source or ()
        siblings = {task.name for task in module.tasks}
        for task in module.tasks:
            for need in task.needs:
                inside = need.target in siblings
                target = f"{module.name}/{need.target}" if inside else need.target
                yield f"{module.name}/{task.name}", target, need.source or ()


def _is_in(node: str, part: str) -> bool:
    """Whether a node's id is in the module or ``module/task`` ``part``."""
    return f"{node.partition('/')[2]}/".startswith(f"{part}/")
