"""All values that the variables of an inventory may have, whichever host reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from worldtree.ansible.content.file_digests import content_files
from worldtree.ansible.content.possible_values import FOUND
from worldtree.ansible.content.yaml_files import UnreadableYamlError, read_yaml
from worldtree.compile.cluster_inventory import ClusterInventory

#: Directories beside the document with variable files.
_VARIABLES = ("group_vars", "host_vars", "vars")
_SUFFIXES = ("", ".yml", ".yaml", ".json")
#: Different values of one variable; of more, it may be any.
_MOST_VALUES = 200


def inventory_values(inventory: ClusterInventory, directory: Path) -> dict[str, list[Any]]:
    """Return them by name, with those of files beside the document, which is in ``directory``."""
    values: dict[str, list[Any]] = {}
    for variables in (*_scopes(inventory), *_beside(directory)):
        add_values(values, variables)
    names = [host.name for host in inventory.hosts]
    return values | {
        "inventory_hostname": names,
        "playbook_dir": [str(directory)],
        # What is behind these is found in the text.
        "inventory_dir": [FOUND],
        "role_path": [FOUND],
    }


def add_values(values: dict[str, list[Any]], more: Mapping[str, Any]) -> None:
    """Add to ``values`` those that the variables ``more`` have."""
    for name, value in more.items():
        known = values.setdefault(name, [])
        if len(known) < _MOST_VALUES and value not in known:
            known.append(value)


def _scopes(inventory: ClusterInventory) -> Iterator[Mapping[str, Any]]:
    seen: set[int] = set()
    for host in inventory.hosts:
        for scope in inventory.variables.scopes(host.name):
            if id(scope.vars) not in seen:
                seen.add(id(scope.vars))
                yield scope.vars


def _beside(directory: Path) -> Iterator[Mapping[str, Any]]:
    for name in _VARIABLES:
        for file in content_files(directory / name):
            if file.path.suffix in _SUFFIXES:
                try:
                    data = read_yaml(file.path)
                except UnreadableYamlError:  # Reported where it is read.
                    continue
                if isinstance(data, Mapping):
                    yield data
