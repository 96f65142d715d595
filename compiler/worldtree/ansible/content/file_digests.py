"""The files of a role or another directory, and a digest over all of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Directories that tools leave behind; they are no content.
_IGNORED_DIRS = frozenset({".git", "__pycache__", ".mypy_cache", ".ruff_cache", ".cache"})
_IGNORED_SUFFIXES = (".pyc", ".pyo")


@dataclass(frozen=True, slots=True)
class ContentFile:
    """One file: its path relative to the directory (with ``/``), its absolute path, its mode."""

    relative: str
    path: Path
    executable: bool


def content_files(directory: Path) -> tuple[ContentFile, ...]:
    """Return every file below ``directory``, symlinks followed, sorted by relative path."""
    return tuple(sorted(_walk(directory, "", frozenset()), key=lambda file: file.relative))


def _walk(directory: Path, prefix: str, above: frozenset[str]) -> Iterator[ContentFile]:
    real = os.path.realpath(directory)
    if real in above:
        return
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            if entry.name not in _IGNORED_DIRS:
                yield from _walk(Path(entry.path), f"{prefix}{entry.name}/", above | {real})
        elif (
            entry.is_file()
            and entry.name != ".git"  # A submodule's or worktree's pointer is a file.
            and not entry.name.endswith(_IGNORED_SUFFIXES)
        ):
            executable = bool(entry.stat().st_mode & 0o100)
            yield ContentFile(f"{prefix}{entry.name}", Path(entry.path), executable)


def content_digest(directory: Path) -> str:
    """Return the sha256 (hex) over paths, executable bits and bytes of all files below."""
    total = hashlib.sha256()
    for file in content_files(directory):
        with file.path.open("rb") as stream:
            inner = hashlib.file_digest(stream, "sha256").hexdigest()
        mark = "x" if file.executable else "-"
        total.update(f"{file.relative}\0{mark}\0{inner}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()
