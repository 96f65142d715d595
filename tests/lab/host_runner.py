"""The process that runs one host: boots it, boots it again after a reboot, cleans up at the end.

Run as ``python -m lab.host_runner LAB HOST`` in a separate mount namespace, so that the mounts of
the host vanish with the process. The process holds a lock while it lives; the lock tells other
processes that the host is on.
"""

from __future__ import annotations

import fcntl
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from lab import cgroups, network, rootfs
from lab.errors import LabError
from lab.model import Host, Lab, load

#: What systemd needs on the command line of its kernel, which it reads from here in a container, to
#: boot with control groups of version 1; releases after bookworm refuse them otherwise.
_LEGACY_CGROUPS = (
    "systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=yes"
    " SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"
)
#: Exit code of systemd-nspawn when the host requests a reboot.
REBOOT = 133
#: File in a host's directory: lists what systemd-nspawn leaves in /run when it is killed.
LEFTOVERS = "nspawn.leftovers"


def group(lab: Lab, host: Host) -> str:
    """The control group of everything that runs in a host."""
    return f"{lab.name}/{host.name}"


def runner_group(lab: Lab, host: Host) -> str:
    """The control group of the host's runner; no host name contains a dot."""
    return f"{lab.name}/{host.name}.host-runner"


def lock_file(lab: Lab, host: Host) -> Path:
    """Locked by the runner while it lives."""
    return lab.host_directory(host) / "host-runner.lock"


def pid_file(lab: Lab, host: Host) -> Path:
    """Holds the pid of the host's systemd-nspawn; valid while the runner lives."""
    return lab.host_directory(host) / "nspawn.pid"


def command(lab: Lab, host: Host, root: Path) -> list[str]:
    """The systemd-nspawn command line of a host."""
    argv = ["systemd-nspawn", "-q", "-b", "-D", str(root), "-M", lab.machine(host)]
    argv += [f"--hostname={host.name}", f"--network-bridge={lab.bridge}"]
    argv += ["--register=no", "--keep-unit", "--resolv-conf=off", "--timezone=off"]
    argv += ["--link-journal=no", "--console=pipe"]
    # All capabilities except the one that lets a time daemon set the clock of the machine.
    argv += ["--capability=all", "--drop-capability=CAP_SYS_TIME"]
    argv += ["--system-call-filter=@keyring bpf"]
    if lab.suite != "bookworm" and not cgroups.is_unified():
        argv.append(f"--setenv=SYSTEMD_PROC_CMDLINE={_LEGACY_CGROUPS}")
    if lab.containers:
        # The kubelet reads it.
        argv.append("--bind=/dev/kmsg")
    argv += [f"--bind={rootfs.plain_directory(lab, host, path)}:{path}" for path in lab.plain]
    return argv


def run_host(lab: Lab, host: Host) -> int:
    """Run the host until it powers off or is killed; return the exit code of systemd-nspawn."""
    with lock_file(lab, host).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(f"{host.name} of lab {lab.name} is on already.") from None
        cgroups.enter(runner_group(lab, host), only_tracking=True)
        root = rootfs.mount(lab, host)
        _record_leftovers(lab, host, root)
        code = REBOOT
        while code == REBOOT:
            code = _boot(lab, host, root)
        return code


def _boot(lab: Lab, host: Host, root: Path) -> int:
    path = group(lab, host)
    cgroups.remove(path)
    cgroups.create(path)
    network.unplug(lab, host)
    with (lab.host_directory(host) / "console.log").open("ab") as console:
        nspawn = subprocess.Popen(
            command(lab, host, root),
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: cgroups.enter(path),
        )
    pid_file(lab, host).write_text(str(nspawn.pid))
    code = nspawn.wait()
    pid_file(lab, host).unlink(missing_ok=True)
    # A killed systemd-nspawn may leave the processes of its host running; end them here.
    cgroups.kill(path)
    cgroups.remove(path)
    remove_leftovers(lab.host_directory(host))
    return code


def _record_leftovers(lab: Lab, host: Host, root: Path) -> None:
    """Record the paths that systemd-nspawn leaves in /run when it is killed."""
    place = root.stat()
    run = Path("/run/systemd/nspawn")
    leftovers = [
        run / "propagate" / lab.machine(host),
        run / "locks" / f"inode-{place.st_dev}:{place.st_ino}",
    ]
    (lab.host_directory(host) / LEFTOVERS).write_text("".join(f"{path}\n" for path in leftovers))


def remove_leftovers(host_directory: Path) -> None:
    """Remove what systemd-nspawn has left in /run for a host that is off."""
    try:
        leftovers = (host_directory / LEFTOVERS).read_text().splitlines()
    except FileNotFoundError:
        return
    for path in map(Path, leftovers):
        shutil.rmtree(path, ignore_errors=True)
        if path.is_file():
            path.unlink()


def main() -> int:
    """Entry point of ``python -m lab.host_runner LAB HOST``."""
    # Ctrl-C and the end of the session that ran `up` must not stop the hosts.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    lab = load(sys.argv[1])
    if lab is None:
        raise LabError(f"There is no lab {sys.argv[1]}.")
    return run_host(lab, lab.host(sys.argv[2]))


if __name__ == "__main__":
    sys.exit(main())
