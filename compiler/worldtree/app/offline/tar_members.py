"""Writes and reads the tar of an offline bundle, a member at a time.

The reader accepts what the writer makes and nothing else: regular files, each once, under plain
relative names, whose headers are small. It is no general reader of tar: one of those would follow
links, read headers of any size into memory, and take the last of two files of a name.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Protocol

BLOCK_BYTES = 512
_CHUNK_BYTES = 1 << 20
_MAX_NAME_BYTES = 4096


class WritesBytes(Protocol):
    """What a member is written to."""

    def write(self, content: bytes, /) -> object:
        """Write all of ``content``."""


class BadTarError(Exception):
    """A tar that the writer has not made; the text says what is wrong."""


def write_member(stream: WritesBytes, name: str, size: int, mtime: int) -> None:
    """Write the header of a regular file; ``size`` bytes and ``write_padding`` come after it."""
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o644, mtime
    # GNU: sizes of any length, and long names as a member of their own in front.
    stream.write(member.tobuf(tarfile.GNU_FORMAT))


def write_padding(stream: WritesBytes, size: int) -> None:
    """Write the empty bytes behind a file of ``size`` bytes."""
    stream.write(bytes(-size % BLOCK_BYTES))


def write_end(stream: WritesBytes) -> None:
    """Write the two empty blocks that end a tar."""
    stream.write(bytes(2 * BLOCK_BYTES))


class TarReader:
    """Gives the members of a stream in their order. Methods raise ``BadTarError``."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        """``read`` returns up to so many bytes, and nothing at the end only."""
        self._read = read
        self._seen: set[str] = set()
        #: Bytes of the current member that were not read, and of its padding.
        self._left = self._padding = 0

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Yield (name, size) of each member; what is not read of it is an error."""
        while True:
            if self._left:
                raise AssertionError("a member was not read to its end")
            self._exactly(self._padding)
            self._padding = 0
            header = self._exactly(BLOCK_BYTES)
            if header == bytes(BLOCK_BYTES):
                self._end()
                return
            yield self._member(header)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the current member."""
        while self._left:
            chunk = self._read(min(self._left, _CHUNK_BYTES))
            if not chunk:
                raise BadTarError("it ends in the middle of a file")
            self._left -= len(chunk)
            yield chunk

    def content(self, limit: int) -> bytes:
        """Return the bytes of the current member, which are ``limit`` at most."""
        if self._left > limit:
            raise BadTarError(f"a file that is read as a whole has more than {limit} bytes")
        return b"".join(self.chunks())

    def _member(self, header: bytes) -> tuple[str, int]:
        found = _parsed(header)
        name = found.name
        if found.type == tarfile.GNUTYPE_LONGNAME:
            if found.size > _MAX_NAME_BYTES:
                raise BadTarError("a name is too long")
            stored = self._exactly(found.size)
            self._exactly(-found.size % BLOCK_BYTES)
            try:
                name = stored.rstrip(b"\0").decode()
            except UnicodeDecodeError:
                raise BadTarError("a name is not text") from None
            found = _parsed(self._exactly(BLOCK_BYTES))
        if found.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise BadTarError(
                f"`{_shown(name)}` is not a regular file: links, devices and"
                " directories are not accepted"
            )
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts or str(PurePosixPath(name)) != name:
            raise BadTarError(f"the path `{_shown(name)}` leads out of the bundle, or is not plain")
        if name in self._seen:
            raise BadTarError(f"`{_shown(name)}` is in it twice")
        if found.size < 0:
            raise BadTarError(f"`{_shown(name)}` has a size below zero")
        self._seen.add(name)
        self._left, self._padding = found.size, -found.size % BLOCK_BYTES
        return name, found.size

    def _end(self) -> None:
        if self._exactly(BLOCK_BYTES) != bytes(BLOCK_BYTES) or self._read(1):
            raise BadTarError("something follows its end")

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            chunk = self._read(size - len(found))
            if not chunk:
                raise BadTarError("it ends too early; it was cut, or is not a tar file")
            found += chunk
        return found


def _parsed(header: bytes) -> tarfile.TarInfo:
    try:
        return tarfile.TarInfo.frombuf(header, "utf-8", "strict")
    except (tarfile.HeaderError, ValueError):
        raise BadTarError("it has a damaged header, or is not a tar file") from None


def _shown(name: str) -> str:
    text = "".join(sign if sign.isprintable() else "?" for sign in name)
    return text if len(text) <= 200 else text[:200] + "…"
