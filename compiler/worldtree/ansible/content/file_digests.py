"""The files of a role or another directory, and a digest over all of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from worldtree.ansible.content.file_modes import mode_mark, permissions, shipped_mode
from worldtree.core.file_digest import file_digest

#: Directories that tools leave behind; they are no content.
_IGNORED_DIRS = frozenset({".git", "__pycache__", ".mypy_cache", ".ruff_cache", ".cache"})
_IGNORED_SUFFIXES = (".pyc", ".pyo")


@dataclass(frozen=True, slots=True)
class ContentFile:
    """One file: its path relative to the directory (with ``/``), its absolute path, its mode."""

    relative: str
    path: Path
    #: Permission bits.
    mode: int


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
            mode = permissions(entry.stat().st_mode)
            yield ContentFile(f"{prefix}{entry.name}", Path(entry.path), mode)


def content_digest(directory: Path, *, shipped: bool = False) -> str:
    """Return the sha256 (hex) over paths, modes and bytes of all files below.

    Of ``shipped`` files, whose modes depend on the installer, only the executable bit counts.
    """

    def mark(mode: int) -> str:
        return mode_mark(shipped_mode(mode) if shipped else mode)

    return digest_over(content_files(directory), mark).hexdigest()


def digest_over(
    files: Iterable[ContentFile], mark: Callable[[int], str] = mode_mark
) -> hashlib._Hash:
    """Return the sha256 over paths, modes as ``mark`` says them, and bytes of ``files``."""
    total = hashlib.sha256()
    for file in files:
        line = f"{file.relative}\0{mark(file.mode)}\0{file_digest(file.path)}\n"
        total.update(line.encode("utf-8", "surrogateescape"))
    return total
