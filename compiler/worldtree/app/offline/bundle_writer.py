"""Writes an offline bundle: the same inputs give the same bytes, and never half of a file."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from worldtree.ansible.bundle import Bundle
from worldtree.app.offline.bundle_contents import (
    CHECKSUMS_FILE,
    CONTENTS_FILE,
    BundleContents,
    BundledFile,
    checksums,
)
from worldtree.app.offline.tar_members import WritesBytes, write_end, write_member, write_padding
from worldtree.core.disk_space import is_disk_full
from worldtree.core.errors import WorldTreeError
from worldtree.core.fsync import sync_directory

_CHUNK_BYTES = 1 << 20


def write_bundle(
    file: Path,
    contents: BundleContents,
    files: Mapping[str, bytes | Path],
    artifact: Callable[[str], Path],
    mtime: int,
    tell: Callable[[int], None],
) -> str:
    """Write a bundle; return its sha256. Raises ``WorldTreeError``.

    ``files`` has what ``contents.files`` lists, as bytes or a file of them, ``artifact`` says where
    the file of a sha256 is. ``tell`` gets the bytes that are written.
    """
    listed = contents.text()
    sums = checksums(listed, contents.members())
    with _whole_file(file) as stream:
        counted = _Counted(stream, tell)
        write_small(counted, CONTENTS_FILE, listed, mtime)
        for name in sorted({**files, CHECKSUMS_FILE: sums}):
            content = sums if name == CHECKSUMS_FILE else files[name]
            if isinstance(content, bytes):
                write_small(counted, name, content, mtime)
                continue
            wanted = contents.files[name]
            write_member(counted, name, wanted.size, mtime)
            if not _copy(content, wanted, counted):
                raise _changed(content)
            write_padding(counted, wanted.size)
        artifacts = {one.member: one for one in contents.artifacts if not one.is_in_base}
        for name, one in sorted(artifacts.items()):
            write_member(counted, name, one.size, mtime)
            path = artifact(one.sha256)
            if not _copy(path, BundledFile(sha256=one.sha256, size=one.size), counted):
                raise _damaged(path)
            write_padding(counted, one.size)
        write_end(counted)
        return counted.digest.hexdigest()


def write_small(stream: WritesBytes, name: str, content: bytes, mtime: int) -> None:
    """Write a member whose bytes are in memory."""
    write_member(stream, name, len(content), mtime)
    stream.write(content)
    write_padding(stream, len(content))


def pack(bundle: Bundle, mtime: int, target: Path) -> None:
    """Write a compiled Ansible bundle as a tar, reproducible to the byte. Raises ``OSError``."""
    with tarfile.open(target, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name in sorted({*bundle.files, *bundle.links}):
            member = tarfile.TarInfo(name)
            member.mtime = mtime
            if name in bundle.links:
                member.type, member.mode = tarfile.SYMTYPE, 0o777
                member.linkname = bundle.links[name]
                tar.addfile(member)
                continue
            file = bundle.files[name]
            content = file.content
            with content.open("rb") if isinstance(content, Path) else _stream(content) as stream:
                member.size, member.mode = stream.seek(0, os.SEEK_END), file.mode
                stream.seek(0)
                tar.addfile(member, stream)


def _stream(text: str) -> BinaryIO:
    return io.BytesIO(text.encode())


class _Counted:
    """A stream that knows the sha256 of what was written to it."""

    def __init__(self, stream: BinaryIO, tell: Callable[[int], None]) -> None:
        self._stream, self._tell = stream, tell
        self.digest, self._written = hashlib.sha256(), 0

    def write(self, content: bytes, /) -> None:
        """Write all of ``content``."""
        self._stream.write(content)
        self.digest.update(content)
        self._written += len(content)
        self._tell(self._written)


def _copy(path: Path, wanted: BundledFile, target: _Counted) -> bool:
    """Write the bytes of a file; return whether they are those that are wanted."""
    digest, left = hashlib.sha256(), wanted.size
    with path.open("rb") as stream:
        while left and (chunk := stream.read(min(left, _CHUNK_BYTES))):
            left -= len(chunk)
            digest.update(chunk)
            target.write(chunk)
        is_whole = not left and not stream.read(1)
    return is_whole and digest.hexdigest() == wanted.sha256


def _damaged(path: Path) -> WorldTreeError:
    return WorldTreeError(
        f"the file {path} of the artifact cache is damaged",
        code="artifact-not-fetched",
        hint="run `wt artifacts verify`, which removes it, and `wt artifacts fetch`",
    )


def _changed(path: Path) -> WorldTreeError:
    return WorldTreeError(
        f"the file {path} was changed while the bundle was written",
        code="bundle-not-written",
        hint="try again when nothing changes the document's files",
    )


@contextmanager
def _whole_file(file: Path) -> Iterator[BinaryIO]:
    """Give a stream that becomes ``file`` at the end of the block, on disk as a whole."""
    fresh: Path | None = None
    try:
        descriptor, name = mkstemp(dir=file.parent, prefix=f".{file.name}-")
        fresh = Path(name)
        with os.fdopen(descriptor, "wb", buffering=_CHUNK_BYTES) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        fresh.chmod(0o644)
        fresh.replace(file)
        sync_directory(file.parent)
    except OSError as error:
        raise not_written(file, error) from error
    finally:  # Also after Ctrl-C.
        if fresh is not None:
            fresh.unlink(missing_ok=True)


def not_written(file: Path, error: OSError) -> WorldTreeError:
    """Return the error of a bundle, or a part of one, that cannot be written."""
    if is_disk_full(error):
        return WorldTreeError(
            f"the disk of {file} is full", code="disk-full", hint="free some space, and try again"
        )
    return WorldTreeError(
        f"cannot write {file}: {error.strerror or error}",
        code="bundle-not-written",
        hint="check that the directory exists, and its permissions",
    )
