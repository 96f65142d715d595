"""Processes of this machine, read from /proc: their parents, the attempt they belong to, alive."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from worldtree.runner.connect.process_names import process_name

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
#: PF_KTHREAD of Linux's sched.h, in the flags of a process.
_KERNEL_THREAD = 0x00200000
_EXECUTION_TRIES = 100


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent ends (subreaper).

    Ansible's workers are sessions of their own; without this they would leave our subtree.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends; for use between fork and exec."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ProcessRef:
    """A process identified beyond doubt: the system reuses a process id alone."""

    pid: int
    #: Clock ticks from the machine's start to the process's.
    started: int
    #: The machine's start.
    boot: str

    @classmethod
    def of(cls, pid: int) -> ProcessRef | None:
        """Return a living process's identity; None when there is none of that id."""
        fields = _stat_fields(pid)
        if fields is None or fields[0] in "ZX":
            return None
        return cls(pid, int(fields[19]), boot_id())

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, for JSON."""
        return asdict(self)

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return ProcessRef.of(self.pid) == self


def boot_id() -> str:
    """Return the id of this boot of the machine."""
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def set_name(name: str) -> None:
    """Give this process, and those forked from it, a name of up to 15 bytes."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def descendants(root: int) -> list[int]:
    """Return the living descendants of ``root``, without shared ssh connections."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        parent = _living_parent(pid)
        if parent is not None:
            children.setdefault(parent, []).append(pid)
    found: list[int] = []
    todo = [root]
    while todo:
        for pid in children.get(todo.pop(), ()):
            todo.append(pid)
            if not _is_shared_connection(pid):
                found.append(pid)
    return found


def attempt_processes(attempt: str) -> list[int]:
    """Return the living processes of an attempt, whatever their parent is, without this process.

    Executed processes have ``WORLDTREE_ATTEMPT`` in their environment, forked ones have the name.
    """
    wanted, name = f"WORLDTREE_ATTEMPT={attempt}".encode(), process_name(attempt)
    found = []
    for pid in _pids():
        try:
            # Of a process that may not be looked into, only the name can be read.
            is_ours = (_PROC / str(pid) / "comm").read_text().strip() == name
            is_ours = is_ours or wanted in _environment(pid).split(b"\0")
        except OSError:
            continue
        if is_ours and pid != os.getpid() and ProcessRef.of(pid) and not _is_shared_connection(pid):
            found.append(pid)
    return found


def _environment(pid: int) -> bytes:
    """Return the environment with which a process was executed. Raises ``OSError``.

    Waits, up to a second, for one that is just being executed: it has neither its former name nor
    its new environment, which on a busy machine takes longer than a moment.
    """
    for _ in range(_EXECUTION_TRIES):
        found = (_PROC / str(pid) / "environ").read_bytes()
        fields = None if found else _stat_fields(pid)
        if fields is None or fields[0] in "ZX" or int(fields[6]) & _KERNEL_THREAD:
            break
        if fields[47] != "0":
            break  # The start of the environment in memory, which is set last.
        time.sleep(0.01)
    return found


def kill_all(find: Callable[[], Iterable[int]], seconds: float) -> list[int]:
    """Send SIGKILL to what ``find`` returns until it returns nothing, twice in a row.

    A process may fork between two looks. Gives up ``seconds`` after the first signals, however long
    ``find`` takes: on a busy machine that is longer than a killed process needs to end. Returns the
    ids of processes that are left.
    """
    end: float | None = None
    empty = 0
    while True:
        left = list(find())
        empty = 0 if left else empty + 1
        if end is None and not left:
            return []  # There was nothing.
        if empty > 1 or (left and end is not None and time.monotonic() >= end):
            return left
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            except PermissionError:
                pass
        end = end or time.monotonic() + seconds
        time.sleep(0.02)


def describe(pid: int) -> str:
    """Return a process's id and command line for a person."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        words = []
    text = b" ".join(words).decode(errors="replace").strip()
    return f"process {pid} ({text[:120]})" if text else f"process {pid}"


def _pids() -> list[int]:
    return [int(name) for name in os.listdir(_PROC) if name.isdigit()]  # noqa: PTH208 (hot path)


def _living_parent(pid: int) -> int | None:
    fields = _stat_fields(pid)
    return None if fields is None or fields[0] in "ZX" else int(fields[1])


def _stat_fields(pid: int) -> list[str] | None:
    """Return the fields of a process from its state on (field 3 of ``man 5 proc_pid_stat``)."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _is_shared_connection(pid: int) -> bool:
    """Whether this is ssh's master of a shared connection, which belongs to the task."""
    try:
        title = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False
    return title.startswith(b"ssh: ") and b"[mux]" in title
