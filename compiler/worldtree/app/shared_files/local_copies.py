"""Copies of a cluster's files on this machine: read and written as one value each."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from worldtree.core.file_trees import FileTree, TreeEntry, read_tree, write_tree
from worldtree.core.fsync import sync_directory
from worldtree.core.private_directories import make_private_directory


@dataclass(frozen=True, slots=True)
class FileKind:
    """One of the things that belong to a cluster."""

    #: Of the row in the store, and of the directory in the state directory, with one entry per
    #: cluster.
    name: str
    #: Whether the entry is a directory; otherwise it is a file.
    is_tree: bool


#: Host keys that were accepted. They are no secrets, and people correct them with ssh's tools, so
#: the file stays on the machine.
KNOWN_HOSTS = FileKind("known_hosts", is_tree=False)
#: Authorities and certificates with their private keys: on the machine while a task runs only.
PKI = FileKind("pki", is_tree=True)
FILE_KINDS = (KNOWN_HOSTS, PKI)

#: What of a file changes when it is written.
Signature = frozenset[tuple[str, int, int, int]]


def digest_of(content: bytes | None) -> str:
    """Return the sha256 (hex) of a copy; empty for none."""
    return "" if content is None else sha256(content).hexdigest()


def signature(path: Path) -> Signature:
    """Return what is different after a change at or below ``path``. Raises ``OSError``."""
    return frozenset(_signatures(str(path)))


def _signatures(path: str) -> Iterator[tuple[str, int, int, int]]:
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    yield path, status.st_ino, status.st_size, status.st_ctime_ns
    if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114  # Run often.
        for name in os.listdir(path):  # noqa: PTH208  # As above.
            yield from _signatures(f"{path}/{name}")


def read_copy(path: Path, kind: FileKind) -> bytes | None:
    """Return what is at ``path``, equal for equal files; None for nothing. Raises ``OSError``."""
    if not kind.is_tree:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
    if not path.is_dir():
        return None
    entries: list[TreeEntry] = []
    contents: dict[str, str] = {}
    names = sorted(child.name for child in path.iterdir())
    for entry in read_tree(path, names).entries:
        if entry.content is None:
            entries.append(entry)
            continue
        body = (path / entry.path).read_bytes()  # It may have been written again since.
        digest = sha256(body).hexdigest()
        contents[digest] = b64encode(body).decode()
        entries.append(replace(entry, content=digest))
    if not entries:
        return None
    packed = {"tree": FileTree(tuple(entries)).to_json(), "contents": contents}
    return json.dumps(packed, sort_keys=True).encode()


def write_copy(path: Path, kind: FileKind, content: bytes | None, made: Path) -> None:
    """Put a copy at ``path``, and remove the one before; None is no copy.

    ``made`` is a directory to be made on the same file system, for this copy and the one before;
    what a process that died left in it is removed. Raises ``OSError``, and ``ValueError`` for what
    ``read_copy`` did not make.
    """
    make_private_directory(path.parent)
    if made.exists():
        shutil.rmtree(made)
    made.mkdir(mode=0o700)
    try:
        new, old = made / "new", made / "old"
        if content is not None and kind.is_tree:
            new.mkdir(mode=0o700)
            packed = json.loads(content)
            bodies: dict[str, str] = packed["contents"]
            write_tree(FileTree.from_json(packed["tree"]), new, lambda d: b64decode(bodies[d]))
        elif content is not None:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(content)
        if kind.is_tree and path.exists():
            path.rename(old)
        if content is not None:
            new.replace(path)
        elif not kind.is_tree:
            path.unlink(missing_ok=True)
    finally:
        shutil.rmtree(made)


def sync_copy(path: Path) -> None:
    """Write what is at or below ``path`` to disk. Raises ``OSError``.

    After a loss of power files that were not may be there and be empty.
    """
    _sync(str(path))
    if path.parent.is_dir():
        sync_directory(path.parent)


def _sync(path: str) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as problem:
        # A link is synced with its directory; what is gone or was replaced is a change to come.
        if problem.errno in (errno.ELOOP, errno.ENOENT):
            return
        raise
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            for name in os.listdir(descriptor):  # noqa: PTH208  # Of what is open.
                _sync(f"{path}/{name}")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def merge_lines(base: bytes | None, mine: bytes, theirs: bytes) -> bytes:
    """Return ``theirs`` with what ``mine`` added to ``base``, without what it removed from it."""
    before = (base or b"").splitlines()
    ours, others = mine.splitlines(), theirs.splitlines()
    kept = [line for line in others if line in ours or line not in before]
    added = [line for line in ours if line not in before and line not in others]
    return b"".join(line + b"\n" for line in kept + added)
