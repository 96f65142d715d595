"""Unpacks archives of strangers: plain files, directories and inner links, within limits.

Whatever else an archive has is refused with the name of the entry. Nothing is written outside of
the given directory, and nothing through a link.
"""

from __future__ import annotations

import errno
import gzip
import math
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Literal, Protocol

from worldtree.core.errors import RefusedError
from worldtree.core.linked_paths import is_inside
from worldtree.core.private_directories import StoreError

_CHUNK_BYTES = 65_536
#: Bytes that may be unpacked whatever the ratio: small files of zeros are no attack.
_FREE_BYTES = 1_000_000
#: Bytes of a path, of a name in it, and directories in each other.
_MAX_NAME, _MAX_PART, _MAX_DEPTH = 500, 255, 30
#: Bytes of the headers of one entry of a tar, and of those of each entry on average.
_MAX_HEADERS, _MEAN_HEADERS = 65_536, 2048
#: Keys of headers that are for all entries; git writes one.
_MAX_SHARED_KEYS = 100
#: Bytes of the list of files of a zip, which is read at once.
_MAX_ZIP_LIST = 4_000_000
_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError),
    *(NotImplementedError, RuntimeError, struct.error, OverflowError),
)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What one archive may have."""

    #: Bytes as it is sent.
    sent_bytes: int = 32 * 1024 * 1024
    #: Bytes of all that it unpacks to, and of one file.
    total_bytes: int = 64 * 1024 * 1024
    file_bytes: int = 16 * 1024 * 1024
    #: Files, directories and links, also directories that are only in paths of others.
    entries: int = 10_000
    #: How many times larger it may become.
    ratio: int = 100


#: Of a plain tar of what other archives may have: as large as that and its headers.
PLAIN_TAR_LIMITS = ArchiveLimits(
    sent_bytes=ArchiveLimits().total_bytes + _MEAN_HEADERS * ArchiveLimits().entries
)


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: Literal["file", "directory", "link"]
    mode: int = 0o644
    #: The target of a link.
    target: str = ""
    content: IO[bytes] | None = None


def unpack_archive(file: IO[bytes], directory: Path, limits: ArchiveLimits | None = None) -> None:
    """Unpack a tar, tar.gz or zip (told apart by its content) into an empty directory.

    Raises ``RefusedError``: `archive-invalid` with the rule that an entry violates, and
    `archive-too-large` at a limit. Raises ``StoreError`` where the directory cannot be written.
    """
    limits = limits or ArchiveLimits()
    file.seek(0, os.SEEK_END)
    size = file.tell()
    file.seek(0)
    if size > limits.sent_bytes:
        raise _too_large(f"has {size} bytes, and {limits.sent_bytes} are accepted")
    start = file.read(4)
    file.seek(0)
    writer = _Writer(directory, limits, size)
    try:
        for entry in _zip(file) if start.startswith(b"PK") else _tar(file, start, limits, size):
            writer.write(entry)
    except _BROKEN as problem:
        raise _unreadable(problem) from None
    except OSError as problem:
        # A zip may name a place before its first byte.
        if problem.errno == errno.EINVAL:
            raise _unreadable(problem) from None
        if problem.errno == errno.ENAMETOOLONG:
            # Some file systems have shorter names than others.
            name = PurePosixPath(str(problem.filename)).name
            raise _entry_problem(name, "has a path that is too long") from None
        raise unwritable(problem) from problem
    writer.check_links()


class _Writer:
    """Writes entries one by one, and knows what was written."""

    def __init__(self, directory: Path, limits: ArchiveLimits, size: int) -> None:
        self._directory, self._limits, self._size = directory, limits, size
        self._kinds: dict[PurePosixPath, str] = {}
        self._links: list[PurePosixPath] = []
        self._count = self._total = 0

    def write(self, entry: _Entry) -> None:
        """Write one entry, or raise ``RefusedError``."""
        self._count += 1
        if self._count > self._limits.entries:
            raise _too_large(f"has more than {self._limits.entries} entries")
        name = _checked_name(entry.name)
        if not name.parts:
            return  # The directory itself, as `tar -C DIR .` has it.
        known = self._kinds.get(name)
        if known is not None and (known, entry.kind) != ("directory", "directory"):
            raise _entry_problem(entry.name, "is in the archive twice")
        for parent in name.parents:
            if self._kinds.get(parent, "directory") != "directory":
                raise _entry_problem(entry.name, "lies below a file or a link")
        made = {name, *name.parents[:-1]} - self._kinds.keys()
        if len(self._kinds) + len(made) > self._limits.entries:
            raise _too_large(
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

    def _file(self, entry: _Entry, target: Path) -> None:
        if entry.mode & (stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX):
            raise _entry_problem(entry.name, "has a setuid, setgid or sticky bit")
        size = 0
        with target.open("xb") as file:
            while entry.content is not None and (chunk := entry.content.read(_CHUNK_BYTES)):
                size += len(chunk)
                self._total += len(chunk)
                if size > self._limits.file_bytes:
                    limit = self._limits.file_bytes
                    raise _too_large(f"has the file `{_shown(entry.name)}` of over {limit} bytes")
                self._check_total()
                file.write(chunk)
        target.chmod(0o755 if entry.mode & stat.S_IXUSR else 0o644)

    def _check_total(self) -> None:
        if self._total > self._limits.total_bytes:
            raise _too_large(f"unpacks to more than {self._limits.total_bytes} bytes")
        if self._total > _FREE_BYTES + self._size * self._limits.ratio:
            raise _too_large(f"unpacks to more than {self._limits.ratio} times its size")

    def _link(self, entry: _Entry, name: PurePosixPath, target: Path) -> None:
        is_short = 0 < len(entry.target) <= _MAX_NAME
        if not is_short or not _is_text(entry.target) or entry.target.startswith("/"):
            raise _entry_problem(entry.name, "is a link whose target is not a relative path")
        inner = os.path.normpath(f"{name.parent.as_posix()}/{entry.target}")
        if inner == ".." or inner.startswith("../"):
            raise _entry_problem(entry.name, "is a link that leads out of the archive")
        target.symlink_to(entry.target)
        self._links.append(name)

    def check_links(self) -> None:
        """Raise ``RefusedError`` for links that lead out, or on and on, by way of other links."""
        for name in self._links:
            # The system follows 40 at most. To follow thousands of long chains here takes minutes.
            if _goes_on(self._directory / name):
                raise _entry_problem(str(name), "is a link that leads on through too many links")
            if not is_inside(self._directory / name, self._directory):
                raise _entry_problem(str(name), "is a link that leads out of the archive")


def _goes_on(link: Path) -> bool:
    try:
        link.stat()
    except OSError as problem:  # A link may lead to nothing.
        return problem.errno == errno.ELOOP
    return False


def _checked_name(written: str) -> PurePosixPath:
    # First of all: what follows takes long for a name of megabytes.
    if len(written) > _MAX_NAME:
        raise _entry_problem(written, "has a path that is too long")
    name = PurePosixPath(written)
    if not _is_text(written) or "\\" in written:
        raise _entry_problem(written, "has a name with control characters or a backslash")
    if name.is_absolute():
        raise _entry_problem(written, "has an absolute path")
    if ".." in name.parts:
        raise _entry_problem(written, "has `..` in its path")
    longest = max((len(one.encode()) for one in name.parts), default=0)
    if len(written.encode()) > _MAX_NAME or longest > _MAX_PART or len(name.parts) > _MAX_DEPTH:
        raise _entry_problem(written, "has a path that is too long")
    return name


def _is_text(written: str) -> bool:
    """Whether it has no control characters, and no bytes that are not UTF-8."""
    codes = [ord(one) for one in written]
    return all(code >= 32 and code != 127 and not 0xD800 <= code < 0xE000 for code in codes)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Expanded:
    """What a compressed file expands to, of which no more than the limit is read."""

    def __init__(self, file: _Readable, limits: ArchiveLimits, size: int) -> None:
        self._file, self._read = file, 0
        headers = _MEAN_HEADERS * limits.entries
        self._limit = min(limits.total_bytes, _FREE_BYTES + size * limits.ratio) + headers
        #: How far the headers of the next entry may reach.
        self._end_of_headers: float = math.inf
        self._words = f"unpacks to more than {limits.total_bytes} bytes, or {limits.ratio} times"

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes."""
        found = self._file.read(min(size, _CHUNK_BYTES))
        self._read += len(found)
        if self._read > self._limit:
            raise _too_large(f"{self._words} its size")
        if self._read > self._end_of_headers:
            raise _too_large("has an entry with too long a name or too many attributes")
        return found

    def expect_headers(self) -> None:
        """Accept no more now than the headers of one entry."""
        self._end_of_headers = self._read + _MAX_HEADERS

    def expect_content(self) -> None:
        """Accept the content of an entry."""
        self._end_of_headers = math.inf


