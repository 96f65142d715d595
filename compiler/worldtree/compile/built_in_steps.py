"""The built-in steps of one cluster's nodes, read once for all passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from worldtree.ansible.bundle import find_asset
from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.ansible.steps import Asset, StepKind, kinds
from worldtree.plan.node import Node
from worldtree.spec.cluster import Cluster

#: Returns the texts of the templates that a node's step renders.
Templates = Callable[[Node], Iterable[str]]


def no_templates(_: Node) -> Iterable[str]:
    """Return nothing for any node."""
    return ()


class BuiltInSteps:
    """Parameters of nodes' steps, and files beside the document or in its ``templatesPath``."""

    def __init__(self, cluster: Cluster) -> None:
        self._directory = cluster.directory
        self._overlays = [cluster.path(written) for written in cluster.templates_path]
        #: By the identity of parameters, which passes keep when they copy a node with changes. They
        #: are kept here so that no others get the same.
        self._known: dict[tuple[str, int], tuple[Any, tuple[StepKind[Any], Any] | None]] = {}

    def of(self, node: Node) -> tuple[StepKind[Any], Any] | None:
        """Return the kind and the typed parameters of a node's step.

        None for roles and plays, and for an invalid step, which pass ``steps`` reports.
        """
        if node.calls_team_code:
            return None
        key = (node.kind, id(node.params))
        if key not in self._known:
            self._known[key] = node.params, _read(node)
        return self._known[key][1]

    def assets(self, node: Node) -> Sequence[Asset]:
        """Return the files of the document that a node's step reads."""
        found = self.of(node)
        return () if found is None else found[0].assets(found[1])

    def found(self, asset: Asset) -> Path | None:
        """Return the path of an asset; None if it does not exist."""
        return find_asset(asset, self._directory, self._overlays)

    def templates(self, node: Node) -> Iterator[str]:
        """Yield the texts of the templates that a built-in step renders."""
        for asset in self.assets(node):
            found = self.found(asset) if asset.place == "templates" else None
            if found is not None and found.is_file():
                yield found.read_bytes().decode(errors="ignore")


def _read(node: Node) -> tuple[StepKind[Any], Any] | None:
    try:
        kind = kinds()[node.kind]
        return kind, kind.parse(with_lookups(node.params))
    except (KeyError, ValidationError):
        return None
