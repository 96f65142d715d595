"""Directories as tars."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path


def pack_directory(directory: Path) -> bytes:
    """Return files and links below a directory as a tar; equal ones give equal bytes."""
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(directory.rglob("*")):
            entry = tarfile.TarInfo(path.relative_to(directory).as_posix())
            if path.is_symlink():
                entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
                archive.addfile(entry)
            elif path.is_file():
                body = path.read_bytes()
                entry.size, entry.mode = len(body), path.stat().st_mode & 0o777
                archive.addfile(entry, io.BytesIO(body))
    return found.getvalue()
