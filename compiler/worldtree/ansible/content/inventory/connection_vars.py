"""How a host of an existing inventory is reached, from its variables at compile time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.ansible.content.argspec.types import is_runtime_value
from worldtree.ansible.content.inventory.variables import InventoryVariables
from worldtree.plan.plan import PlanHost

_PASSWORDS = (
    "ansible_password",
    "ansible_ssh_pass",
    "ansible_ssh_password",
    "ansible_become_password",
    "ansible_become_pass",
)
#: Settings that the connection check uses besides a host's address, port and user.
_CONNECTION_SETTINGS = (
    "ansible_ssh_args",
    "ansible_ssh_common_args",
    "ansible_ssh_extra_args",
    "ansible_python_interpreter",
    "ansible_become_method",
)
_KEY_FILES = ("ansible_ssh_private_key_file", "ansible_private_key_file")
#: Variables from which address, port and user are read; kept only where they are templates.
_ADDRESS_VARIABLES = (
    "ansible_host",
    "ansible_ssh_host",
    "ansible_port",
    "ansible_ssh_port",
    "ansible_user",
    "ansible_ssh_user",
)
_SSH = frozenset({"ssh", "ansible.builtin.ssh", "smart"})
_LOCAL = frozenset({"local", "ansible.builtin.local"})
#: Placeholder for a password in a plan: only its presence matters.
HIDDEN_PASSWORD = "kept in the inventory"


def inventory_host(name: str, variables: InventoryVariables) -> PlanHost:
    """Return host ``name`` as its variables of all scopes describe it.

    Its ``vars`` hold only connection settings, since the variables stay in the inventory's own
    files; a placeholder stands for a password.
    """
    known: dict[str, Any] = {}
    for scope in variables.scopes(name):
        known.update(scope.vars)
    port = _text(known, "ansible_port", "ansible_ssh_port") or ""
    local = _text(known, "ansible_connection") in _LOCAL
    return PlanHost(
        name=name,
        address=_text(known, "ansible_host", "ansible_ssh_host") or name,
        connection="local" if local else "ssh",
        port=int(port) if port.isdigit() else 22,
        user=_text(known, "ansible_user", "ansible_ssh_user"),
        roles=variables.groups_of[name],
        vars=_connection_vars(known),
    )


def _connection_vars(known: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: known[name] for name in _CONNECTION_SETTINGS if isinstance(known.get(name), str)}
    key = next((known[n] for n in _KEY_FILES if isinstance(known.get(n), str)), None)
    if key is not None:
        kept[_KEY_FILES[0]] = key
    kept.update(
        {name: known[name] for name in _ADDRESS_VARIABLES if is_runtime_value(known.get(name))}
    )
    connection = known.get("ansible_connection")
    if isinstance(connection, str) and connection not in _SSH | _LOCAL:
        kept["ansible_connection"] = connection
    kept.update({name: HIDDEN_PASSWORD for name in _PASSWORDS if known.get(name)})
    return dict(sorted(kept.items()))


def _text(known: Mapping[str, Any], *names: str) -> str | None:
    found = next((known[n] for n in names if known.get(n) is not None), None)
    return (
        None if found is None or is_runtime_value(found) or isinstance(found, dict) else str(found)
    )
