"""Identifies a process so exactly that its death can be proven, also after a reboot."""

from __future__ import annotations

import getpass
import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

_PROC = Path("/proc")
_BOOT = _PROC / "sys/kernel/random/boot_id"
_MACHINE = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process on a machine; texts are empty and numbers 0 if the system does not report them."""

    user: str
    #: Name of the machine, for people.
    host: str
    #: Machine id, the same after a reboot.
    machine: str
    #: Boot id, different after each reboot.
    boot: str
    #: PID namespace: each container has its own process ids.
    namespace: str
    pid: int
    #: Start time in ticks since boot: process ids are reused, the pair never is.
    started: int

    def to_json(self) -> str:
        """Return the identity as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ProcessIdentity:
        """Return the identity that ``to_json`` wrote."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        return f"{self.user}@{self.host}, process {self.pid}"


def current_process() -> ProcessIdentity:
    """Return the identity of the calling process."""
    return ProcessIdentity(
        user=_user(),
        host=platform.node(),
        machine=_read(_MACHINE),
        boot=_read(_BOOT),
        namespace=_namespace(),
        pid=os.getpid(),
        started=_start_ticks(os.getpid()) or 0,
    )


def is_dead(holder: ProcessIdentity) -> bool:
    """Whether ``holder`` is proven dead; False if that cannot be determined on this machine."""
    return death_evidence(holder)[0]


def is_visible(holder: ProcessIdentity) -> bool:
    """Whether this process can see ``holder`` and send it signals: same boot, same namespace."""
    return (holder.boot, holder.namespace) == (_read(_BOOT), _namespace()) and bool(holder.boot)


def is_running(holder: ProcessIdentity) -> bool:
    """Whether ``holder`` is proven alive: this process sees it, and it is the same one."""
    return is_visible(holder) and 0 < holder.started == _start_ticks(holder.pid)


def is_elsewhere(process: ProcessIdentity) -> bool:
    """Whether ``process`` was started on another machine or in another container.

    This one can then neither see it nor what it started. A reboot changes no machine.
    """
    boot = _read(_BOOT)
    if boot and process.boot == boot:
        return process.namespace != _namespace()
    if boot and process.boot and not process.machine:
        return True
    return (process.machine, process.host) != (_read(_MACHINE), platform.node())


def death_evidence(holder: ProcessIdentity) -> tuple[bool, str]:
    """Return (whether ``holder`` is proven dead, the evidence or why there is none).

    It is proven if its machine rebooted since, or if this machine has no such process. A machine
    is identified by its id *and* name, since copies of a disk image share the id.
    """
    boot = _read(_BOOT)
    if not holder.boot or not boot:
        return False, "this system reports no boot id, so nothing can be proven"
    if holder.boot != boot:
        if not is_elsewhere(holder):
            return True, f"{holder.host} has rebooted since"
        return False, f"it runs on another machine ({holder.host}), whose processes are not visible"
    if not holder.namespace or holder.namespace != _namespace():
        return False, "it runs in another container, whose processes are not visible"
    return _process_evidence(holder.pid, holder.started)


def _process_evidence(pid: int, started: int) -> tuple[bool, str]:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True, f"process {pid} does not exist any more"
    except PermissionError:
        pass  # The process exists and belongs to another user.
    found = _start_ticks(pid)
    if found is None:
        return False, f"process {pid} exists, but its start time cannot be read"
    if found == 0:
        return True, f"process {pid} has ended"
    if not started:
        return False, f"process {pid} exists; whether it is the same one is unknown"
    if found != started:
        return True, f"process {pid} is a different one, which started later"
    return False, f"process {pid} is running"


def _start_ticks(pid: int) -> int | None:
    """Return the start time of ``pid`` in ticks since boot, 0 for a zombie, None if unreadable."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
        fields = text.rpartition(")")[2].split()
        state, threads, began = fields[0], int(fields[17]), int(fields[19])
    except (OSError, IndexError, ValueError):
        return None
    return 0 if state == "X" or (state == "Z" and threads <= 1) else began


def _namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # A user id without a name, as in containers.
        return str(os.getuid())


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
