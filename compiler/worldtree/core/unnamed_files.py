"""Files that no directory has: they are gone when they are closed, and when the process ends."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from worldtree.core.disk_space import is_disk_full
from worldtree.core.private_directories import StoreError, make_private_directory


def unnamed_file(directory: Path, write: Callable[[IO[bytes]], None]) -> IO[bytes]:
    """Return an open file on the disk of ``directory`` with what ``write`` wrote, at its beginning.

    Raises as ``write``, and ``StoreError`` where it cannot be written.
    """
    make_private_directory(directory)
    try:
        file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115  # The caller closes it.
        try:
            write(file)
            file.seek(0)
        except BaseException:  # Nobody else can close it then.
            file.close()
            raise
    except OSError as problem:
        raise temporary_file_error(directory, problem) from problem
    return file


def temporary_file_error(directory: Path, problem: OSError) -> StoreError:
    """Return the error for temporary files below ``directory`` that cannot be written."""
    return StoreError(
        f"a temporary file below {directory} cannot be written: {problem.strerror}",
        code="disk-full" if is_disk_full(problem) else "store-unavailable",
        hint="check the free space and the rights of the directory",
    )
