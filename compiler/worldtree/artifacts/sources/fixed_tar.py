"""A tar file that is made while it is read, reproducible to the byte.

The same members in the same order give the same bytes on every machine: owner, mode and time are
fixed, and nothing is compressed.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worldtree.artifacts.sources.source_kind import SourceError

_CHUNK_BYTES = 1 << 20
_BLOCK_BYTES = 512
#: Two empty blocks end a tar file.
_END = bytes(2 * _BLOCK_BYTES)


@dataclass(frozen=True, slots=True)
class _Segment:
    """Bytes of the tar: given, or those of a file."""

    content: bytes | Path
    size: int


class FixedTar:
    """A tar whose members are given bytes, and files."""

    def __init__(self) -> None:
        self._segments: list[_Segment] = []

    def add(self, name: str, content: bytes | Path) -> None:
        """Add a member; a file is read when the tar is."""
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o644
        header = member.tobuf(tarfile.PAX_FORMAT)
        padding = bytes(-size % _BLOCK_BYTES)
        self._segments += [
            _Segment(header, len(header)),
            _Segment(content, size),
            _Segment(padding, len(padding)),
        ]

    @property
    def size(self) -> int:
        """Bytes of the whole tar."""
        return sum(one.size for one in self._segments) + len(_END)

    def chunks(self, offset: int) -> Iterator[bytes]:
        """Yield the bytes of the tar from ``offset`` on. Raises ``SourceError``."""
        for one in (*self._segments, _Segment(_END, len(_END))):
            skipped = min(offset, one.size)
            offset -= skipped
            if skipped == one.size:
                continue
            if isinstance(one.content, bytes):
                yield one.content[skipped:]
            else:
                yield from _file_chunks(one.content, skipped, one.size)


def _file_chunks(path: Path, offset: int, size: int) -> Iterator[bytes]:
    left = size - offset
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            while left and (chunk := stream.read(min(left, _CHUNK_BYTES))):
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise SourceError(error.strerror or "a part in the cache cannot be read") from None
    if left:
        raise SourceError("a part in the cache was cut")
