"""Creates the directories of the state, accessible to this user only.

Kept apart from the store, whose database libraries are slow to import.
"""

from __future__ import annotations

from pathlib import Path

from worldtree.core.errors import WorldTreeError


class StoreError(WorldTreeError):
    """The state is unusable: its database or its directories."""


def make_private_directory(directory: Path) -> None:
    """Create ``directory`` and its missing parents with mode 0700; existing ones are not changed.

    Raises ``StoreError``.
    """
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
        if not directory.is_dir():
            raise NotADirectoryError(20, "Not a directory")
    except OSError as error:
        hint = "check its owner and the free space, or set WORLDTREE_HOME to another directory"
        raise StoreError(f"cannot create {directory}: {error.strerror}", hint=hint) from error
