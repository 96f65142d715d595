"""Which process holds something, told so exactly that its death can be proven."""

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
    """A process of a machine; texts are empty and numbers 0 where the system does not tell."""

    user: str
    #: The machine's name, for people.
    host: str
    #: The machine's id, which stays when it is started anew.
    machine: str
    #: Changes when the machine is started anew.
    boot: str
    #: Within which process ids count: containers of one machine have their own.
    namespace: str
    pid: int
    #: When it began, in ticks since boot: a process id is given again, the pair never.
    started: int

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ProcessIdentity:
        """Read it back."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        return f"{self.user}@{self.host}, process {self.pid}"


def current_process() -> ProcessIdentity:
    """Return the process that asks."""
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
    """Whether ``holder`` is proven to be gone; False wherever that cannot be known from here."""
    return evidence(holder)[0]


def is_visible(holder: ProcessIdentity) -> bool:
    """Whether ``holder`` is a process that can be seen, and sent signals, from here."""
    return (holder.boot, holder.namespace) == (_read(_BOOT), _namespace()) and bool(holder.boot)


def evidence(holder: ProcessIdentity) -> tuple[bool, str]:
    """Return whether ``holder`` is proven dead, and by what, or why that cannot be known.

    Proven: the machine was started anew since, or it is this very one and has no such process. A
    machine is known by its id *and* name, since copies of a disk share the id.
    """
    boot = _read(_BOOT)
    if not holder.boot or not boot:
        return False, "this system does not tell when it was started, so nothing can be proven"
    if holder.boot != boot:
        same = holder.machine and (holder.machine, holder.host) == (
            _read(_MACHINE),
            platform.node(),
        )
        if same:
            return True, f"{holder.host} was started anew since"
        return False, f"it runs on another machine ({holder.host}), which cannot be seen from here"
    if not holder.namespace or holder.namespace != _namespace():
        return False, "it runs in another container, whose processes cannot be seen from here"
    return _process_evidence(holder.pid, holder.started)


def _process_evidence(pid: int, started: int) -> tuple[bool, str]:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True, f"there is no process {pid} any more"
    except PermissionError:
        pass  # It is there, and somebody else's.
    found = _start_ticks(pid)
    if found is None:
        return False, f"process {pid} is there, and nothing more can be seen of it"
    if found == 0:
        return True, f"process {pid} has ended"
    if not started:
        return False, f"process {pid} is there; whether it is the same is not known"
    if found != started:
        return True, f"process {pid} is another one, which began later"
    return False, f"process {pid} is running"


def _start_ticks(pid: int) -> int | None:
    """Return when ``pid`` began, 0 when it has ended and waits to be collected, None if unseen."""
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
    except (OSError, KeyError):  # A user id without a name, as containers have them.
        return str(os.getuid())


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
