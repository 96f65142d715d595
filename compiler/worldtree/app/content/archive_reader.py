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
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from worldtree.app.content.archive_limits import (
    CHUNK_BYTES,
    FREE_BYTES,
    MAX_NAME,
    MEAN_HEADERS,
    ArchiveLimits,
)
from worldtree.app.content.archive_problems import entry_problem, too_large, unreadable, unwritable
from worldtree.app.content.archive_writer import Entry, Writer

#: Bytes of the headers of one entry of a tar.
_MAX_HEADERS = 65_536
#: Keys of headers that are for all entries; git writes one.
_MAX_SHARED_KEYS = 100
#: Bytes of the list of files of a zip, which is read at once.
_MAX_ZIP_LIST = 4_000_000
_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError),
    *(NotImplementedError, RuntimeError, struct.error, OverflowError),
)


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
        raise too_large(f"has {size} bytes, and {limits.sent_bytes} are accepted")
    start = file.read(4)
    file.seek(0)
    writer = Writer(directory, limits, size)
    try:
        for entry in _zip(file) if start.startswith(b"PK") else _tar(file, start, limits, size):
            writer.write(entry)
    except _BROKEN as problem:
        raise unreadable(problem) from None
    except OSError as problem:
        # A zip may name a place before its first byte.
        if problem.errno == errno.EINVAL:
            raise unreadable(problem) from None
        if problem.errno == errno.ENAMETOOLONG:
            # Some file systems have shorter names than others.
            name = PurePosixPath(str(problem.filename)).name
            raise entry_problem(name, "has a path that is too long") from None
        raise unwritable(problem) from problem
    writer.check_links()


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Expanded:
    """What a compressed file expands to, of which no more than the limit is read."""

    def __init__(self, file: _Readable, limits: ArchiveLimits, size: int) -> None:
        self._file, self._read = file, 0
        headers = MEAN_HEADERS * limits.entries
        self._limit = min(limits.total_bytes, FREE_BYTES + size * limits.ratio) + headers
        #: How far the headers of the next entry may reach.
        self._end_of_headers: float = math.inf
        self._words = f"unpacks to more than {limits.total_bytes} bytes, or {limits.ratio} times"

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes."""
        found = self._file.read(min(size, CHUNK_BYTES))
        self._read += len(found)
        if self._read > self._limit:
            raise too_large(f"{self._words} its size")
        if self._read > self._end_of_headers:
            raise too_large("has an entry with too long a name or too many attributes")
        return found

    def expect_headers(self) -> None:
        """Accept no more now than the headers of one entry."""
        self._end_of_headers = self._read + _MAX_HEADERS

    def expect_content(self) -> None:
        """Accept the content of an entry."""
        self._end_of_headers = math.inf


def _tar(file: IO[bytes], start: bytes, limits: ArchiveLimits, size: int) -> Iterator[Entry]:
    is_compressed = start.startswith(b"\x1f\x8b")
    plain: _Readable = gzip.GzipFile(fileobj=file, mode="rb") if is_compressed else file
    expanded = _Expanded(plain, limits, size)
    # As a stream, so that the headers, too, are read within the limit.
    expanded.expect_headers()
    with tarfile.open(fileobj=expanded, mode="r|") as archive:  # type: ignore[call-overload]  # It needs `read` alone.
        for entry in _headers(archive, expanded):
            if entry.isdir():
                yield Entry(entry.name, "directory")
            elif entry.issym():
                yield Entry(entry.name, "link", target=entry.linkname)
            elif entry.islnk():
                raise entry_problem(entry.name, "is a hard link")
            elif not entry.isreg() or entry.issparse():
                raise entry_problem(entry.name, "is a device, a pipe or another special file")
            else:
                yield Entry(entry.name, "file", entry.mode, content=archive.extractfile(entry))


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
        allowed += MEAN_HEADERS - (entry.offset_data - end)
        if allowed < 0 or len(archive.pax_headers) > _MAX_SHARED_KEYS:
            raise too_large("has too many attributes of its entries")
        # Content is in blocks of 512 bytes.
        end = entry.offset_data + (-(-entry.size // 512) * 512 if entry.isreg() else 0)
        # The archive keeps its entries in memory.
        entry.pax_headers = {}
        yield entry


def _zip(file: IO[bytes]) -> Iterator[Entry]:
    with zipfile.ZipFile(_SmallReads(file)) as archive:
        for entry in archive.infolist():
            mode = entry.external_attr >> 16
            kind = stat.S_IFMT(mode)
            if entry.flag_bits & 1:
                raise entry_problem(entry.filename, "is encrypted")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise entry_problem(entry.filename, "is compressed by another way than deflate")
            if entry.is_dir():
                yield Entry(entry.filename, "directory")
            elif kind == stat.S_IFLNK:
                with archive.open(entry) as content:
                    target = content.read(MAX_NAME + 1).decode()
                yield Entry(entry.filename, "link", target=target)
            elif kind not in (0, stat.S_IFREG):
                raise entry_problem(entry.filename, "is a device, a pipe or another special file")
            else:
                with archive.open(entry) as content:
                    yield Entry(entry.filename, "file", mode & 0o7777, content=content)


class _SmallReads:
    """A file of which no more is read at once than a zip of many entries needs for its list."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes."""
        found = self._file.read(_MAX_ZIP_LIST + 1 if size < 0 else min(size, _MAX_ZIP_LIST + 1))
        if len(found) > _MAX_ZIP_LIST:
            raise too_large("has too long a list of files")
        return found
