"""How many bytes directories use, where some of their files are links to the same content."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path


def freed_bytes(directories: Iterable[Path]) -> int:
    """Return how many bytes are free once these directories are deleted and content is swept.

    A linked file counts where no other directory links to it.
    """
    links: Counter[tuple[int, int]] = Counter()
    freed = 0
    for status in (status for directory in directories for status in _statuses(directory)):
        same = (status.st_dev, status.st_ino)
        links[same] += 1
        # One link is the kept one.
        if status.st_nlink == 1 or links[same] == status.st_nlink - 1:
            freed += status.st_size
    return freed


def disk_usage(path: Path, seen: set[tuple[int, int]]) -> int:
    """Return the bytes of a file, or of what is below a directory; 0 when it is missing.

    A file with several links counts once for one ``seen``, (device, inode), which is updated.
    """
    used = 0
    for status in _statuses(path):
        same = (status.st_dev, status.st_ino)
        if status.st_nlink == 1 or same not in seen:
            seen.add(same)
            used += status.st_size
    return used


def _statuses(path: Path) -> Iterator[os.stat_result]:
    if path.is_file():
        yield path.lstat()
    for folder, _, files in os.walk(path):
        for name in files:
            try:
                yield Path(folder, name).lstat()
            except FileNotFoundError:
                continue  # Deleted in the meantime.
