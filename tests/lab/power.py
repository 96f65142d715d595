"""Switching one host on and off, gently or not."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from pathlib import Path

from lab import cgroups, host_runner, network, rootfs
from lab.errors import LabError
from lab.model import Host, Lab
from lab.process import run, send, wait_until

#: Seconds a host has to power off when asked; after that it is killed.
STOP_TIMEOUT = 90.0
#: Attempts to start the runner of a host.
START_TRIES = 3


def is_on(lab: Lab, host: Host) -> bool:
    """Whether the host's runner lives."""
    try:
        with host_runner.lock_file(lab, host).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def start(lab: Lab, host: Host) -> None:
    """Switch a host on, without waiting for it to boot; one that is on stays on."""
    if is_on(lab, host):
        return
    # Processes left by a crashed runner.
    cgroups.kill(host_runner.group(lab, host))
    rootfs.prepare(lab, host)
    log = lab.host_directory(host) / "host-runner.log"
    script = 'log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1'
    argv: list[str | Path] = ["setsid", "--fork", "sh", "-c", script, "sh", log]
    argv += ["unshare", "--mount", "--propagation", "private"]
    argv += [sys.executable, "-m", "lab.host_runner", lab.name, host.name]
    # A runner exits when the lock is held, even briefly by a process that checks it.
    for _ in range(START_TRIES):
        run(argv, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])})
        if wait_until(lambda: leader(lab, host) is not None, 30):
            return
    raise LabError(f"{host.name} did not start; see {log} and console.log beside it.")


def leader(lab: Lab, host: Host) -> int | None:
    """Pid, on the machine, of the host's init; None when it is not up."""
    for pid in cgroups.processes(host_runner.group(lab, host)):
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        line = next(line for line in status.splitlines() if line.startswith("NSpid:"))
        numbers = line.split()[1:]
        if len(numbers) > 1 and numbers[1] == "1":
            return pid
    return None


def stop(lab: Lab, host: Host) -> None:
    """Power the host off cleanly, as its own `poweroff` does; kills one that does not follow."""
    cgroups.thaw(host_runner.group(lab, host))
    nspawn = _nspawn(lab, host)
    if nspawn is None:
        kill(lab, host)
        return
    send(nspawn, signal.SIGTERM)
    if not wait_until(lambda: not is_on(lab, host), STOP_TIMEOUT):
        kill(lab, host)


def _nspawn(lab: Lab, host: Host) -> int | None:
    """Pid of the host's systemd-nspawn; None if the recorded pid is no longer its own."""
    try:
        pid = int(host_runner.pid_file(lab, host).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return pid if pid in cgroups.processes(host_runner.group(lab, host)) else None


def kill(lab: Lab, host: Host) -> None:
    """Take the host's power away: every process in it gets SIGKILL at once."""
    path = host_runner.group(lab, host)
    if not cgroups.kill(path):
        raise LabError(f"Processes of {host.name} do not die: {sorted(cgroups.processes(path))}.")
    if not wait_until(lambda: not is_on(lab, host), 30):
        cgroups.kill(host_runner.runner_group(lab, host))
    _clean(lab, host)


def _clean(lab: Lab, host: Host) -> None:
    """Remove what a killed runner could not."""
    cgroups.remove(host_runner.group(lab, host))
    cgroups.remove(host_runner.runner_group(lab, host))
    host_runner.pid_file(lab, host).unlink(missing_ok=True)
    host_runner.remove_leftovers(lab.host_directory(host))


def freeze(lab: Lab, host: Host) -> None:
    """Stop the host's every process where it stands; its connections stay open and silent."""
    _must_be_on(lab, host)
    if not cgroups.freeze(host_runner.group(lab, host)):
        raise LabError(f"{host.name} could not be frozen.")


def thaw(lab: Lab, host: Host) -> None:
    """Continue the processes of a frozen host."""
    cgroups.thaw(host_runner.group(lab, host))


def is_frozen(lab: Lab, host: Host) -> bool:
    """Whether the host is frozen."""
    return cgroups.is_frozen(host_runner.group(lab, host))


def reset(lab: Lab, host: Host) -> None:
    """Bring a host back to the base's state and switch it on, without waiting for it to boot."""
    kill(lab, host)
    network.heal(lab, host)
    rootfs.discard(lab, host)
    start(lab, host)


def _must_be_on(lab: Lab, host: Host) -> None:
    if not is_on(lab, host):
        raise LabError(f"{host.name} is off. Start it: `python -m lab start {host.name}`.")
