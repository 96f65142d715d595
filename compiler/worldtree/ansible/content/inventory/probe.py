"""Reads an inventory with Ansible's own code; a program that runs in a process of its own.

Nothing imports it: Ansible takes a third of a second to import, and inventory scripts and plugins
are the team's code. It prints one JSON object; see ``external`` for its shape.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def _plain(value: Any) -> Any:
    """Return ``value`` as JSON data; a placeholder stands for what ansible-vault encrypted."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    if type(value).__name__ in {"EncryptedString", "AnsibleVaultEncryptedUnicode"}:
        return {"__ansible_vault": ""}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    return str(value)


def read(source: str) -> dict[str, Any]:
    """Return hosts and groups of the inventory at path ``source``."""
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import init_plugin_loader
    from ansible.vars.plugins import get_vars_from_inventory_sources

    init_plugin_loader([])
    loader = DataLoader()
    unread: list[str] = []

    class Manager(InventoryManager):  # type: ignore[misc]  # Ansible has no types.
        """Remembers the files that no inventory plugin could read."""

        def parse_source(self, source: str, cache: bool = False) -> bool:
            parsed = bool(super().parse_source(source, cache))
            if not parsed and os.path.isfile(source):  # noqa: PTH113  # A text for Ansible.
                unread.append(source)
            return parsed

    inventory = Manager(loader=loader, sources=[source])
    trouble: list[str] = []

    def files_of(entity: Any) -> Any:
        """Return the variables of group_vars/ and host_vars/ for a group or host."""
        try:
            return get_vars_from_inventory_sources(loader, [source], [entity], "all")
        except Exception as problem:
            # Most often an encrypted file without its password, of which only names are needed.
            trouble.append(f"{entity.name}: {problem}")
            return {}

    def data_of(entity: Any) -> dict[str, Any]:
        own = {**entity.vars, **files_of(entity)}
        return {"vars": _plain(own)}

    groups = {
        name: {
            **data_of(group),
            "hosts": [host.name for host in group.hosts],
            "children": [child.name for child in group.child_groups],
            "depth": group.depth,
            "priority": int(group.priority),
        }
        for name, group in inventory.groups.items()
    }
    hosts = {
        name: {**data_of(host), "groups": [group.name for group in host.get_groups()]}
        for name, host in inventory.hosts.items()
    }
    return {"hosts": hosts, "groups": groups, "trouble": trouble, "unread": unread}


def main() -> int:
    """Print the inventory at the path given as the only argument."""
    try:
        found = read(sys.argv[1])
    except Exception as problem:  # Plugins and scripts may raise anything.
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write("\n" + json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
