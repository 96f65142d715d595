"""Directories as tars: equal files give equal bytes."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO


def pack_directory(directory: Path) -> bytes:
    """Return files and links below a directory as a tar."""
    found = io.BytesIO()
    write_packed(directory, found)
    return found.getvalue()


def write_packed(directory: Path, file: IO[bytes]) -> None:
    """Write files and links below a directory to ``file`` as a tar. Raises ``OSError``.

    What is in a file is copied in small parts.
    """
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(directory.rglob("*")):
            name = path.relative_to(directory).as_posix()
            if path.is_symlink():
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
                archive.addfile(entry)
            elif path.is_file():
                _add(archive, name, path, path.stat().st_mode & 0o777)


def pack_files(files: Mapping[str, Path]) -> bytes:
    """Return files, by their paths in it, as the tar that a service makes of an archive of them.

    Links are followed. Of the modes only whether the owner can execute a file remains.
    """
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(files, key=PurePosixPath):
            is_program = files[name].stat().st_mode & stat.S_IXUSR
            _add(archive, name, files[name], 0o755 if is_program else 0o644)
    return found.getvalue()


def _add(archive: tarfile.TarFile, name: str, path: Path, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    with path.open("rb") as body:
        entry.size, entry.mode = os.fstat(body.fileno()).st_size, mode
        archive.addfile(entry, body)
