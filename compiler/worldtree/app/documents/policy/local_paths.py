"""Judges paths of files that compiling or Ansible reads on the control side."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

#: Directories beside the document whose files are not judged as templates.
_UNJUDGED = frozenset({"files", "tasks", "handlers", "library", "module_utils"})
#: Entries of the directory that are looked at for links; a larger one is refused.
_MAX_ENTRIES = 20_000


def is_below(written: str, directory: Path | None) -> bool:
    """Whether ``written`` is a plain path of something below ``directory``, links followed."""
    if not written or "\0" in written or "{{" in written or "{%" in written or "${" in written:
        return False
    if written.startswith(("/", "~")) or ".." in PurePosixPath(written).parts:
        return False
    return directory is None or is_inside(directory / written, directory)


def program_of(command: str) -> str:
    """Return the path of the script that a command line of ``script`` begins with.

    It is empty, and so below no directory, where a parameter such as ``creates=`` stands there.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    return words[0] if words and "=" not in words[0] else ""


def is_inside(path: Path, directory: Path) -> bool:
    """Whether ``path`` is in ``directory`` once links are followed."""
    try:
        return path.resolve().is_relative_to(directory.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def is_template_place(written: str) -> bool:
    """Whether a template of this path is one that ``check_policy`` reads."""
    parts = PurePosixPath(written).parts
    return not (len(parts) > 1 and parts[0] in _UNJUDGED)


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
