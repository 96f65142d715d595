"""Writes new files, each complete or not at all, and replaces none."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from worldtree.core.errors import RefusedError

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})


def write_new_files(files: Mapping[Path, str], *, hint: str) -> list[Path]:
    """Write ``files``, path -> text, with the directories that they need; return the paths.

    The first one is written last: it names the others. Of these, one that has just this text
    already stays; it may be of a call that was killed. Raises ``RefusedError`` when one of them
    exists, as a file or as a link to nothing (nothing is written then, and ``hint`` says what to
    do), or cannot be written.
    """
    main = next(iter(files), None)
    missing = {p: text for p, text in files.items() if p == main or not _has(p, text)}
    there = next((path for path in missing if os.path.lexists(path)), None)
    if there is not None:
        raise RefusedError(f"{there} already exists", code="file-exists", hint=hint)
    path = Path()
    try:
        for path, text in reversed(missing.items()):
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(path, text)
    except OSError as problem:
        msg = f"{path} cannot be written: {problem.strerror}"
        raise RefusedError(msg, code="file-not-written") from problem
    return list(files)


def replace_file(path: Path, text: str) -> None:
    """Write ``text`` to a file that exists; readers find the old text or the new one."""
    _temporary(path, text).replace(path)


def _has(path: Path, text: str) -> bool:
    try:
        return not path.is_symlink() and path.is_file() and path.read_bytes() == text.encode()
    except OSError:
        return False  # It exists, which is all that counts then.


def _create(path: Path, text: str) -> None:
    part = _temporary(path, text)
    try:
        # Unlike a rename, a link fails where another process has written the file since.
        os.link(part, path)
    except OSError as problem:
        # Shared folders often have no links.
        if problem.errno not in _NO_LINKS or os.path.lexists(path):
            raise
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def _temporary(path: Path, text: str) -> Path:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    return part