def _tar(file: IO[bytes], start: bytes, limits: ArchiveLimits, size: int) -> Iterator[_Entry]:
    is_compressed = start.startswith(b"\x1f\x8b")
    plain: _Readable = gzip.GzipFile(fileobj=file, mode="rb") if is_compressed else file
    expanded = _Expanded(plain, limits, size)
    # As a stream, so that the headers, too, are read within the limit.
    expanded.expect_headers()
    with tarfile.open(fileobj=expanded, mode="r|") as archive:  # type: ignore[call-overload]  # It needs `read` alone.
        for entry in _headers(archive, expanded):
            if entry.isdir():
                yield _Entry(entry.name, "directory")
            elif entry.issym():
                yield _Entry(entry.name, "link", target=entry.linkname)
            elif entry.islnk():
                raise _entry_problem(entry.name, "is a hard link")
            elif not entry.isreg() or entry.issparse():
                raise _entry_problem(entry.name, "is a device, a pipe or another special file")
            else:
                yield _Entry(entry.name, "file", entry.mode, content=archive.extractfile(entry))


def _headers(archive: tarfile.TarFile, expanded: _Expanded) -> Iterator[tarfile.TarInfo]:
    """Yield the entries of a tar whose headers are small, each of them and together.

    Headers take far more time and memory to read than they have bytes.
    """
    entries, allowed, end = iter(archive), _MAX_HEADERS, 0
    while True:
        expanded.expect_headers()
        entry = next(entries, None)
        if entry is None:
            return
        expanded.expect_content()
        allowed += _MEAN_HEADERS - (entry.offset_data - end)
        if allowed < 0 or len(archive.pax_headers) > _MAX_SHARED_KEYS:
            raise _too_large("has too many attributes of its entries")
        # Content is in blocks of 512 bytes.
        end = entry.offset_data + (-(-entry.size // 512) * 512 if entry.isreg() else 0)
        # The archive keeps its entries in memory.
        entry.pax_headers = {}
        yield entry


def _zip(file: IO[bytes]) -> Iterator[_Entry]:
    with zipfile.ZipFile(_SmallReads(file)) as archive:
        for entry in archive.infolist():
            mode = entry.external_attr >> 16
            kind = stat.S_IFMT(mode)
            if entry.flag_bits & 1:
                raise _entry_problem(entry.filename, "is encrypted")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _entry_problem(entry.filename, "is compressed by another way than deflate")
            if entry.is_dir():
                yield _Entry(entry.filename, "directory")
            elif kind == stat.S_IFLNK:
                with archive.open(entry) as content:
                    target = content.read(_MAX_NAME + 1).decode()
                yield _Entry(entry.filename, "link", target=target)
            elif kind not in (0, stat.S_IFREG):
                raise _entry_problem(entry.filename, "is a device, a pipe or another special file")
            else:
                with archive.open(entry) as content:
                    yield _Entry(entry.filename, "file", mode & 0o7777, content=content)


class _SmallReads:
    """A file of which no more is read at once than a zip of many entries needs for its list."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes."""
        found = self._file.read(_MAX_ZIP_LIST + 1 if size < 0 else min(size, _MAX_ZIP_LIST + 1))
        if len(found) > _MAX_ZIP_LIST:
            raise _too_large("has too long a list of files")
        return found


def _shown(name: str) -> str:
    text = "".join(one if _is_text(one) else "?" for one in name[:100])
    return text if len(name) <= 100 else f"{text[:97]}…"


def _entry_problem(name: str, words: str) -> RefusedError:
    return RefusedError(
        f"the archive is refused: `{_shown(name)}` {words}",
        code="archive-invalid",
        hint="an archive has plain files, directories, and links between them; make it of the"
        " directory of the document, as with `tar -czf content.tar.gz -C DIRECTORY .`",
    )


def _unreadable(problem: Exception) -> RefusedError:
    return RefusedError(
        f"the archive cannot be read: {type(problem).__name__}",
        code="archive-invalid",
        hint="send a tar, a tar.gz or a zip that is whole",
    )


def unwritable(problem: OSError) -> StoreError:
    """Return the error for what an archive has and this machine cannot write."""
    is_full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
    return StoreError(
        f"the files of the archive cannot be written by the service: {problem.strerror}",
        code="disk-full" if is_full else "store-unavailable",
        hint="the archive may be right: the operator of the service has to check the free space"
        " and the rights of its directory for temporary files",
    )


def _too_large(words: str) -> RefusedError:
    return RefusedError(
        f"the archive {words}",
        code="archive-too-large",
        hint="leave out what the document does not need",
    )
