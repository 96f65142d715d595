"""How the ssh client is called beside Ansible: the same way, over the same connections."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from worldtree.plan.plan import Plan, PlanHost


@dataclass(frozen=True, slots=True)
class SshOptions:
    """What all connections of one task share."""

    #: Directory of the sockets; its path must be short, as a socket's may have 104 bytes only.
    control_dir: Path
    #: The cluster's own known_hosts; None leaves it to the user's configuration.
    known_hosts: Path | None = None

    @property
    def control_path(self) -> str:
        """ssh's ``ControlPath``: a hash of both ends, the port, the user and the jumps."""
        return f"{self.control_dir}/%C"

    def extra_args(self) -> tuple[str, ...]:
        """Return the arguments for every connection, also Ansible's own."""
        if self.known_hosts is None:
            return ()
        return ("-o", f"UserKnownHostsFile={_quoted(self.known_hosts)}")


def ssh_command(
    host: PlanHost,
    variables: Mapping[str, object],
    options: SshOptions,
    extra: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return the command line up to the remote command for ``host``.

    ``variables`` are its connection variables as the inventory has them, such as
    ``ansible_ssh_common_args``. What stands first counts for ssh, so ``extra`` wins.
    """
    command = ["ssh", *extra, "-o", "BatchMode=yes", "-o", f"ControlPath={options.control_path}"]
    command += ["-o", f"Port={host.port}"]
    if host.user:
        command += ["-o", f'User="{host.user}"']
    key = variables.get("ansible_ssh_private_key_file")
    if isinstance(key, str):
        command += ["-o", f'IdentityFile="{Path(key).expanduser()}"']
    for name in ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"):
        found = variables.get(name)
        if isinstance(found, str):
            command += shlex.split(found)
    return (*command, *options.extra_args(), host.address)


def ssh_hosts(plan: Plan) -> tuple[PlanHost, ...]:
    """Return the hosts of a plan that are reached over ssh."""
    return tuple(host for host in plan.hosts if host.connection == "ssh")


def _quoted(path: Path) -> str:
    text = str(path)
    return f'"{text}"' if " " in text else text
