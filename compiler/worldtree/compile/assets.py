"""Finds the files and templates that built-in steps read, for one cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from worldtree.ansible.bundle import find_asset
from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.ansible.steps import Asset, kinds
from worldtree.plan.node import Node
from worldtree.spec.cluster import Cluster

#: Returns the texts of the templates that a node's step renders.
Templates = Callable[[Node], Iterable[str]]


def no_templates(_: Node) -> Iterable[str]:
    """Return nothing for any node."""
    return ()


class StepAssets:
    """Finds the files and templates of nodes: beside the document, or in its ``templatesPath``."""

    def __init__(self, cluster: Cluster) -> None:
        self._directory = cluster.directory
        self._overlays = [cluster.path(written) for written in cluster.templates_path]
        #: By the identity of a node, which is kept so that no other gets the same.
        self._known: dict[int, tuple[Node, Sequence[Asset]]] = {}

    def of(self, node: Node) -> Sequence[Asset]:
        """Return what a node's step reads; nothing for a role, or for an invalid step."""
        if id(node) not in self._known:
            self._known[id(node)] = node, self._read_by(node)
        return self._known[id(node)][1]

    def _read_by(self, node: Node) -> Sequence[Asset]:
        if node.calls_team_code:
            return ()
        try:
            kind = kinds()[node.kind]
            return tuple(kind.assets(kind.parse(with_lookups(node.params))))
        except (KeyError, ValidationError):  # Pass ``steps`` reports it.
            return ()

    def found(self, asset: Asset) -> Path | None:
        """Return the path of an asset; None if it does not exist."""
        return find_asset(asset, self._directory, self._overlays)

    def templates(self, node: Node) -> Iterator[str]:
        """Yield the texts of the templates that a built-in step renders."""
        for asset in self.of(node):
            found = self.found(asset) if asset.place == "templates" else None
            if found is not None and found.is_file():
                yield found.read_bytes().decode(errors="ignore")
