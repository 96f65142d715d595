"""The process that keeps one host on: boots it, boots it again after a reboot, cleans up after it.

Run as ``python -m lab.keeper LAB HOST`` inside a mount namespace of its own, so that the host's
mounts go with it however it ends. While it lives it holds a lock; that is how everyone else sees
that the host is on.
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

#: How systemd-nspawn says that the host asked for a reboot.
REBOOT = 133
#: File in a host's directory: names what systemd-nspawn leaves in /run when it is killed.
TRACES = "nspawn.traces"


def group(lab: Lab, host: Host) -> str:
    """The control group of everything that runs in a host."""
    return f"{lab.name}/{host.name}"


def keeper_group(lab: Lab, host: Host) -> str:
    """The control group of the host's keeper; a dot is in no host's name."""
    return f"{lab.name}/{host.name}.keeper"


def lock_file(lab: Lab, host: Host) -> Path:
    """Locked by the keeper as long as it lives."""
    return lab.host_directory(host) / "keeper.lock"


def pid_file(lab: Lab, host: Host) -> Path:
    """Holds the pid of the host's systemd-nspawn; meaningful while the keeper lives."""
    return lab.host_directory(host) / "nspawn.pid"


def command(lab: Lab, host: Host, root: Path) -> list[str]:
    """The systemd-nspawn command line of a host."""
    argv = ["systemd-nspawn", "-q", "-b", "-D", str(root), "-M", lab.machine(host)]
    argv += [f"--hostname={host.name}", f"--network-bridge={lab.bridge}"]
    argv += ["--register=no", "--keep-unit", "--resolv-conf=off", "--timezone=off"]
    argv += ["--link-journal=no", "--console=pipe"]
    # All capabilities but the one with which a time daemon would set the machine's own clock.
    argv += ["--capability=all", "--drop-capability=CAP_SYS_TIME"]
    argv += ["--system-call-filter=@keyring bpf"]
    argv += [f"--bind={rootfs.plain_directory(lab, host, path)}:{path}" for path in lab.plain]
    return argv


def keep(lab: Lab, host: Host) -> int:
    """Keep the host on until it powers off or is killed; returns systemd-nspawn's exit code."""
    with lock_file(lab, host).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(f"{host.name} of lab {lab.name} is on already.") from None
        cgroups.enter(keeper_group(lab, host), only_tracking=True)
        root = rootfs.mount(lab, host)
        _note_traces(lab, host, root)
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
    # A killed systemd-nspawn may leave its host running; nothing of it may outlive this boot.
    cgroups.kill(path)
    cgroups.remove(path)
    forget_traces(lab.host_directory(host))
    return code


def _note_traces(lab: Lab, host: Host, root: Path) -> None:
    """Write down what systemd-nspawn leaves in /run when it is killed."""
    place = root.stat()
    run = Path("/run/systemd/nspawn")
    traces = [
        run / "propagate" / lab.machine(host),
        run / "locks" / f"inode-{place.st_dev}:{place.st_ino}",
    ]
    (lab.host_directory(host) / TRACES).write_text("".join(f"{trace}\n" for trace in traces))


def forget_traces(host_directory: Path) -> None:
    """Remove what systemd-nspawn has left behind of a host that is off."""
    try:
        traces = (host_directory / TRACES).read_text().splitlines()
    except FileNotFoundError:
        return
    for trace in map(Path, traces):
        shutil.rmtree(trace, ignore_errors=True)
        if trace.is_file():
            trace.unlink()


def main() -> int:
    """Entry point of ``python -m lab.keeper LAB HOST``."""
    # The terminal's Ctrl-C and the end of the session that ran `up` are not meant for the hosts.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    lab = load(sys.argv[1])
    if lab is None:
        raise LabError(f"There is no lab {sys.argv[1]}.")
    return keep(lab, lab.host(sys.argv[2]))


if __name__ == "__main__":
    sys.exit(main())
