"""Locks of the cache, one per file: between processes and threads, gone with their process.

A lock is ``flock`` on a file of its own, which the kernel releases when its process ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class DigestLocks:
    """The lock files in one directory, by name."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextmanager
    def held(self, name: str, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold the lock ``name``; call ``waiting`` before waiting for another holder.

        Raises ``OSError``.
        """
        descriptor = self._open(name, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if descriptor is None:
            waiting()
            descriptor = self._open(name, fcntl.LOCK_EX)
        assert descriptor is not None, "a lock that waits is obtained"
        try:
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def if_free(self, name: str) -> Iterator[bool]:
        """Hold the lock ``name`` if nobody else does, and give whether it is held.

        Raises ``OSError``.
        """
        descriptor = self._open(name, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield descriptor is not None
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def forget(self, name: str) -> None:
        """Delete the file of a lock that the caller holds."""
        (self._directory / name).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Return the names of all locks, sorted."""
        if not self._directory.is_dir():
            return []
        return sorted(path.name for path in self._directory.iterdir())

    def _open(self, name: str, operation: int) -> int | None:
        """Return the descriptor of a lock that was obtained; None where another holds it."""
        path = self._directory / name
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, operation)
                if _is_at(descriptor, path):
                    return descriptor
            except BlockingIOError:
                os.close(descriptor)
                return None
            except BaseException:  # Whatever ends this, the descriptor is not left open.
                os.close(descriptor)
                raise
            # Its holder has deleted the file meanwhile: others lock the new one.
            os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))
