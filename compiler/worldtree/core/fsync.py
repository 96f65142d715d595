"""What a power failure must not take away: names of files, and the bundle that a task runs from.

A file that was written is in memory for up to half a minute; what was only flushed is there whole
after a crash of programs, but not after one of the machine.
"""

from __future__ import annotations

import ctypes
import os
import threading
from pathlib import Path

from worldtree.core.errors import WorldTreeError


def sync_directory(directory: Path) -> None:
    """Have the names in ``directory`` on disk when this returns. Raises ``OSError``."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class BackgroundSync:
    """Brings all that was written below ``directory`` to disk, beside other work.

    The whole file system is asked to: file by file it takes as long as a disk takes for each.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._trouble: OSError | None = None
        self._thread = threading.Thread(target=self._sync, name="sync", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return once it is there. Raises ``WorldTreeError`` when it cannot be."""
        self._thread.join()
        if self._trouble is not None:
            raise WorldTreeError(
                f"{self._directory} cannot be brought to disk: {self._trouble.strerror}",
                hint="check the file system and its free space",
            ) from self._trouble

    def _sync(self) -> None:
        try:
            descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
            try:
                library = ctypes.CDLL(None, use_errno=True)
                if library.syncfs(descriptor) != 0:
                    number = ctypes.get_errno()
                    raise OSError(number, os.strerror(number))
            finally:
                os.close(descriptor)
        except OSError as trouble:
            self._trouble = trouble
