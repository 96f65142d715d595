"""The cache: files by the sha256 of their bytes, shared between clusters, tasks and processes.

```
sha256/ab/abcdef…    whole files, read-only, named after their sha256
partial/NAME         files that are not whole yet, with what is known of their source (NAME.json)
locks/NAME           one lock per file
in-use/NAME          what a running command uses, see digests_in_use.py
lock-files/NAME      paths of lock files, see cache_prune.py
```
A file comes to ``sha256/`` by a rename only, after all its bytes were counted into the sha256 that
it is named after and were written to the disk.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from worldtree.artifacts.digest_locks import DigestLocks
from worldtree.artifacts.partial_file import PartialFile
from worldtree.core.disk_space import is_disk_full
from worldtree.core.errors import WorldTreeError
from worldtree.core.file_digest import file_digest
from worldtree.core.fsync import sync_directory
from worldtree.core.private_directories import make_private_directory
from worldtree.spec.artifact_names import SHA256

#: Name of the directory below the home.
DIRECTORY = "artifacts"
_DIGEST = re.compile(SHA256[1:-1])
_READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A whole file of the cache."""

    digest: str
    #: Bytes.
    size: int
    #: Seconds since the epoch.
    last_used: float


class ArtifactCache:
    """The files below ``directory``, which is created when it is first needed.

    Methods raise ``WorldTreeError`` where the directory cannot be used, with the code ``disk-full``
    where it has no space.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.locks = DigestLocks(directory / "locks")

    def path(self, digest: str) -> Path:
        """Return where the file with this sha256 is, or would be."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is not a sha256")
        return self.directory / "sha256" / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Whether there is a file with this name; its bytes are not read."""
        with self.errors():
            try:
                return _is_regular(self.path(digest).lstat())
            except FileNotFoundError:
                return False

    def find(self, digest: str, *, size: int | None = None, verify: bool = False) -> Path | None:
        """Return the file with this sha256, and count this as a use; None where there is none.

        A file that is not regular, or whose bytes have another sha256, is removed; the bytes are
        read with ``verify``, and where its size is not ``size``. What is used for longer is named
        to ``digests_in_use``.
        """
        path = self.path(digest)
        with self.errors():
            try:
                found = path.lstat()
            except FileNotFoundError:
                return None
            is_read = verify or size not in (None, found.st_size)
            if not _is_regular(found) or (is_read and file_digest(path) != digest):
                path.unlink(missing_ok=True)
                return None
            with suppress(FileNotFoundError):
                os.utime(path)
            return path

    @contextmanager
    def held(self, name: str, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold the lock of a file, by its sha256 or by the name of its partial file.

        ``waiting`` is called before another holder is waited for.
        """
        with self.errors():
            make_private_directory(self.directory / "locks")
            lock = self.locks.held(name, waiting)
            lock.__enter__()
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def partial(self, name: str) -> PartialFile:
        """Return the partial file ``name``; its caller holds the lock of that name."""
        return PartialFile(self.directory / "partial" / name)

    def adopt(self, partial: PartialFile, digest: str) -> Path:
        """Make a partial file, whose bytes have this sha256, a file of the cache.

        Its caller has counted the bytes that were written, and holds the locks of its name and of
        the sha256.
        """
        target = self.path(digest)
        with self.errors():
            make_private_directory(target.parent)
            partial.path.chmod(_READ_ONLY)
            _sync_file(partial.path)
            partial.path.replace(target)
            sync_directory(target.parent)
            partial.discard()
        return target

    def entries(self) -> list[CacheEntry]:
        """Return every whole file, the least recently used first."""
        found = []
        with self.errors():
            for path in (self.directory / "sha256").glob("??/*"):
                with suppress(FileNotFoundError):  # Another process has removed it.
                    status = path.lstat()
                    if _DIGEST.fullmatch(path.name) and _is_regular(status):
                        found.append(CacheEntry(path.name, status.st_size, status.st_mtime))
        return sorted(found, key=lambda one: (one.last_used, one.digest))

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn an ``OSError`` into the ``WorldTreeError`` that says what to do."""
        try:
            yield
        except OSError as error:
            raise cache_error(self.directory, error) from error


def cache_error(directory: Path, error: OSError) -> WorldTreeError:
    """Return what an error of the file system means for the cache in ``directory``."""
    if is_disk_full(error):
        return WorldTreeError(
            f"the disk of the artifact cache {directory} is full",
            code="disk-full",
            hint="free some space, for example with `wt artifacts prune`, and try again",
        )
    return WorldTreeError(
        f"the artifact cache {directory} cannot be used: {error.strerror or error}",
        code="artifact-cache-unusable",
        hint="check the permissions and the file system of the directory",
    )


def _is_regular(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
