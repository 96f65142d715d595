"""Protects the memory of a process that holds secrets."""

from __future__ import annotations

import contextlib
import ctypes
import resource
from pathlib import Path

_PR_SET_DUMPABLE = 4

_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_CAP_IPC_LOCK = 1 << 14


def protect_memory() -> None:
    """Prevent core files, debuggers and swapping, as far as the system allows it; never fails."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        # No core file, no debugger, and /proc/<pid> belongs to root.
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        # With a limit on locked memory, later allocations would fail.
        if _may_lock():
            libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT)


def _may_lock() -> bool:
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        return True
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("CapEff:"):
                return bool(int(line.split()[1], 16) & _CAP_IPC_LOCK)
    return False
