"""Processes of this machine, read from /proc: whose child, by which mark, still alive."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent ends.

    Ansible's workers are sessions of their own; only so does every one stay in our subtree.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Have this process killed when its parent ends; for use between fork and exec."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def descendants(root: int) -> list[int]:
    """Return the living descendants of ``root``, but for shared ssh connections."""
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


def marked(mark: str) -> list[int]:
    """Return the living processes whose environment holds the entry ``mark``, but for this one."""
    wanted = mark.encode()
    found = []
    for pid in _pids():
        try:
            entries = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in entries and pid != os.getpid() and not _is_shared_connection(pid):
            found.append(pid)
    return found


def kill_all(find: Callable[[], Iterable[int]], seconds: float) -> list[int]:
    """SIGKILL what ``find`` gives until it gives nothing; return what is left after ``seconds``."""
    end = time.monotonic() + seconds
    while left := list(find()):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            except PermissionError:
                pass
        if time.monotonic() >= end:
            return left
        time.sleep(0.02)
    return []


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
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    state, parent = text.rpartition(")")[2].split()[:2]
    return None if state in "ZX" else int(parent)


def _is_shared_connection(pid: int) -> bool:
    """Whether this is ssh's master of a shared connection: the task's, not the attempt's."""
    try:
        title = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False
    return title.startswith(b"ssh: ") and b"[mux]" in title
