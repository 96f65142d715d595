"""The processes of a running task, by the part that they play; known by their environment."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from worldtree.runner.process.protocol import SUPERVISOR_FILE

_PROC = Path("/proc")
#: What can be killed of a task, the process that asked for it first.
PARTS = ("control", "launcher", "supervisor", "playbook")
#: How processes begin their name that are forked for a run of Ansible.
_FORKED = "wt-"


@dataclass(frozen=True)
class Process:
    """A living process."""

    pid: int
    parent: int
    name: str
    words: str


def of_home(home: Path) -> list[Process]:
    """Return the living processes whose environment or command line tells of ``home``."""
    mark, found = str(home).encode(), []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError, ValueError, IndexError):
            words = (entry / "cmdline").read_bytes()
            if mark not in words and mark not in (entry / "environ").read_bytes():
                continue
            name, _, rest = (entry / "stat").read_text(errors="replace").rpartition(")")
            fields = rest.split()
            if fields[0] not in "ZX":
                text = words.replace(b"\0", b" ").decode(errors="replace")
                found.append(Process(int(entry.name), int(fields[1]), name.split("(", 1)[1], text))
    return sorted(found, key=lambda process: process.pid)


def by_part(home: Path, control: int) -> dict[str, list[int]]:
    """Return the processes of the tasks in ``home``; also of those that outlived their parents."""
    supervisors = _supervisors(home)
    found: dict[str, list[int]] = {part: [] for part in PARTS}
    alive = of_home(home)
    names = {process.pid: process.name for process in alive}
    launchers = {p.pid for p in alive if "runner.launcher" in p.words}
    for process in alive:
        if process.pid == control:
            found["control"].append(process.pid)
        elif process.name.startswith(_FORKED):
            # Its workers are forks of it and bear its name.
            if not names.get(process.parent, "").startswith(_FORKED):
                found["playbook"].append(process.pid)
        elif process.pid in supervisors:
            found["supervisor"].append(process.pid)
        elif process.pid in launchers and process.parent not in launchers:
            found["launcher"].append(process.pid)
    return found


def kill(pid: int) -> bool:
    """SIGKILL a process; False when it is gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def kill_everything(home: Path) -> int:
    """SIGKILL whatever works for ``home``, as often as there is something; return how many."""
    count = 0
    while alive := of_home(home):
        for process in alive:
            count += kill(process.pid)
    return count


def _supervisors(home: Path) -> set[int]:
    """Return who supervises, or did, an attempt."""
    found = set()
    for file in home.glob(f"tasks/*/attempts/*/{SUPERVISOR_FILE}"):
        with suppress(OSError, ValueError, KeyError):
            found.add(int(json.loads(file.read_bytes())["pid"]))
    return found
