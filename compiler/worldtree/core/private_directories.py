"""Directories of the state: for this user only; apart from the database, which is slow to load."""

from __future__ import annotations

from pathlib import Path

from worldtree.core.errors import WorldTreeError


class StoreError(WorldTreeError):
    """The state cannot be used: its database, or its directories."""


def make_private_directory(directory: Path) -> None:
    """Make ``directory`` and whatever is missing above it, closed to others.

    Raises ``StoreError`` when it cannot be made; one that is there stays as it is.
    """
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
        if not directory.is_dir():
            raise NotADirectoryError(20, "Not a directory")
    except OSError as error:
        hint = "check the owner and the free space there, or set WORLDTREE_HOME to another place"
        raise StoreError(f"{directory} cannot be made: {error.strerror}", hint=hint) from error
