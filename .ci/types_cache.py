"""Gives a new checkout what mypy found in an earlier one: ``types_cache.py take|give``.

Without its cache mypy needs two minutes of a processor, with it ten seconds. mypy compares its own
version, its options, and size and time or else the content of each source with what the cache was
made from, and checks again what differs, wherever the checkout is. ``take`` copies the cache if the
checkout has none yet; ``give`` copies it back, for the next one, if this checkout was new. Both do
nothing on any error.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def take(root: Path, shared: Path) -> None:
    """Copy the cache from ``shared`` to a checkout without one, and mark that as new."""
    own = root / ".mypy_cache"
    if own.exists():
        return
    with suppress(OSError):
        _copy(shared, own)
    with suppress(OSError):
        own.mkdir(exist_ok=True)
        (own / "new").touch()


def give(root: Path, shared: Path) -> None:
    """Put the cache of a new checkout in the place of ``shared``."""
    own = root / ".mypy_cache"
    try:
        (own / "new").unlink()
    except OSError:
        return
    with suppress(OSError):
        shared.parent.mkdir(parents=True, exist_ok=True)
        _copy(own, shared)


def _copy(source: Path, target: Path) -> None:
    """Copy a directory, whole or not at all, also where another process does the same."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".types-") as place:
        shutil.copytree(source, f"{place}/new")
        with suppress(FileNotFoundError):
            target.rename(f"{place}/old")
        Path(f"{place}/new").rename(target)


def shared_place() -> Path:
    """Return the directory of this user that checkouts share."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "worldtree-tests" / "mypy"


if __name__ == "__main__":
    {"take": take, "give": give}[sys.argv[1]](ROOT, shared_place())
