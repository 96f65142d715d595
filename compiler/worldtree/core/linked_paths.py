"""Where paths lead once links are followed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

#: Entries of a directory that are looked at for links.
_MAX_ENTRIES = 20_000


def is_inside(path: Path, directory: Path) -> bool:
    """Whether ``path`` is in ``directory`` once links are followed."""
    try:
        return path.resolve().is_relative_to(directory.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def leaving_links(directory: Path) -> Iterator[str]:
    """Yield links below ``directory`` that lead out of it, and `.` for too large a directory."""
    entries = (
        Path(place) / name
        for place, directories, names in os.walk(directory)
        for name in (*directories, *names)
    )
    for number, entry in enumerate(islice(entries, _MAX_ENTRIES + 1)):
        if number == _MAX_ENTRIES:
            yield "."
        elif entry.is_symlink() and not is_inside(entry, directory):
            yield str(entry.relative_to(directory))
