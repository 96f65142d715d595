"""Writes the entries of an archive: names and links are checked, and what they add up to."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from worldtree.app.content.archive_limits import CHUNK_BYTES, FREE_BYTES, MAX_NAME, ArchiveLimits
from worldtree.app.content.archive_problems import entry_problem, is_text, shown, too_large
from worldtree.core.linked_paths import is_inside

#: Bytes of a name in a path, and directories in each other.
_MAX_PART, _MAX_DEPTH = 255, 30


@dataclass(frozen=True, slots=True)
class Entry:
    """What an archive has under one name."""

    name: str
    kind: Literal["file", "directory", "link"]
    mode: int = 0o644
    #: The target of a link.
    target: str = ""
    content: IO[bytes] | None = None


class Writer:
    """Writes entries one by one, and knows what was written."""

    def __init__(self, directory: Path, limits: ArchiveLimits, size: int) -> None:
        self._directory, self._limits, self._size = directory, limits, size
        self._kinds: dict[PurePosixPath, str] = {}
        self._links: list[PurePosixPath] = []
        self._count = self._total = 0

    def write(self, entry: Entry) -> None:
        """Write one entry, or raise ``RefusedError``."""
        self._count += 1
        if self._count > self._limits.entries:
            raise too_large(f"has more than {self._limits.entries} entries")
        name = _checked_name(entry.name)
        if not name.parts:
            return  # The directory itself, as `tar -C DIR .` has it.
        known = self._kinds.get(name)
        if known is not None and (known, entry.kind) != ("directory", "directory"):
            raise entry_problem(entry.name, "is in the archive twice")
        for parent in name.parents:
            if self._kinds.get(parent, "directory") != "directory":
                raise entry_problem(entry.name, "lies below a file or a link")
        made = {name, *name.parents[:-1]} - self._kinds.keys()
        if len(self._kinds) + len(made) > self._limits.entries:
            raise too_large(
                f"has more than {self._limits.entries} entries, with the directories of their paths"
            )
        target = self._directory / name
        (target if entry.kind == "directory" else target.parent).mkdir(parents=True, exist_ok=True)
        for parent in name.parents[:-1]:
            self._kinds.setdefault(parent, "directory")
        self._kinds[name] = entry.kind
        if entry.kind == "link":
            self._link(entry, name, target)
        elif entry.kind == "file":
            self._file(entry, target)

    def _file(self, entry: Entry, target: Path) -> None:
        if entry.mode & (stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX):
            raise entry_problem(entry.name, "has a setuid, setgid or sticky bit")
        size = 0
        with target.open("xb") as file:
            while entry.content is not None and (chunk := entry.content.read(CHUNK_BYTES)):
                size += len(chunk)
                self._total += len(chunk)
                if size > self._limits.file_bytes:
                    limit = self._limits.file_bytes
                    raise too_large(f"has the file `{shown(entry.name)}` of over {limit} bytes")
                self._check_total()
                file.write(chunk)
        target.chmod(0o755 if entry.mode & stat.S_IXUSR else 0o644)

    def _check_total(self) -> None:
        if self._total > self._limits.total_bytes:
            raise too_large(f"unpacks to more than {self._limits.total_bytes} bytes")
        if self._total > FREE_BYTES + self._size * self._limits.ratio:
            raise too_large(f"unpacks to more than {self._limits.ratio} times its size")

    def _link(self, entry: Entry, name: PurePosixPath, target: Path) -> None:
        is_short = 0 < len(entry.target) <= MAX_NAME
        if not is_short or not is_text(entry.target) or entry.target.startswith("/"):
            raise entry_problem(entry.name, "is a link whose target is not a relative path")
        inner = os.path.normpath(f"{name.parent.as_posix()}/{entry.target}")
        if inner == ".." or inner.startswith("../"):
            raise entry_problem(entry.name, "is a link that leads out of the archive")
        target.symlink_to(entry.target)
        self._links.append(name)

    def check_links(self) -> None:
        """Raise ``RefusedError`` for links that lead out, or on and on, by way of other links."""
        for name in self._links:
            # The system follows 40 at most. To follow thousands of long chains here takes minutes.
            if _goes_on(self._directory / name):
                raise entry_problem(str(name), "is a link that leads on through too many links")
            if not is_inside(self._directory / name, self._directory):
                raise entry_problem(str(name), "is a link that leads out of the archive")


def _goes_on(link: Path) -> bool:
    try:
        link.stat()
    except OSError as problem:  # A link may lead to nothing.
        return problem.errno == errno.ELOOP
    return False


def _checked_name(written: str) -> PurePosixPath:
    # First of all: what follows takes long for a name of megabytes.
    if len(written) > MAX_NAME:
        raise entry_problem(written, "has a path that is too long")
    name = PurePosixPath(written)
    if not is_text(written) or "\\" in written:
        raise entry_problem(written, "has a name with control characters or a backslash")
    if name.is_absolute():
        raise entry_problem(written, "has an absolute path")
    if ".." in name.parts:
        raise entry_problem(written, "has `..` in its path")
    longest = max((len(one.encode()) for one in name.parts), default=0)
    if len(written.encode()) > MAX_NAME or longest > _MAX_PART or len(name.parts) > _MAX_DEPTH:
        raise entry_problem(written, "has a path that is too long")
    return name
