"""Makes files durable: whole files, entries of directories, and all of a bundle in background.

The kernel keeps written data in memory for up to half a minute. Flushed data survives a crash of
the process, but only synced data survives a power failure.
"""

from __future__ import annotations

import ctypes
import os
import threading
from pathlib import Path

from worldtree.core.errors import WorldTreeError


def sync_directory(directory: Path) -> None:
    """Write the entries of ``directory`` to disk. Raises ``OSError``."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file, in place of one that is there, so that it is on disk as a whole or not at all.

    Several processes may do it at once: each has a temporary file of its own beside it. Raises
    ``OSError``.
    """
    from tempfile import mkstemp

    descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}-")  # Mode 0600.
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.chmod(mode)
        fresh.replace(path)
        sync_directory(path.parent)
    finally:  # Also after Ctrl-C: the file is this call's own.
        fresh.unlink(missing_ok=True)


class BackgroundSync:
    """Syncs all files below ``directory`` to disk in a background thread.

    Syncs the whole file system with one call: one fsync per file would be much slower.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._sync, name="sync", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until the sync is done. Raises ``WorldTreeError`` if it failed."""
        self._thread.join()
        if self._error is not None:
            why = getattr(self._error, "strerror", None) or self._error
            raise WorldTreeError(
                f"cannot sync {self._directory} to disk: {why}",
                code="sync-failed",
                hint="check the file system and its free space",
            ) from self._error

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
        except Exception as error:  # Without it, nothing would be known to be on disk.
            self._error = error
