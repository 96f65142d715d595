"""Temporary directories that do not outlive a task, even if its processes are killed.

The processes that use a directory hold a lock on it. The kernel releases the lock when the last of
them ends, so a directory that can be locked is unused, and the next task removes it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: Seconds after its creation within which a directory may not be locked yet.
_LOCK_GRACE = 60.0
#: Bytes of a Unix socket's path: 103 and a NUL on BSD and macOS, 107 on Linux.
_MAX_SOCKET_PATH = 103


def socket_base_directory(following: int) -> str:
    """Return a directory below which a path of ``following`` more bytes fits a Unix socket."""
    base = tempfile.gettempdir()
    return base if len(os.fsencode(base)) + following <= _MAX_SOCKET_PATH else "/tmp"


class ScratchDirectory:
    """A private directory and the descriptor that holds its lock, to pass to child processes."""

    def __init__(self, prefix: str, base: str) -> None:
        """Create one in ``base``; its name starts with ``prefix``."""
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        self.descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):  # Without locks, ``remove_unused`` removes nothing either.
            fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def release(self) -> None:
        """Close our descriptor: the other processes that have it keep the lock. Idempotent."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def remove(self) -> None:
        """Delete the directory with its contents."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.release()


def remove_unused(prefix: str, base: str, remove: Callable[[Path], object] = shutil.rmtree) -> None:
    """Delete the directories of this user in ``base`` that no process holds a lock on."""
    with os.scandir(base) as entries:
        names = [entry.path for entry in entries if entry.name.startswith(prefix)]
    for name in names:
        with suppress(OSError), _locked_if_unused(name):
            remove(Path(name))


@contextmanager
def _locked_if_unused(name: str) -> Iterator[None]:
    """Lock a directory that no process uses. Raises ``OSError`` for any other."""
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or time.time() - found.st_ctime < _LOCK_GRACE:
            raise PermissionError(f"{name} belongs to another user, or may not be locked yet")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
