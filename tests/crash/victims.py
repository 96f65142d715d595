"""The processes of a running task, by the part that they play."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
#: What can be killed.
PARTS = ("control", "launcher", "supervisor", "playbook")


def family(root: int) -> dict[int, int]:
    """Return the living processes below ``root``: id and parent's id."""
    parents: dict[int, int] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if fields[0] not in "ZX":
                    parents[int(entry.name)] = int(fields[1])
    below = {root}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return {pid: parents[pid] for pid in below - {root} if pid in parents}


def kill(part: str, control: int) -> bool:
    """SIGKILL one process that plays ``part`` in the task of ``control``; False when none does."""
    pid = control if part == "control" else _find(part, control)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _find(part: str, control: int) -> int | None:
    below = family(control)
    launchers = [pid for pid in below if _is_launcher(pid) and below[pid] == control]
    if part == "launcher":
        return next(iter(launchers), None)
    supervisors = [pid for pid, parent in below.items() if parent in launchers]
    if part == "supervisor":
        return next(iter(supervisors), None)
    playbooks = [pid for pid, parent in below.items() if parent in supervisors]
    return next(iter(playbooks), None)


def _is_launcher(pid: int) -> bool:
    with suppress(OSError):
        return b"runner.launcher" in (_PROC / str(pid) / "cmdline").read_bytes()
    return False


def left(marks: Mapping[str, str]) -> list[str]:
    """Return the processes whose environment or command line holds one of ``marks``' values."""
    found = []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            text = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            if any(mark.encode() in text for mark in marks.values()):
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                found.append(f"{entry.name}: {words[:200].decode(errors='replace')}")
    return found
