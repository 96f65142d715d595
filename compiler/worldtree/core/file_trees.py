"""Directories of files as data: a listing with a digest of each content, read and written again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from worldtree.core.file_digest import file_digest


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One file, directory or link below the directory."""

    #: Relative, with ``/``.
    path: str
    mode: int
    #: The sha256 (hex) of a file's bytes; None for others.
    content: str | None = None
    #: The target of a symbolic link; None for others.
    link: str | None = None


@dataclass(frozen=True, slots=True)
class FileTree:
    """The entries of a directory, sorted by path."""

    entries: tuple[TreeEntry, ...]

    @property
    def digest(self) -> str:
        """The sha256 (hex) of the listing: names the tree."""
        return sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the listing as JSON, the same for equal trees."""
        return json.dumps([asdict(entry) for entry in self.entries], separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> FileTree:
        """Return the tree that ``to_json`` wrote."""
        return cls(tuple(TreeEntry(**fields) for fields in json.loads(text)))


def read_tree(directory: Path, names: Iterable[str]) -> FileTree:
    """Return what is below ``names`` of ``directory``, as far as they exist. Raises ``OSError``."""
    found = (entry for name in names for entry in _entries(directory, directory / name))
    return FileTree(tuple(sorted(found, key=lambda entry: entry.path)))


def _entries(root: Path, path: Path) -> Iterator[TreeEntry]:
    name = path.relative_to(root).as_posix()
    if path.is_symlink():
        yield TreeEntry(name, 0o777, link=str(path.readlink()))
    elif path.is_dir():
        yield TreeEntry(name, path.stat().st_mode & 0o777)
        for child in path.iterdir():
            yield from _entries(root, child)
    elif path.is_file():
        yield TreeEntry(name, path.stat().st_mode & 0o777, content=file_digest(path))


def write_tree(tree: FileTree, directory: Path, content: Callable[[str], bytes]) -> None:
    """Write the files of ``tree`` into an empty ``directory``; ``content`` gives those of a digest.

    Raises ``ValueError`` for a path that leads out of the directory and for a content that is not
    what its digest says, and ``OSError``.
    """
    modes: list[tuple[Path, int]] = []
    for entry in tree.entries:
        name = _inner(entry.path)
        target = directory / name
        if any((directory / parent).is_symlink() for parent in name.parents if parent.name):
            raise ValueError(f"{entry.path} leads out of the directory, by a link")
        if entry.link is not None:
            target.symlink_to(entry.link)
        elif entry.content is None:
            target.mkdir()
            modes.append((target, entry.mode))
        else:
            body = content(entry.content)
            if sha256(body).hexdigest() != entry.content:
                raise ValueError(f"the content of {entry.path} is not what its digest says")
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
            target.chmod(entry.mode)
    for path, mode in reversed(modes):  # Last, since one may forbid writing.
        path.chmod(mode)


def _inner(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{name} leads out of the directory")
    return path
