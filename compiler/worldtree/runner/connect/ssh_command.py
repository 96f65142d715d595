"""The ssh command line for a host: with Ansible's settings, over Ansible's connections."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldtree.ansible.content.argspec.types import is_runtime_value
from worldtree.ansible.model.inventory import connection_vars
from worldtree.core.written_paths import home_path
from worldtree.plan.plan import Plan, PlanHost

#: Variables in which Ansible looks for address, port, user and key; the first one given counts.
ADDRESS_VARS = ("ansible_host", "ansible_ssh_host")
PORT_VARS = ("ansible_port", "ansible_ssh_port")
USER_VARS = ("ansible_user", "ansible_ssh_user")
KEY_FILE_VARS = ("ansible_ssh_private_key_file", "ansible_private_key_file")
SSH_ARGS_VARS = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")


@dataclass(frozen=True, slots=True)
class SshOptions:
    """Options that all connections of one task share."""

    #: Directory of the control sockets; its path must be short: a socket's path has 104 bytes.
    control_dir: Path
    #: The cluster's own known_hosts; None leaves it to the user's configuration.
    known_hosts: Path | None = None

    @property
    def control_path(self) -> str:
        """ssh's ``ControlPath``: a hash of both ends, the port, the user and the bastions."""
        return f"{self.control_dir}/%C"

    def extra_args(self) -> tuple[str, ...]:
        """Return the arguments for every connection, those of Ansible too."""
        if self.known_hosts is None:
            return ()
        return ("-o", f"UserKnownHostsFile={_quoted(self.known_hosts)}")


def effective_connection_vars(host: PlanHost, hosts: Mapping[str, PlanHost]) -> dict[str, Any]:
    """Return the variables that define how ``host`` is reached, with Ansible's precedence.

    The host's own take precedence over the bundle's inventory, and that over its groups'.
    ``hosts`` are all hosts by name. ssh uses the first of equal options, so the host's own
    arguments come before ours.
    """
    ours = connection_vars(host, hosts)
    found = {**host.inherited, **ours, **host.vars}
    args = [variables.get("ansible_ssh_common_args") for variables in (host.vars, ours)]
    if all(isinstance(text, str) for text in args):
        found["ansible_ssh_common_args"] = " ".join(map(str, args))
    return found


def with_connection_vars(host: PlanHost, variables: Mapping[str, object]) -> PlanHost:
    """Return ``host`` with the address, port and user of ``variables``, if they are set."""
    port = _text(variables, PORT_VARS) or ""
    found = {
        "address": _text(variables, ADDRESS_VARS) or host.address,
        "port": int(port) if port.isdigit() else host.port,
        "user": _text(variables, USER_VARS) or host.user,
    }
    return host.model_copy(update=found)


def ssh_command(
    host: PlanHost,
    variables: Mapping[str, object],
    options: SshOptions,
    extra: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return the command line up to the remote command for ``host``.

    ``variables`` are its ``effective_connection_vars``. ssh uses the first of equal options, so
    ``extra`` takes precedence. Templates are ignored in favour of the plan's values.
    """
    command = ["ssh", *extra, "-o", "BatchMode=yes", "-o", f"ControlPath={options.control_path}"]
    host = with_connection_vars(host, variables)
    command += ["-o", f"Port={host.port}"]
    if host.user:
        command += ["-o", f'User="{host.user}"']
    if key := _text(variables, KEY_FILE_VARS):
        command += ["-o", f'IdentityFile="{home_path(key)}"']
    for name in SSH_ARGS_VARS:
        found = variables.get(name)
        if isinstance(found, str):
            command += shlex.split(found)
    return (*command, *options.extra_args(), host.address)


def ssh_hosts(plan: Plan) -> tuple[PlanHost, ...]:
    """Return the hosts of a plan that are reached over ssh."""
    return tuple(host for host in plan.hosts if host.connection == "ssh")


def _text(variables: Mapping[str, object], names: Iterable[str]) -> str | None:
    found = next((variables[n] for n in names if variables.get(n) is not None), None)
    return str(found) if isinstance(found, str | int) and not is_runtime_value(found) else None


def _quoted(path: Path) -> str:
    text = str(path)
    return f'"{text}"' if " " in text else text
