"""Finds and kills the processes of a running task, by their part in it."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from worldtree.runner.process.protocol import SUPERVISOR_FILE

_PROC = Path("/proc")
#: The processes of a task that can be killed; ``control`` is the ``wt`` command itself.
PARTS = ("control", "launcher", "supervisor", "playbook")
#: Prefix of the names of processes that are forked for an Ansible run.
_FORKED = "wt-"


@dataclass(frozen=True)
class Process:
    """A living process."""

    pid: int
    parent: int
    name: str
    words: str


def with_home(home: Path) -> list[Process]:
    """Return the living processes whose environment or command line contains ``home``."""
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
    """Return the pids of the tasks in ``home`` by part; includes orphans."""
    supervisors = _supervisors(home)
    found: dict[str, list[int]] = {part: [] for part in PARTS}
    alive = with_home(home)
    names = {process.pid: process.name for process in alive}
    launchers = {p.pid for p in alive if "runner.launcher" in p.words}
    for process in alive:
        if process.pid == control:
            found["control"].append(process.pid)
        elif process.name.startswith(_FORKED):
            # Forked workers have the same name as their parent.
            if not names.get(process.parent, "").startswith(_FORKED):
                found["playbook"].append(process.pid)
        elif process.pid in supervisors:
            found["supervisor"].append(process.pid)
        elif process.pid in launchers and process.parent not in launchers:
            found["launcher"].append(process.pid)
    return found


def kill(pid: int) -> bool:
    """SIGKILL a process; False if it has already ended."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def kill_everything(home: Path) -> int:
    """SIGKILL all processes of ``home`` until none is left; return the number of signals."""
    count = 0
    while alive := with_home(home):
        for process in alive:
            count += kill(process.pid)
    return count


def _supervisors(home: Path) -> set[int]:
    """Return the pids of the supervisors recorded in the attempts of ``home``."""
    found = set()
    for file in home.glob(f"tasks/*/attempts/*/{SUPERVISOR_FILE}"):
        with suppress(OSError, ValueError, KeyError):
            found.add(int(json.loads(file.read_bytes())["pid"]))
    return found
