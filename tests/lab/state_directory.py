"""The directory with the state of all labs, and its locks."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError

DEFAULT = "/var/lib/worldtree-lab"


def state_directory() -> Path:
    """The lab's directory: ``WORLDTREE_LAB_HOME`` or /var/lib/worldtree-lab."""
    path = Path(os.environ.get("WORLDTREE_LAB_HOME") or DEFAULT).absolute()
    if set(str(path)) & set(":,\\ "):
        raise LabError(
            f"The lab cannot live in {path}: the overlay mount does not take"
            " colons, commas, backslashes or spaces. Set WORLDTREE_LAB_HOME to another directory."
        )
    return path


def labs_dir() -> Path:
    """One directory per lab."""
    return state_directory() / "labs"


def base_dir() -> Path:
    """The cached base file systems, one directory per digest."""
    return state_directory() / "base"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a named lock; other processes wait. The kernel releases it when this process ends."""
    path = state_directory() / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            # The previous holder may have deleted the file meanwhile.
            if _is_still(path, handle.fileno()):
                yield
                return


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the open file is the one at that path."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
