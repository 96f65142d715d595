# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""What is made beside a path before it is put there; the next process removes what one has left."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile

#: Part of the names of what is not in its place yet, or any more.
_UNUSED = ".worldtree-"


def sweep(path):
    """Remove what a killed process has left beside C(path); no other one works on that path."""
    folder, name = os.path.split(path)
    start = ".{0}{1}".format(name, _UNUSED)
    try:
        found = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for other in found:
        if other.startswith(start):
            remove(os.path.join(folder, other))


def beside(path):
    """Return a new directory beside C(path), on the same file system; C(sweep) removes it."""
    folder, name = os.path.split(path)
    os.makedirs(folder, mode=0o755, exist_ok=True)
    return tempfile.mkdtemp(prefix=".{0}{1}".format(name, _UNUSED), dir=folder)


def remove(path):
    """Remove a file, a link or a directory with its content."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
