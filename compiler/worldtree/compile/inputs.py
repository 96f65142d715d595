"""Digests of everything that a plan is made from, so that a stale one can be told by name."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from worldtree import __version__
from worldtree.ansible.emit import CARRIED, find_asset
from worldtree.ansible.inventory.external import ExternalInventory
from worldtree.ansible.late import with_lookups
from worldtree.ansible.roles import RoleIndex, RoleInfo
from worldtree.ansible.steps import Asset, kinds
from worldtree.plan.digests import digest
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.spec.cluster import Cluster

#: Fields of a cluster that say where it was read, not what it is.
_WHERE = {"directory", "file", "document"}


class Inputs:
    """The inputs of one cluster's plan; every file is read once."""

    def __init__(
        self, cluster: Cluster, roles: RoleIndex, external: ExternalInventory | None
    ) -> None:
        self._cluster = cluster
        self._roles = roles
        self._external = external
        self._files: dict[Path, str] = {}

    def digests(self, graph: ExecutionGraph) -> dict[str, str]:
        """Return input name to sha256 (hex): document, roles, files, templates, tools."""
        found = {
            "document": digest(self._cluster.model_dump(mode="json", exclude=_WHERE)),
            "tool:worldtree": digest(__version__),
            "tool:ansible-core": digest(version("ansible-core")),
        }
        for node in graph.nodes.values():
            for role in self._roles_of(node):
                found[f"role:{role.name}"] = role.digest
            for asset in self._assets_of(node):
                found[f"file:{asset.path}"] = self._of_asset(asset)
        for name in CARRIED:
            if (beside := self._cluster.path(name)).is_dir():
                found[f"directory:{name}"] = self._of_path(beside)
        for written in self._cluster.templates_path:
            found[f"templates:{written}"] = self._of_path(self._cluster.path(written))
        if self._external is not None:
            found["inventory"] = self._external.digest
        return dict(sorted(found.items()))

    def content(self, node: Node) -> str | None:
        """Return the digest of what stands behind ``node`` besides its data; None for nothing."""
        roles = [role.digest for role in self._roles_of(node)]
        files = [self._of_asset(asset) for asset in self._assets_of(node)]
        overlays = [
            self._of_path(self._cluster.path(written) / node.component)
            for written in self._cluster.templates_path
            if node.component
        ]
        return digest([roles, files, overlays]) if roles or files or overlays else None

    def _roles_of(self, node: Node) -> tuple[RoleInfo, ...]:
        role = self._roles.find(node.role) if node.role else None
        return self._roles.closure_of(role).roles if role else ()

    def _assets_of(self, node: Node) -> list[Asset]:
        if node.kind == "role":
            return []
        kind = kinds()[node.kind]
        return list(kind.assets(kind.parse(with_lookups(node.params))))

    def _of_asset(self, asset: Asset) -> str:
        overlays = [self._cluster.path(written) for written in self._cluster.templates_path]
        found = find_asset(asset, self._cluster.directory, overlays)
        return "absent" if found is None else self._of_path(found)

    def _of_path(self, path: Path) -> str:
        """Return the digest of a file or directory; that there is none is a value too."""
        if path not in self._files:
            self._files[path] = _digest_path(path)
        return self._files[path]


def _digest_path(path: Path) -> str:
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    if path.is_dir():
        return digest(
            [
                (item.relative_to(path).as_posix(), hashlib.sha256(item.read_bytes()).hexdigest())
                for item in sorted(path.rglob("*"))
                if item.is_file()
            ]
        )
    return "absent"
