"""Where the lab keeps its state, and the locks that guard it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError

DEFAULT = "/var/lib/worldtree-lab"


def home() -> Path:
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
    return home() / "labs"


def base_dir() -> Path:
    """The cached base file systems, one directory per digest."""
    return home() / "base"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock of the lab's directory; others wait. Freed by the kernel if we die."""
    path = home() / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            # Whoever had it before may have deleted the file while we waited.
            if _is_still(path, handle.fileno()):
                yield
                return


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the open file is the one at that path."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
