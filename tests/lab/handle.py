"""A lab as tests use it: hosts as objects that run commands and simulate failures."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from lab import host_access, labs, network, power, report
from lab.model import Host, Lab
from lab.process import run


@dataclass(frozen=True)
class HostHandle:
    """One host of a lab that is up."""

    lab: Lab
    host: Host

    @property
    def name(self) -> str:
        return self.host.name

    @property
    def address(self) -> str:
        return self.host.address

    def ssh(
        self, command: str, *, check: bool = True, timeout: float = 120
    ) -> CompletedProcess[str]:
        """Run a shell command over SSH as root; LabError when it fails and ``check`` is true."""
        return host_access.ssh(self.lab, self.host, command, check=check, timeout=timeout)

    def exec(
        self, argv: Sequence[str], *, check: bool = True, timeout: float = 120
    ) -> CompletedProcess[str]:
        """Run a command in the host past its network, as root."""
        return host_access.run_inside(self.lab, self.host, argv, check=check, timeout=timeout)

    def send(self, file: Path, path: str) -> None:
        """Copy a file of this machine to ``path`` in the host."""
        command = f"cat > {shlex.quote(path)}"
        with file.open("rb") as content:
            run([*host_access.ssh_command(self.lab, self.host), command], stdin=content)

    def wait_ready(self) -> str:
        """Wait for the end of the boot; returns ``running`` or ``degraded``."""
        return host_access.wait_ready(self.lab, self.host)

    def start(self) -> None:
        """Switch on and wait until ready."""
        power.start(self.lab, self.host)
        self.wait_ready()

    def stop(self) -> None:
        """Power off cleanly."""
        power.stop(self.lab, self.host)

    def kill(self) -> None:
        """Take the power away."""
        power.kill(self.lab, self.host)

    def reset(self) -> None:
        """Throw away everything that happened in the host, and boot it afresh."""
        labs.reset(self.lab, [self.host])

    def freeze(self) -> None:
        """Stop every process where it stands; connections stay open and silent."""
        power.freeze(self.lab, self.host)

    def thaw(self) -> None:
        """Undo :meth:`freeze`."""
        power.thaw(self.lab, self.host)

    def cut(self) -> None:
        """Drop all packets to and from the host, so that connections hang."""
        network.cut(self.lab, self.host)

    def heal(self) -> None:
        """Undo :meth:`cut`."""
        network.heal(self.lab, self.host)

    @property
    def is_on(self) -> bool:
        """Whether the host has power."""
        return power.is_on(self.lab, self.host)


@dataclass(frozen=True)
class LabHandle:
    """A lab that is up."""

    lab: Lab

    @property
    def hosts(self) -> list[HostHandle]:
        """All hosts in order."""
        return [HostHandle(self.lab, host) for host in self.lab.hosts]

    def host(self, name: str) -> HostHandle:
        """The host of that name."""
        return HostHandle(self.lab, self.lab.host(name))

    def reset(self, hosts: Sequence[HostHandle] | None = None) -> None:
        """Reset some or all hosts, side by side."""
        labs.reset(self.lab, [handle.host for handle in (self.hosts if hosts is None else hosts)])

    def inventory(self) -> dict[str, Any]:
        """What `python -m lab inventory` prints."""
        return report.inventory(self.lab)

    def ansible_inventory(self) -> dict[str, Any]:
        """The hosts as an Ansible inventory; written as JSON, Ansible's yaml plugin reads it."""
        return report.ansible_inventory(self.lab)

    def status(self) -> dict[str, Any]:
        """What `python -m lab status -o json` prints."""
        return report.status(self.lab)
