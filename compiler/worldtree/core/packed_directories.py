"""Directories as tars: equal files give equal bytes."""

from __future__ import annotations

import io
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath


def pack_directory(directory: Path) -> bytes:
    """Return files and links below a directory as a tar."""
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(directory.rglob("*")):
            name = path.relative_to(directory).as_posix()
            if path.is_symlink():
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
                archive.addfile(entry)
            elif path.is_file():
                _add(archive, name, path, path.stat().st_mode & 0o777)
    return found.getvalue()


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
    body = path.read_bytes()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(body), mode
    archive.addfile(entry, io.BytesIO(body))
