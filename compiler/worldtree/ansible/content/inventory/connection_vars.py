"""How a host of an existing inventory is reached, from its variables at compile time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.ansible.content.argspec.types import is_runtime_value
from worldtree.ansible.content.inventory.variable_files import VariableFiles
from worldtree.ansible.content.inventory.variables import InventoryVariables
from worldtree.plan.plan import PlanHost
from worldtree.spec.secret_references import has_secret
from worldtree.spec.yaml_tags import Vault

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


def inherited_variables(
    name: str, variables: InventoryVariables, files: VariableFiles | None
) -> dict[str, Any]:
    """Return the variables that host ``name`` has from all scopes but its own.

    Of ``files``, only connection settings.
    """
    found: dict[str, Any] = {}
    for scope in variables.general_scopes(name):
        found.update(scope.vars)
    if files:
        found.update(file_connection_vars(files.of_groups(["all"])))
    for scope in variables.group_scopes(name):
        found.update(scope.vars)
    if files:
        groups = variables.groups_of.get(name, ())
        found.update(file_connection_vars(files.of_groups(groups)))
    return found


def inventory_host(
    name: str,
    variables: InventoryVariables,
    files: VariableFiles | None = None,
    base: Mapping[str, Any] | None = None,
) -> PlanHost:
    """Return host ``name`` as its variables of all scopes describe it.

    ``files`` are those beside the document, which take precedence within their scope; ``base``
    are variables of the lowest precedence.
    Its ``vars`` hold only connection settings, since the variables stay in the inventory's own
    files; a placeholder stands for a password.
    """
    known = {**(base or {}), **inherited_variables(name, variables, files)}
    known.update(variables.hosts[name].vars if name in variables.hosts else {})
    known.update(file_connection_vars(files.of_host(name)) if files else {})
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


def file_connection_vars(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the connection settings among variables of files, which a plan may show.

    A placeholder stands for a password, a template for what ansible-vault encrypted.
    """
    names = (*_CONNECTION_SETTINGS, *_KEY_FILES, *_ADDRESS_VARIABLES, "ansible_connection")
    kept = {
        name: f"{{{{ {name} }}}}" if isinstance(known[name], Vault) else known[name]
        for name in names
        if isinstance(known.get(name), str | int) and not has_secret(str(known[name]))
    }
    kept.update({name: HIDDEN_PASSWORD for name in _PASSWORDS if known.get(name)})
    return kept


def with_own_connection(host: PlanHost, own: Mapping[str, Any]) -> PlanHost:
    """Return ``host`` with address, port, user and key file of ``own``, its variables of files.

    Templates are left to Ansible.
    """
    port = _text(own, "ansible_port", "ansible_ssh_port") or ""
    key = _text(own, *_KEY_FILES)
    update: dict[str, Any] = {
        "address": _text(own, "ansible_host", "ansible_ssh_host") or host.address,
        "port": int(port) if port.isdigit() else host.port,
        "user": _text(own, "ansible_user", "ansible_ssh_user") or host.user,
    }
    if key is not None:
        update["ssh"] = host.ssh.model_copy(update={"private_key_file": key})
    return host.model_copy(update=update)


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
