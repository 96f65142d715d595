"""Which files of a role a play can read: not those for people, tests and other programs."""

from __future__ import annotations

from pathlib import PurePosixPath

#: Directories at the top of a role with its documentation and its tests.
_FOR_DEVELOPERS = frozenset({"docs", "molecule", "test", "tests"})
#: Beginnings of the names of files at the top of a role that only people read.
_FOR_PEOPLE = ("README", "CHANGELOG", "LICENSE")


def is_read_by_plays(relative: str) -> bool:
    """Whether a play can read the file at ``relative``, a path below the directory of a role.

    Hidden files and directories at the top are those of other programs, such as CI.
    """
    parts = PurePosixPath(relative).parts
    if len(parts) == 1:
        return not parts[0].startswith((".", *_FOR_PEOPLE))
    return not parts[0].startswith(".") and parts[0] not in _FOR_DEVELOPERS
