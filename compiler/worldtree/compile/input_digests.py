"""Digests of everything that a plan is made from; they show which input of a plan changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from worldtree import __version__
from worldtree.ansible.bundle import COPIED_DIRECTORIES
from worldtree.ansible.content.file_digests import content_digest
from worldtree.ansible.content.file_modes import (
    REGULAR_MODE,
    compared_mode,
    mode_mark,
    permissions,
)
from worldtree.ansible.content.roles import RoleIndex, RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.team_config import TeamConfig
from worldtree.ansible.steps import Asset
from worldtree.compile.built_in_steps import BuiltInSteps
from worldtree.compile.carried_files import CarriedFiles
from worldtree.compile.cluster_inventory import ClusterInventory
from worldtree.compile.role_checks.context import called_role
from worldtree.core.file_digest import file_digest
from worldtree.plan.digests import digest
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.spec.cluster import Cluster

#: Fields of a cluster that hold where it was read, not what it is.
_LOCATION_FIELDS = {"directory", "file", "document"}
#: Keys that count only where they are set, so that a document which does not use them keeps the
#: digest that it had before they existed.
_CLUSTER_DEFAULTS: dict[str, Any] = {"artifacts": [], "packages": [], "distribution": None}
_TASK_DEFAULTS = {"on_empty": "error"}
_STEP_DEFAULTS: dict[str, Any] = {"play": None, "vars_files": []}
_ANSIBLE_DEFAULTS: dict[str, Any] = {
    "warm": True,
    "carry": [],
    "carried_for": [],
    "environment": [],
    "shipped_roles": [],
}
#: Stands for the digest of what is not there.
ABSENT = "absent"
#: Settings of the places of plugins that get all variables where a text names them.
_READERS = ("action_plugins", "filter_plugins", "lookup_plugins", "test_plugins")
#: A file of variables, or a directory of them.
_VARIABLE_ENDINGS = (".yml", ".yaml", ".json", "")


def cluster_digest(cluster: Cluster) -> str:
    """Return the digest of what a document says, wherever it was read."""
    found = cluster.model_dump(mode="json", exclude=_LOCATION_FIELDS)
    # What is not set keeps the digest that a document had before the key existed.
    found["ansible"] = {key: value for key, value in found["ansible"].items() if value is not None}
    _drop_defaults(found, _CLUSTER_DEFAULTS)
    _drop_defaults(found["ansible"], _ANSIBLE_DEFAULTS)
    if len(inventories := found["inventory"]) < 2:
        found["inventory"] = inventories[0] if inventories else None
    steps = [hook["step"] for hook in found["hooks"]]
    for module in found["modules"]:
        for task in module["tasks"]:
            _drop_defaults(task, _TASK_DEFAULTS)
            steps += task["steps"]
    for step in steps:
        _drop_defaults(step, _STEP_DEFAULTS)
    return digest(found)


def _drop_defaults(found: dict[str, Any], defaults: Mapping[str, Any]) -> None:
    for name, default in defaults.items():
        if found[name] == default:
            del found[name]


class InputDigests:
    """The inputs of one cluster's plan; every file is read once."""

    def __init__(
        self,
        cluster: Cluster,
        roles: RoleIndex,
        inventory: ClusterInventory,
        graph: ExecutionGraph,
        config: TeamConfig,
        carried: CarriedFiles,
        steps: BuiltInSteps,
    ) -> None:
        self._of_carried = carried
        self._config = config
        self._graph = graph
        self._is_there: dict[str, bool] = {}
        self._cluster = cluster
        self._steps = steps
        self._roles = roles
        self._inventory = inventory
        self._files: dict[Path, str] = {}

    def digests(self) -> dict[str, str]:
        """Return input name to sha256 (hex): document, roles, files, templates, tools."""
        found = {
            "document": cluster_digest(self._written()),
            "tool:worldtree": digest(__version__),
            "tool:ansible-core": digest(version("ansible-core")),
        }
        for node in self._graph.nodes.values():
            for role in self.roles_of(node):
                if isinstance(role, PlayInfo):
                    for one in role.content:
                        found[f"file:{one.relative}"] = self._of_path(one.path)
                else:
                    found[f"role:{role.name}"] = role.digest
            for asset in self._steps.assets(node):
                found[f"file:{asset.path}"] = self._of_asset(asset)
        for name in COPIED_DIRECTORIES:
            if (beside := self._cluster.path(name)).is_dir():
                found[f"directory:{name}"] = self._of_path(beside)
        for written in self._cluster.templates_path:
            found[f"templates:{written}"] = self._of_path(self._cluster.path(written))
        for path, file in self._of_carried.files.items():
            found[f"file:{path}"] = self._of_path(file.path)
        if self._config.path is not None:
            found["ansible.cfg"] = digest([self._config.settings, self._plugins])
        if self._inventory.external is not None:
            found["inventory"] = self._inventory.external.digest
        return dict(sorted(found.items()))

    def _written(self) -> Cluster:
        """Return the cluster with the hosts and groups of the document alone."""
        alone = self._inventory.written
        if alone is None:
            return self._cluster
        return self._cluster.model_copy(update={"hosts": alone.hosts, "groups": alone.groups})

    def content(self, node: Node) -> str | None:
        """Return the digest of the roles and files that ``node`` uses; None if it uses none."""
        roles = [role.digest for role in self.roles_of(node)]
        files = [self._of_asset(asset) for asset in self._steps.assets(node)]
        overlays = [
            self._of_path(self._cluster.path(written) / node.component)
            for written in self._cluster.templates_path
            if node.component
        ]
        parts: list[Any] = [roles, self._collections_of(node), files, overlays]
        if self._changes_results is not None:
            parts.append(self._changes_results)
        if carried := self._carried_files(node):
            parts.append(carried)
        return digest(parts) if any(parts) else None

    def _carried_files(self, node: Node) -> list[list[str]]:
        found = self.carried_files(self.roles_of(node))
        return [[name, self._of_path(path)] for name, path in found.items()]

    def carried_files(self, readers: Iterable[RoleInfo] = ()) -> dict[str, Path]:
        """Return the files, by their path in the bundle, that ``readers`` or any node may read."""
        roles = (self._of_carried.of_roles.get(str(role.path), ()) for role in readers)
        files = self._of_carried.files
        return {name: files[name].path for name in sorted(self._of_carried.shared.union(*roles))}

    @cached_property
    def _plugins(self) -> dict[str, list[str]]:
        return {key: list(map(self._of_path, found)) for key, found in self._config.plugins.items()}

    @property
    def plugin_directories(self) -> list[Path]:
        """The directories of the team's configuration with plugins that get all variables."""
        return [p for key, found in self._config.plugins.items() if key in _READERS for p in found]

    @cached_property
    def _changes_results(self) -> str | None:
        """The digest of what the team's configuration changes in results, None for nothing."""
        parts = [self._config.result_settings(), self._plugins]
        return digest(parts) if any(parts) else None

    def role_of(self, node: Node) -> RoleInfo | None:
        """Return the role that ``node`` calls."""
        return called_role(node, self._roles)

    def templates(self, node: Node) -> Iterator[str]:
        """Yield the texts of the templates that a built-in step renders."""
        return self._steps.templates(node)

    def beside(self, name: str) -> str:
        """Return the digest of a directory beside the document."""
        return self._of_path(self._cluster.path(name))

    def variable_files(self, directory: str, name: str) -> list[str]:
        """Return the digests of what ``group_vars/`` or ``host_vars/`` has for ``name``."""
        place = self._cluster.path(directory)
        if directory not in self._is_there:
            self._is_there[directory] = place.is_dir()
        if not self._is_there[directory]:
            return []
        written = (place / f"{name}{ending}" for ending in _VARIABLE_ENDINGS)
        return [self._of_path(path) for path in written if path.exists()]

    def _collections_of(self, node: Node) -> list[str]:
        """Return content digests of the team's collections of a node, and versions of others."""
        role = self.role_of(node)
        found = []
        for name in self._roles.closure_of(role).collections if role else ():
            info = self._roles.collection(name)
            if info is not None:
                team = any(info.path.is_relative_to(p) for p in self._roles.collection_paths)
                found.append(info.digest if team else f"{name} {info.version}")
        return found

    def roles_of(self, node: Node) -> tuple[RoleInfo, ...]:
        """Return the roles that ``node`` may use: the one that it calls, and what that brings.

        Files of variables that it shares with other nodes are seen as a play.
        """
        shared = self._roles.variable_files(node.vars_files)
        return (*self._called_roles(node), *([] if shared is None else [shared]))

    def _called_roles(self, node: Node) -> tuple[RoleInfo, ...]:
        role = self.role_of(node)
        if role is None:
            return ()
        closure = self._roles.closure_of(role)
        if not closure.dynamic:
            return closure.roles
        # A templated role name is known at run time only: it can be any role of the bundle.
        known = {str(one.path) for one in self._carried}
        return (*self._carried, *(one for one in closure.roles if str(one.path) not in known))

    @cached_property
    def _carried(self) -> tuple[RoleInfo, ...]:
        called = [role for node in self._graph.nodes.values() for role in node.role_names]
        return self._roles.closure(called).roles

    def _of_asset(self, asset: Asset) -> str:
        found = self._steps.found(asset)
        return ABSENT if found is None else self._of_path(found)

    def _of_path(self, path: Path) -> str:
        """Return the digest of a file or directory; ``absent`` if there is none."""
        if path not in self._files:
            self._files[path] = _digest_path(path)
        return self._files[path]


def _digest_path(path: Path) -> str:
    if path.is_file():
        inner = file_digest(path)
        mode = permissions(path.stat().st_mode)
        return inner if compared_mode(mode) == REGULAR_MODE else digest([inner, mode_mark(mode)])
    if path.is_dir():
        return content_digest(path)
    return ABSENT
