"""Runs commands on a host: over SSH as Ansible does, or in its namespaces without a network."""

from __future__ import annotations

import time
from collections.abc import Sequence
from subprocess import CompletedProcess, TimeoutExpired

from lab import power
from lab.errors import LabError
from lab.model import Host, Lab
from lab.process import run

#: Outputs of `systemctl is-system-running` after the end of the boot.
SETTLED = ("running", "degraded")


def ssh_command(lab: Lab, host: Host, user: str = "root") -> list[str]:
    """The ssh command line for a host; strict about the host's key."""
    options = {
        "UserKnownHostsFile": str(lab.known_hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "IdentitiesOnly": "yes",
        "BatchMode": "yes",
        "ConnectTimeout": "20",
        "LogLevel": "ERROR",
    }
    flags = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    return ["ssh", "-F", "/dev/null", "-i", str(lab.key), *flags, f"{user}@{host.address}"]


def ssh(
    lab: Lab, host: Host, command: str, *, check: bool = True, timeout: float = 120
) -> CompletedProcess[str]:
    """Run a shell command on a host over SSH and return it with its output."""
    return run([*ssh_command(lab, host), command], check=check, timeout=timeout)


def inside_command(lab: Lab, host: Host, argv: Sequence[str]) -> list[str]:
    """The command line that runs ``argv`` in a host without any network."""
    pid = power.leader(lab, host)
    if pid is None:
        raise LabError(f"{host.name} is off.")
    enter = ["nsenter", "--target", str(pid), "--mount", "--uts", "--ipc", "--net", "--pid"]
    return [*enter, "--root", "--wd=/", *argv]


def run_inside(
    lab: Lab, host: Host, argv: Sequence[str], *, check: bool = True, timeout: float = 120
) -> CompletedProcess[str]:
    """Run a command in a host without any network and return it with its output."""
    return run(inside_command(lab, host, argv), check=check, timeout=timeout)


def system_state(lab: Lab, host: Host) -> str | None:
    """The state that systemd reports in the host; None while it cannot be queried."""
    if power.leader(lab, host) is None or power.is_frozen(lab, host):
        return None
    try:
        argv = ["systemctl", "is-system-running"]
        return run_inside(lab, host, argv, check=False, timeout=30).stdout.strip() or None
    except (LabError, TimeoutExpired):
        return None


def failed_units(lab: Lab, host: Host) -> list[str]:
    """Units that failed in the host."""
    argv = ["systemctl", "list-units", "--failed", "--plain", "--no-legend"]
    shown = run_inside(lab, host, argv, check=False, timeout=30)
    return [line.split()[0] for line in shown.stdout.splitlines() if line.strip()]


def wait_ready(lab: Lab, host: Host, seconds: float = 240) -> str:
    """Wait until SSH answers and the host's boot is over; return the state that systemd reports."""
    end = time.monotonic() + seconds
    last = "no answer yet"
    while time.monotonic() < end:
        if not power.is_on(lab, host):
            log = lab.host_directory(host) / "console.log"
            raise LabError(f"{host.name} went off while booting; see {log}.")
        try:
            command = "systemctl is-system-running --wait"
            done = ssh(lab, host, command, check=False, timeout=max(1, end - time.monotonic()))
        except TimeoutExpired:
            break
        if (word := done.stdout.strip()) in SETTLED:
            return word
        last = (done.stdout + done.stderr).strip()
        time.sleep(0.2)
    raise LabError(
        f"{host.name} ({host.address}) was not ready within {seconds:.0f} s: {last}."
        f" Its console: {lab.host_directory(host) / 'console.log'}"
    )
