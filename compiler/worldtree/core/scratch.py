"""Directories that must not outlive a task, however its processes end.

Each is locked by whoever works in it. The kernel lets go of a lock with the last process that has
it, so a directory that can be locked is nobody's any more, and the next task clears it away.
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

#: Seconds within which a directory that was made is surely locked.
_MAKING = 60.0
#: Bytes of a unix socket's path: 103 and a zero on BSD and macOS, 107 on Linux.
_MAX_SOCKET_PATH = 103


def socket_base_directory(following: int) -> str:
    """Return where a path may go on for ``following`` bytes and still be a unix socket's."""
    base = tempfile.gettempdir()
    return base if len(os.fsencode(base)) + following <= _MAX_SOCKET_PATH else "/tmp"


class ScratchDirectory:
    """A private directory, and the descriptor that keeps it: for every process that needs it."""

    def __init__(self, prefix: str, base: str) -> None:
        """Make one in ``base``; its name begins with ``prefix``."""
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        self.descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):  # Where nothing can be locked, nothing is cleared away either.
            fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def release(self) -> None:
        """Leave it to the other processes that keep it; once is enough."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.release()


def remove_unused(prefix: str, base: str, remove: Callable[[Path], object] = shutil.rmtree) -> None:
    """Remove the directories in ``base`` that are ours and that nobody keeps any more."""
    with os.scandir(base) as entries:
        names = [entry.path for entry in entries if entry.name.startswith(prefix)]
    for name in names:
        with suppress(OSError), _locked_if_unused(name):
            remove(Path(name))


@contextmanager
def _locked_if_unused(name: str) -> Iterator[None]:
    """Keep a directory that was left behind. Raises ``OSError`` for any other."""
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or time.time() - found.st_ctime < _MAKING:
            raise PermissionError(f"{name} is not ours, or not yet kept")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
