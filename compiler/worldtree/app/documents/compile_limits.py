"""Limits of a process that compiles, and how it sets them on itself."""

from __future__ import annotations

import ctypes
import resource
from contextlib import suppress
from dataclasses import dataclass

_PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True, slots=True)
class CompileLimits:
    """What one compilation may use."""

    #: Seconds from its start to its result.
    wall_seconds: float = 60.0
    #: Seconds of CPU time.
    cpu_seconds: int = 45
    #: Bytes of address space.
    memory_bytes: int = 2_000_000_000
    #: Bytes of one file that it writes.
    file_bytes: int = 16_000_000
    #: Descriptors.
    open_files: int = 256
    #: Bytes of its result, which has the plan, and the bundle with up to 64 MiB of content.
    output_bytes: int = 120_000_000
    #: Bytes of the document.
    document_bytes: int = 10 * 1024 * 1024


def apply_limits(limits: CompileLimits) -> None:
    """Set ``limits`` on this process and those that it starts; they cannot be raised again."""
    wanted = {
        resource.RLIMIT_CORE: (0, 0),
        # A signal that names the limit comes at the first one; the second one kills.
        resource.RLIMIT_CPU: (limits.cpu_seconds, limits.cpu_seconds + 2),
        resource.RLIMIT_AS: (limits.memory_bytes,) * 2,
        resource.RLIMIT_FSIZE: (limits.file_bytes,) * 2,
        resource.RLIMIT_NOFILE: (limits.open_files,) * 2,
    }
    for kind, values in wanted.items():
        highest = resource.getrlimit(kind)[1]
        if highest != resource.RLIM_INFINITY:
            values = (min(values[0], highest), min(values[1], highest))
        resource.setrlimit(kind, values)
    with suppress(OSError, AttributeError):  # Linux only.
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
