"""Hosts and groups that tasks added to Ansible's inventory, from one run of Ansible to the next.

An entry is what one task (`add_host`, `group_by`) added, as data: ``{"host", "groups", "vars"}``,
with names of variables that are not written down as ``missing``, or ``{"member", "group",
"parents"}``. Used within ansible-playbook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from worldtree.runner.inside.memory_encoding import SecretValueError, unavailable

try:
    from ansible._internal._task import AddGroup, AddHost
except ImportError:  # Core 2.19 passes mappings.
    AddGroup = AddHost = None

Entry = dict[str, Any]
#: Actions whose hidden results hide the variables of added hosts.
_ADD_HOST = "add_host"


class AddedInventory:
    """Tracks what one run adds to the inventory; ``encode_value`` gives the data of one.

    A variable for which it raises ``SecretValueError``, ``TypeError`` or ``ValueError`` is missing.
    """

    def __init__(self, encode_value: Callable[[Any], Any]) -> None:
        self._encode_value = encode_value
        self._inventory: Any = None
        self._hosts_seen = self._groups_seen = 0
        self._has_hidden = False

    def begin(self, inventory: Any, given: Iterable[Entry]) -> None:
        """Add what earlier runs added; call it before Ansible looks for the hosts of a play."""
        self._inventory = inventory
        for entry in given:
            if "member" in entry:
                _add_to_group(inventory, entry)
            else:
                _add_host(inventory, entry)
        self._hosts_seen = len(inventory._cached_dynamic_hosts)
        self._groups_seen = len(inventory._cached_dynamic_grouping)

    def note_hidden(self, action: str) -> None:
        """Process that `no_log` hides the result of an action."""
        if action.rpartition(".")[2] == _ADD_HOST:
            self._has_hidden = True

    def new_entries(self) -> list[Entry]:
        """Return what was added since the last call."""
        if self._inventory is None:
            return []
        hosts = self._inventory._cached_dynamic_hosts[self._hosts_seen :]
        groups = self._inventory._cached_dynamic_grouping[self._groups_seen :]
        self._hosts_seen += len(hosts)
        self._groups_seen += len(groups)
        found = [self._host_entry(one) for one in hosts]
        found += [_group_entry(host, group) for host, group in groups]
        self._has_hidden = False
        return found

    def _host_entry(self, added: Any) -> Entry:
        if isinstance(added, Mapping):
            name, groups, given = added["host_name"], added.get("groups"), added.get("host_vars")
        else:
            name, groups, given = added.host_name, added.parent_group_names, added.host_vars
        shown: dict[str, Any] = {}
        missing: list[str] = []
        for variable, value in (given or {}).items():
            try:
                if self._has_hidden:
                    raise SecretValueError
                shown[str(variable)] = self._encode_value(value)
            except (SecretValueError, TypeError, ValueError):
                missing.append(str(variable))
        entry: Entry = {"host": str(name), "groups": [str(group) for group in groups or ()]}
        return {**entry, "vars": shown, **({"missing": missing} if missing else {})}


def _group_entry(host: Any, group: Any) -> Entry:
    if isinstance(group, Mapping):
        name, parents = group["add_group"], group.get("parent_groups")
    else:
        name, parents = group.group_name, group.parent_group_names
    member = getattr(host, "name", host)
    return {
        "member": str(member),
        "group": str(name),
        "parents": [str(parent) for parent in parents or ()],
    }


def _add_host(inventory: Any, entry: Entry) -> None:
    name, groups = entry["host"], list(entry["groups"])
    reasons = {
        variable: unavailable(
            f"`{variable}` was given to the added host {name} under `no_log` or from a secret, so "
            "that it was not written down; run the step that added the host again in this task"
        )
        for variable in entry.get("missing", ())
    }
    variables = {**entry["vars"], **reasons}
    if AddHost is not None:
        inventory.add_dynamic_host(
            AddHost(host_name=name, host_vars=variables, parent_group_names=groups)
        )
        return
    inventory.add_dynamic_host({"host_name": name, "host_vars": variables, "groups": groups}, {})


def _add_to_group(inventory: Any, entry: Entry) -> None:
    host = inventory.get_host(entry["member"])
    if host is None:
        return  # It is not in the inventory any more.
    group, parents = entry["group"], list(entry["parents"])
    if AddGroup is not None:
        inventory.add_dynamic_group(
            host.name, AddGroup(group_name=group, parent_group_names=parents)
        )
        return
    inventory.add_dynamic_group(host, {"add_group": group, "parent_groups": parents})
